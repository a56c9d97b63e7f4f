"""The first half of an installation, which writes nothing: look, ask, show what will be made, and be told to go."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from boxportal.cli.installing.answers import Answers, complete, read_answers, written
from boxportal.cli.installing.checks import Check, check_answers, check_machine, stopping
from boxportal.cli.installing.facts import Facts, free_mb, look
from boxportal.cli.installing.journal import Journal, read_journal
from boxportal.cli.installing.keys import KEYS
from boxportal.cli.installing.parts import read_parts
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.plan import told_plan
from boxportal.cli.installing.questions import ask_all
from boxportal.cli.installing.refused import CONDITION, USAGE, Refused
from boxportal.cli.installing.talk import Talk

ALREADY = "Already installed: nothing was changed."


@dataclass(frozen=True, slots=True)
class Wish:
    """How the installer was called."""

    answers: Path | None = None
    save: Path | None = None
    tls: str = ""
    no_input: bool = False
    yes: bool = False
    dry_run: bool = False
    force_os: bool = False


def agree(talk: Talk, wish: Wish, places: Places, version: str, facts: Facts | None = None) -> Journal | None:
    """Come to an agreement on what to install, and note it; None when nothing shall be made.

    Raises: Refused.
    """
    known = read_journal(places.journal)
    if known is not None and known.complete:
        talk.say(ALREADY)
        return None
    if known is not None:
        talk.say("An installation was interrupted here: it goes on.")
        return known
    facts = facts or look(places)
    answers = settled(talk, wish, places, facts)
    talk.say("\nReady to make:")
    for line in told_plan(answers, facts, read_parts(), places, version):
        talk.say(line)
    if wish.save is not None:
        save(wish.save, answers)
        talk.say(f"The answers are in {wish.save}.")
    if wish.dry_run or not (wish.no_input or wish.yes or talk.agreed("Go?")):
        talk.say("Nothing was changed.")
        return None
    return begun(answers, places)


def begun(answers: Answers, places: Places) -> Journal:
    """The journal of an installation that was agreed on: the first thing that is written."""
    journal = Journal(places.journal, dict(answers.values))
    for folder in (places.program, places.log.parent):
        if not folder.exists():
            journal.made.append(str(folder))
    journal.write()
    return journal


def settled(talk: Talk, wish: Wish, places: Places, facts: Facts) -> Answers:
    """Check the machine, then have every answer, then check those.

    Raises: Refused with everything that is wrong, at once.
    """
    parts = read_parts()
    kept = kept_settings(places)
    given = {**(read_answers(wish.answers) if wish.answers else {}), **kept}
    if wish.tls:
        given["tls.mode"] = given_mode(wish.tls)
    machine = check_machine(facts, places, force_os=wish.force_os)
    if wish.no_input or kept:
        answers = complete(given, facts, parts)
        report(talk, facts, [*machine, *check_answers(facts, answers)])
        if kept:
            talk.say(f"Settings and data of an earlier installation are here ({answers.data}): they stay as they are.")
        return answers
    report(talk, facts, machine)
    answers = ask_all(talk, facts, parts, given)
    talk.secrets += answers.secrets
    require_none(stopping(check_answers(facts, answers)))
    return answers


def given_mode(mode: str) -> str:
    if wrong := KEYS["tls.mode"].problem(mode):
        raise Refused(USAGE, f"--tls: {wrong}")
    return mode


def report(talk: Talk, facts: Facts, checks: list[Check]) -> None:
    """One line about the machine, each note, and all that is wrong at once.

    Raises: Refused.
    """
    wrong = stopping(checks)
    passed = f"All {len(checks)} checks passed." if not wrong else f"{len(wrong)} of {len(checks)} checks failed."
    free = free_mb(Path("/var")) // 1000
    talk.say(
        f"Machine: {facts.title}, {facts.cores} cores, {facts.memory / 1000:.1f} GB memory, {free} GB free. {passed}"
    )
    for check in checks:
        if check.state == "note":
            talk.say(f"  ! {check.text}" + (f"\n    Do: {check.fix}" if check.fix else ""))
    require_none(wrong)


def require_none(wrong: Iterable[Check]) -> None:
    """Raises: Refused that names each check that failed, with what mends it."""
    lines = [line for check in wrong for line in (f"{check.id}: {check.text}", f"  Do: {check.fix}")]
    if lines:
        raise Refused(CONDITION, *lines, "Nothing was changed.")


def kept_settings(places: Places) -> dict[str, object]:
    """What the settings of an earlier installation say, whose data was kept."""
    try:
        said = tomllib.loads((places.settings / "boxportal.toml").read_text("utf-8"))
        box, tls = said["box"], said["tls"]
        backup = said.get("backup", {})
        data, port = str(box["data"]), str(box["listen"]).rpartition(":")[2]
    except (OSError, tomllib.TOMLDecodeError, LookupError, TypeError):
        return {}
    names = [name.removesuffix(f":{port}").strip("[]") for name in box["names"]]
    found = {"box.listen": [box["listen"]], "box.names": names, "box.data": data, "tls.mode": tls["mode"]}
    found |= {f"backup.{key}": backup[key] for key in ("dir", "at") if backup.get(key)}
    return found | {f"tls.{key}": tls[key] for key in ("cert", "key") if key in tls}


def save(path: Path, answers: Answers) -> None:
    """Write the answers to a file of root's own.

    Raises: Refused.
    """
    try:
        path.touch(0o600)
        path.write_text(written(answers), "utf-8")
    except OSError as error:
        raise Refused(USAGE, f"--write-answers: {path} can't be written: {error.strerror}") from error
