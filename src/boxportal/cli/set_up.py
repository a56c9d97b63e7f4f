"""`boxportal install` without `--trial`: agrees on what to make, and makes it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from boxportal.cli.installing.answers import Answers
from boxportal.cli.installing.asking import Wish, agree
from boxportal.cli.installing.ending import finish
from boxportal.cli.installing.journal import Journal, read_journal
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.refused import CONDITION, INTERRUPTED, NOT_PERMITTED, USAGE, Refused
from boxportal.cli.installing.steps import do_all
from boxportal.cli.installing.talk import Talk
from boxportal.cli.installing.work import Work
from boxportal.cli.output import Globals, Output, program_version
from boxportal.sdk.errors import DomainError, Invalid, NotPermitted, RuleBroken

AGREED = "BOXPORTAL_AGREED"
"""Set by `installer/install.sh`, which asked already."""
FROM_SOURCE = "The program is not installed on this machine: sudo sh installer/install.sh"


@contextmanager
def refusing() -> Iterator[None]:
    """Let what stops an installation be an error of the command line."""
    try:
        yield
    except Refused as refused:
        text = "\n".join(refused.lines)
        if refused.code == INTERRUPTED:
            typer.echo(text, err=True)
            raise SystemExit(INTERRUPTED) from None
        kinds = {USAGE: Invalid({"": text}), CONDITION: RuleBroken(text), NOT_PERMITTED: NotPermitted(text)}
        raise kinds.get(refused.code, DomainError(text)) from None


def set_up(output: Output, options: Globals, wish: Wish) -> None:
    """Install the box with the program that runs now, or say what is in the way."""
    places = Places()
    talk = Talk(show=output.say)
    with refusing():
        journal = agreement(talk, wish, places)
        output.data["created"] = journal is not None
        if journal is None:
            return
        if not places.boxportal.exists():
            raise Refused(CONDITION, FROM_SOURCE)
        answers = Answers(journal.answers)
        talk.secrets += answers.secrets
        talk.write_to(places.log)
        work = Work(places, answers, journal, talk)
        do_all(work)
        output.data |= finish(work, can_ask=sys.stdin.isatty() and not (options.no_input or options.as_json))


def agreement(talk: Talk, wish: Wish, places: Places) -> Journal | None:
    """What was agreed before by `installer/install.sh`, or is agreed now.

    Raises: Refused.
    """
    if os.environ.get(AGREED) and (journal := read_journal(places.journal)) is not None and not journal.complete:
        return journal
    return agree(talk, wish, places, program_version())
