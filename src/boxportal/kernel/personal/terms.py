"""How long records of a kind are kept: off until an administrator sets a term; a job deletes what is older."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from boxportal.kernel.personal.gather import sources
from boxportal.kernel.settings import save_setting
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.personal import Retention

MONTH = timedelta(days=30.44)  # the mean of the calendar's
LONGEST = 240
AT_ONCE = 500
EVERY = timedelta(hours=1)


class Terms(BaseModel):
    """Months by kind; a kind that is not named is kept for ever."""

    model_config = ConfigDict(extra="ignore")
    months: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class TermLine:
    """A kind with its term (0: for ever), and how many records are older than that now."""

    kind: Retention
    months: int
    older: int


def kinds(ctx: ReadCtx) -> Sequence[Retention]:
    """All kinds that may be given a term."""
    return [kind for source in sources(ctx) for kind in source.keeps]


def list_terms(ctx: ReadCtx, wished: Mapping[str, int] | None = None) -> list[TermLine]:
    """Every kind with its term, or the wished one, and what would go."""
    months = ctx.settings(Terms).months if wished is None else wished
    return [line_of(ctx, kind, months.get(kind.id, 0)) for kind in kinds(ctx)]


def line_of(ctx: ReadCtx, kind: Retention, months: int) -> TermLine:
    return TermLine(kind, months, kind.count(ctx, before(ctx.now, months)) if months else 0)


def before(now: datetime, months: int) -> datetime:
    return now - months * MONTH


def read_months(kind: str, typed: str) -> int:
    """Months as they were typed; nothing means for ever.

    Raises: Invalid (the kind).
    """
    text = typed.strip() or "0"
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= LONGEST):
        raise Invalid({kind: _("Type months from 1 to %(most)s, or nothing.", most=LONGEST)})
    return int(text)


def set_terms(ctx: Ctx, wished: Mapping[str, int]) -> None:
    """Keep these terms; kinds that are not named stay as they are.

    Raises: NotFound for a kind that nobody has.
    """
    known = {kind.id for kind in kinds(ctx)}
    if not known.issuperset(wished):
        raise NotFound(_("There is no such kind: %(names)s.", names=", ".join(sorted(set(wished) - known))))
    former = ctx.settings(Terms).months
    months = {kind: number for kind, number in {**former, **wished}.items() if number}
    if months == former:
        return
    save_setting(ctx.db, Terms(months=months))
    ctx.audit(AuditEntry(action="core.personal.terms", before=dict(former), after=dict(months)))


def remove_old(ctx: Ctx) -> None:
    """Delete what is older than its term, some of each kind at a time; a line of the audit log says how many."""
    months = ctx.settings(Terms).months
    if not months:
        return
    chosen = [kind for kind in kinds(ctx) if months.get(kind.id)]
    gone = {kind.id: kind.remove(ctx, before(ctx.now, months[kind.id]), AT_ONCE) for kind in chosen}
    removed: dict[str, object] = {kind: number for kind, number in gone.items() if number}
    if removed:
        ctx.audit(AuditEntry(action="core.personal.expire", after=removed))
