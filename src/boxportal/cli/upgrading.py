"""What a server that starts has to do with an upgrade: mostly nothing."""

from typing import Any

from boxportal.cli.output import program_version
from boxportal.kernel.upgrade.journal import Journal, at_start, read_journal
from boxportal.kernel.upgrade.program import running_program

TRYING = "trying"


def upgrade_now() -> Journal | None:
    """The upgrade that goes on and needs this server to rest, or to be tried.

    Raises: RuleBroken when one was broken off.
    """
    program = running_program()
    return at_start(program.journal, program.lock) if program is not None else None


def for_the_examiner(app: Any) -> Any:  # noqa: ANN401 uvicorn's type of an app
    """The server as the examiner alone gets to it, until the upgrade is done."""
    from boxportal.kernel.upgrade.standstill import Tried  # noqa: PLC0415 needed only during an upgrade

    program = running_program()
    return Tried(app, program_version(), lambda: read_journal(program.journal) if program is not None else None)
