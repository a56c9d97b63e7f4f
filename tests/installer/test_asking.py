"""The conversation: Enter six times works, nothing is written before the go, and an interrupted one goes on."""

import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.installer.machine import FACTS

from boxportal.cli.installing.answers import Answers
from boxportal.cli.installing.asking import ALREADY, Wish, agree
from boxportal.cli.installing.facts import Facts
from boxportal.cli.installing.journal import Journal, read_journal
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.refused import Refused
from boxportal.cli.installing.talk import Talk, masked


@dataclass
class Person:
    """Types lines, one after the other, and sees what is shown."""

    lines: list[str]
    seen: list[str] = field(default_factory=list)
    questions: int = 0

    def read(self, prompt: str) -> str:
        self.seen.append(prompt)
        self.questions += 1
        if not self.lines:
            raise Refused(130, "Nothing was changed.")
        return self.lines.pop(0)

    def talk(self) -> Talk:
        return Talk(read=self.read, show=self.seen.append)

    @property
    def screen(self) -> str:
        return "\n".join(self.seen)


def talked(person: Person, folder: Path, wish: Wish | None = None, facts: Facts = FACTS) -> Journal | None:
    wish = wish or Wish(tls="proxy")
    return agree(person.talk(), wish, Places(folder), "0.1.0", facts)


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_enter_six_times_and_once_to_go(tmp_path: Path) -> None:
    person = Person([""] * 7)
    journal = talked(person, tmp_path)
    assert journal is not None
    assert person.questions == 7
    answers = Answers(read_journal(Places(tmp_path).journal).answers)  # type: ignore[union-attr]
    assert answers.text("company.title") == "My company"
    assert answers.texts("company.modules") == ("crm", "sales")
    assert str(answers.data) == "/var/lib/boxportal"


@pytest.mark.parametrize("lines", [[], ["", ""], ["", "", "", "", "", "", "n"]])
def test_nothing_is_written_before_the_go(tmp_path: Path, lines: list[str]) -> None:
    with contextlib.suppress(Refused):  # who types nothing more has pressed Ctrl+C
        assert talked(Person(lines), tmp_path) is None
    assert everything_in(tmp_path) == []


def test_dry_run_shows_what_would_be_made_and_makes_nothing(tmp_path: Path) -> None:
    person = Person([])
    assert talked(person, tmp_path, Wish(no_input=True, dry_run=True)) is None
    assert "user       boxportal, who can't sign in" in person.screen
    assert "https://192.168.1.20" in person.screen
    assert everything_in(tmp_path) == []


def test_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    person = Person(["", "a b", "portal.lan", "", "/etc", "/srv/portal", "", "", ""])
    journal = talked(person, tmp_path)
    assert journal is not None
    assert journal.answers["box.names"] == ["portal.lan", "192.168.1.20"]
    assert journal.answers["box.data"] == "/srv/portal"
    assert "is no name and no address" in person.screen


def test_modules_are_chosen_one_by_one_with_a_running_total(tmp_path: Path) -> None:
    person = Person(["", "", "2", "1", "1", "2", "", "", "", "", ""])
    journal = talked(person, tmp_path)
    assert journal is not None
    assert journal.answers["company.modules"] == ["crm", "sales"]
    assert "Sales goes too: it needs CRM." in person.screen
    assert "Total: 93 MB of 7800 MB" in person.screen
    assert person.screen.count("Total:") == 4


def test_module_brings_what_it_needs_and_says_why(tmp_path: Path) -> None:
    person = Person(["", "", "2", "1", "2", "", "", "", "", ""])
    journal = talked(person, tmp_path)
    assert journal is not None
    assert journal.answers["company.modules"] == ["crm", "sales"]
    assert "CRM comes along: Sales needs it." in person.screen


def test_taken_port_is_replaced_by_the_next_usual_one(tmp_path: Path) -> None:
    person = Person([""] * 7)
    journal = talked(person, tmp_path, facts=replace(FACTS, taken={8080: "squid"}))
    assert journal is not None
    assert journal.answers["box.listen"] == ["127.0.0.1:8081"]
    assert "Port 8080 is held by squid: it will be 8081 instead." in person.screen


def test_bad_machine_is_said_before_any_question(tmp_path: Path) -> None:
    person = Person([""] * 7)
    with pytest.raises(Refused) as caught:
        talked(person, tmp_path, facts=replace(FACTS, memory=100, has_systemd=False))
    assert (person.questions, caught.value.code) == (0, 3)
    assert sum(line.startswith("  Do: ") for line in caught.value.lines) == 2


def test_interrupted_installation_goes_on_without_a_question(tmp_path: Path) -> None:
    talked(Person([""] * 7), tmp_path)
    person = Person([])
    journal = talked(person, tmp_path)
    assert journal is not None
    assert "it goes on" in person.screen


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    journal = talked(Person([""] * 7), tmp_path)
    assert journal is not None
    journal.complete = True
    journal.write()
    before = Places(tmp_path).journal.read_bytes()
    person = Person([])
    assert talked(person, tmp_path) is None
    assert person.screen == ALREADY
    assert Places(tmp_path).journal.read_bytes() == before


def test_kept_settings_are_taken_as_they_are(tmp_path: Path) -> None:
    settings = Places(tmp_path).settings
    settings.mkdir(parents=True)
    text = '[box]\nlisten = "0.0.0.0:8443"\nnames = ["portal:8443"]\ndata = "/srv/portal"\n[tls]\nmode = "own-ca"\n'
    (settings / "boxportal.toml").write_text(text)
    person = Person([""])
    journal = talked(person, tmp_path, Wish())
    assert journal is not None
    assert person.questions == 1
    assert "stay as they are" in person.screen
    answers = Answers(journal.answers)
    assert (str(answers.data), answers.listen, answers.names) == ("/srv/portal", "0.0.0.0:8443", ("portal:8443",))


def test_answers_are_saved_for_root_alone(tmp_path: Path) -> None:
    out = tmp_path / "answers.toml"
    assert talked(Person([]), tmp_path, Wish(no_input=True, dry_run=True, save=out)) is None
    assert out.stat().st_mode & 0o777 == 0o600
    assert 'names = ["192.168.1.20"]' in out.read_text()


@pytest.mark.parametrize(
    "secret",
    [
        "AGE-SECRET-KEY-1UT2JRL08CLARU09W6EUJSLET3E8ZGYYTUGP9ARSD939WKE75TD3SE3NN79",
        "https://portal.local/hello#t=D-aMtW-EXfrxcC4WKYXtmz02CS7Y5wyE",
        "postgresql://portal:geheim@db/portal",
    ],
)
def test_transcript_masks_secrets(tmp_path: Path, secret: str) -> None:
    log = tmp_path / "log" / "install.log"
    person = Person([secret])
    talk = person.talk()
    talk.ask("What?", "x")
    talk.write_to(log)
    talk.say(f"It is {secret}!")
    text = log.read_text()
    assert "********" in text
    assert not [word for word in ("UT2JRL", "D-aMtW", "geheim") if word in text]
    assert secret in person.screen
    assert log.stat().st_mode & 0o777 == 0o600


def test_named_secrets_are_masked_wherever_they_stand() -> None:
    assert masked("a password of blue42 is weak", ["blue42"]) == "a password of ******** is weak"
