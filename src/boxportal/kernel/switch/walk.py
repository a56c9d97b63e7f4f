"""The steps of a switch: told while it runs, and named in the sentence that says where it failed."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from boxportal.sdk.errors import DomainError, RolledBack
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.logs import get_logger
from boxportal.sdk.module import Text

log = get_logger()
Tell = Callable[[str], None]
STEPS: Mapping[str, Text] = {
    "load": _l("Load its program"),
    "tables": _l("Make its tables"),
    "rows": _l("Put its rows in order"),
    "check": _l("See that it can be read"),
    "off": _l("Stop to answer"),
    "backup": _l("Make a backup, and prove it"),
    "remove": _l("Delete what it holds"),
    "live": _l("Put it in force everywhere"),
}
LONGEST = 300


def silent(_step: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Walk:
    """Where a switch is; whoever shows it hears of each step as it begins."""

    tell: Tell = silent
    step: str = "load"

    def to(self, step: str) -> None:
        self.step = step
        self.tell(step)


@contextmanager
def or_as_it_was(walk: Walk, modules: Sequence[str]) -> Iterator[None]:
    """Say plainly why modules could not be switched on. The transaction around them undoes all that was done.

    Raises: RolledBack that names the step; what is of the moment (busy, full) as it is.
    """
    try:
        yield
    except Exception as error:  # a module's own mistake, in its tables or its code: it stays off, and says why
        if is_of_the_moment(error):
            raise
        log.exception("module could not be switched on", modules=list(modules), step=walk.step)
        raise failed(modules, walk.step, reason(error)) from error


def failed(modules: Sequence[str], step: str, why: str) -> RolledBack:
    """The sentence for a switch that failed and was undone."""
    return RolledBack(
        _("%(modules)s could not be switched on and is off, as before. It failed at “%(step)s”: %(why)s",
          modules=", ".join(modules), step=str(STEPS[step]), why=why)
    )  # fmt: skip


def is_of_the_moment(error: Exception) -> bool:
    """Whether it may go well the next time: busy, full, not reachable; or a rule of ours, with its own sentence."""
    if isinstance(error, OperationalError):  # SQLite says so, too, of tables that are there already, or are not
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return isinstance(error, DomainError | PoolTimeout | OSError)


def reason(error: Exception) -> str:
    """The first line of what went wrong, without the statement that SQLAlchemy adds."""
    text = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return text.splitlines()[0][:LONGEST]
