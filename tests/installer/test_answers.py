"""Answers files: everything that is wrong is named at once, what is left out has its default, and nothing leaks."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.installer.machine import FACTS

from boxportal.cli.installing.answers import complete, flat, problems, read_answers, written
from boxportal.cli.installing.parts import read_parts
from boxportal.cli.installing.plan import settings_text
from boxportal.cli.installing.refused import Refused
from boxportal.kernel.config import parse_config

ROOT = Path(__file__).parents[2]


def answers_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "answers.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        read_answers(path)
    assert caught.value.code == 2
    return caught.value.lines


def test_unknown_keys_are_named_at_once_with_the_nearest(tmp_path: Path) -> None:
    text = '[box]\nlisten_on = ["0.0.0.0:443"]\n[company]\ntittle = "Acme"\n[mail]\npassword = "x"\nhost = "m"\n'
    assert refused(answers_file(tmp_path, text)) == (
        "box.listen_on: there is no such key; did you mean box.listen?",
        "company.tittle: there is no such key; did you mean company.title?",
        "mail.password: there is no such key; secrets are named by their file: password_file",
        "mail.from: is needed with mail.host",
    )


def test_missing_keys_are_named_at_once_without_defaults(tmp_path: Path) -> None:
    lines = refused(answers_file(tmp_path, 'accept_defaults = false\n[company]\ntitle = "Acme"\nprofile = "sales"\n'))
    named = {line.partition(":")[0] for line in lines}
    assert {"box.names", "box.data", "tls.mode", "backup.dir", "company.language"} <= named
    assert not named & {"company.title", "company.modules", "mail.host", "schema"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("schema = 2", "schema"),
        ('[box]\nlisten = ["443"]', "box.listen"),
        ('[box]\nlisten = ["0.0.0.0:99999"]', "box.listen"),
        ('[box]\nnames = ["portal.local:443"]', "box.names"),
        ("[box]\nnames = []", "box.names"),
        ('[box]\ndata = "srv/portal"', "box.data"),
        ('[box]\ndata = "/etc/portal"', "box.data"),
        ('[box]\ndata = "/home/me/portal"', "box.data"),
        ('[box]\ndata = "/srv/a/../../etc"', "box.data"),
        ('[box]\ndata = "/srv/my portal"', "box.data"),
        ('[box]\ndatabase = "mysql://x"', "box.database"),
        ('[company]\nname = "Acme!"', "company.name"),
        ('[company]\ntitle = "a\\nb"', "company.title"),
        ('[company]\nlanguage = "fr"', "company.language"),
        ('[company]\ncurrency = "shilling"', "company.currency"),
        ('[tls]\nmode = "none"', "tls.mode"),
        ('[tls]\nmode = "files"', "tls.cert"),
        ('[backup]\nat = "25:00"', "backup.at"),
        ('[backup]\nat = "2"', "backup.at"),
        ("[update]\ncheck = true", "update.check"),
        ("accept_defaults = 1", "accept_defaults"),
    ],
)
def test_wrong_value_names_its_key(text: str, key: str) -> None:
    named = [line.partition(":")[0] for line in problems(dict(flat(tomllib.loads(text))))]
    assert key in named


def test_file_with_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    text = '[box]\ndatabase = "postgresql://portal:geheim@db/portal"\n'
    (line,) = refused(answers_file(tmp_path, text, 0o644))
    assert f"chmod 600 {tmp_path / 'answers.toml'}" in line
    assert "geheim" not in line
    assert read_answers(answers_file(tmp_path, text))["box.database"]


def test_file_that_is_no_toml_is_said(tmp_path: Path) -> None:
    assert "can't be read" in refused(answers_file(tmp_path, "[box\n"))[0]
    assert "can't be read" in refused(tmp_path / "missing.toml")[0]


def test_defaults_make_a_whole_set() -> None:
    answers = complete({}, FACTS, read_parts())
    assert answers.listen == "0.0.0.0:443"
    assert answers.names == ("192.168.1.20",)
    assert answers.text("company.name") == "company"
    assert answers.texts("company.modules") == ("crm", "sales")
    assert dict(problems_of(written(answers))) == {}


def problems_of(text: str) -> list[tuple[str, str]]:
    return [(line, line) for line in problems(dict(flat(tomllib.loads(text))))]


@pytest.mark.parametrize(
    ("title", "name"), [("Acme Pumps Ltd", "acme-pumps-ltd"), ("Насосы", "company"), ("Ünïted!", "united")]
)
def test_short_name_comes_from_the_title(title: str, name: str) -> None:
    assert complete({"company.title": title}, FACTS, read_parts()).text("company.name") == name


def test_written_answers_read_as_the_same(tmp_path: Path) -> None:
    given = {"company.title": 'Acme "Pumps" & Söhne', "tls.mode": "proxy", "box.names": ["portal.acme.lan"]}
    answers = complete(given, FACTS, read_parts())
    again = complete(read_answers(answers_file(tmp_path, written(answers))), FACTS, read_parts())
    assert again == answers


def test_named_module_brings_what_it_needs_and_an_unknown_one_is_refused() -> None:
    assert complete({"company.modules": ["sales"]}, FACTS, read_parts()).texts("company.modules") == ("crm", "sales")
    assert complete({"company.modules": []}, FACTS, read_parts()).texts("company.modules") == ()
    with pytest.raises(Refused, match=r"no module nonsense\. There are: crm"):
        complete({"company.modules": ["nonsense"]}, FACTS, read_parts())


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tls.mode": "proxy", "box.names": ["portal.acme.lan"]},
        {"tls.mode": "files", "tls.cert": "/etc/ssl/a.pem", "tls.key": "/etc/ssl/a.key"},
        {"box.listen": ["0.0.0.0:8443"], "box.names": ["192.168.1.20", "fd00::1"]},
    ],
)
def test_settings_file_is_one_that_the_program_reads(given: dict[str, object]) -> None:
    answers = complete(given, FACTS, read_parts())
    config = parse_config(settings_text(answers))
    assert (config.box.listen, tuple(config.box.names), config.tls.mode) == (
        answers.listen, answers.names, answers.mode,
    )  # fmt: skip
    assert config.box.data == "/var/lib/boxportal"


def test_names_carry_a_port_that_browsers_do_not_add() -> None:
    answers = complete({"box.listen": ["0.0.0.0:8443"], "box.names": ["portal", "fd00::1"]}, FACTS, read_parts())
    assert answers.names == ("portal:8443", "[fd00::1]:8443")


def test_questions_need_nothing_but_python() -> None:
    """They are asked before the program's libraries are anywhere."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import boxportal.cli.installing.__main__; print([*sys.modules])"
    )
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(ROOT / "src")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    foreign = {"typer", "pydantic", "sqlalchemy", "typing_extensions", "boxportal.kernel", "boxportal.sdk"}
    assert not [name for name in foreign if f"'{name}'" in done.stdout]
