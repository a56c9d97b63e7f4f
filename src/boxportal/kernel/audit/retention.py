"""How long lines of the audit log are kept: old days are dropped whole, and leave the seal after which others come."""

from datetime import UTC, date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select

from boxportal.kernel.audit.chain import head_of
from boxportal.kernel.audit.models import AuditDay, AuditLine, AuditSeal
from boxportal.kernel.audit.verify import DROP, first_broken
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.logs import get_logger

LEAST, MOST = 30, 36_500
CHOICES = (0, 180, 365, 730, 1095, 1825, 3650)
log = get_logger()


class AuditKeep(BaseModel):
    """For how many days lines are kept; 0 is for ever."""

    model_config = ConfigDict(extra="ignore")
    days: int = 0


def keep_for(ctx: Ctx, days: int) -> None:
    """Choose for how long lines are kept.

    Raises: Invalid.
    """
    if days and not LEAST <= days <= MOST:
        raise Invalid({"days": _("Keep lines for at least 30 days, or for ever.")})
    before = ctx.settings(AuditKeep).days
    ctx.save_settings(AuditKeep(days=days))
    if before != days:
        ctx.audit(AuditEntry(action="core.audit.keep", before={"days": before}, after={"days": days}))


def drop_old_day(ctx: Ctx) -> None:
    """Drop the oldest day, when it is older than lines are kept and whole in the chain: one day a run.

    A line among them that has no seal stays, and the verification still finds it.
    """
    days = ctx.settings(AuditKeep).days
    old = old_day(ctx.db, ctx.now - timedelta(days=days)) if days else None
    if old is None:
        return
    day, last = old
    if first_broken(ctx.db, upto=last.number) is not None:
        log.warning("audit day kept: it does not verify", day=day.isoformat())
        return
    of_day = select(AuditSeal.line_id).where(AuditSeal.number <= last.number)
    lines = ctx.db.change(delete(AuditLine).where(AuditLine.id.in_(of_day)))
    ctx.db.change(delete(AuditSeal).where(AuditSeal.number <= last.number))
    ctx.db.add(AuditDay(day=day, number=last.number, line_id=last.line_id, hash=last.hash, lines=lines,
                        dropped_at=ctx.now))  # fmt: skip
    after = {"number": last.number, "hash": last.hash, "lines": lines}
    ctx.audit(AuditEntry(action=DROP, title=day.isoformat(), after=after))


def old_day(db: ReadSession, edge: datetime) -> tuple[date, AuditSeal] | None:
    """The oldest day, when it ended before the edge, and its last seal: the one before the first of a later day.

    A line that was sealed while the clock was wrong belongs to the day around it. The newest seal of all stays.
    """
    first = db.scalar(select(AuditSeal.sealed_at).order_by(AuditSeal.number).limit(1))
    if first is None:
        return None
    day = first.astimezone(UTC).date()
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    if end > edge:
        return None
    later = db.scalar(select(func.min(AuditSeal.number)).where(AuditSeal.sealed_at >= end))
    head = head_of(db).number
    old = select(AuditSeal).where(AuditSeal.number < min(later or head, head))
    last = db.scalars(old.order_by(AuditSeal.number.desc()).limit(1)).first()
    return (day, last) if last else None
