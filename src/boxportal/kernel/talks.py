"""What this box talked to, written down and looked at, and what it may talk to in the own network."""

import re
from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.door import host_and_port, is_ip
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.i18n import gettext as _

KEEP = timedelta(days=90)
MOST_KEPT = 10_000
MOST_ALLOWED = 100
PAGE = 100
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class AllowedTargets(BaseModel):
    """Machines of the own network that modules may ask over HTTP, as `host:port`."""

    model_config = ConfigDict(extra="ignore")
    targets: list[str] = []


def allow_target(ctx: Ctx, typed: str) -> str:
    """Let modules ask this host and port, though it lies in the own network or has an unusual port.

    Raises: Invalid.
    """
    host, port = host_and_port(typed, 0)
    kept = ctx.settings(AllowedTargets).targets
    if not port or not (is_ip(host) or HOST.fullmatch(host)):
        raise Invalid({"target": _("Type a host and its port, such as printer.local:8080.")})
    if len(kept) >= MOST_ALLOWED:
        raise Invalid({"target": _("There are too many already. Remove some first.")})
    target = f"{host}:{port}"
    if target not in kept:
        ctx.save_settings(AllowedTargets(targets=sorted([*kept, target])))
        ctx.audit(AuditEntry(action="core.outgoing.allow", title=target))
    return target


def forbid_target(ctx: Ctx, target: str) -> None:
    """Take the permission back.

    Raises: NotFound.
    """
    kept = ctx.settings(AllowedTargets).targets
    if target not in kept:
        raise NotFound(_("%(target)s is not allowed.", target=target))
    ctx.save_settings(AllowedTargets(targets=[one for one in kept if one != target]))
    ctx.audit(AuditEntry(action="core.outgoing.forbid", title=target))


def list_calls(
    ctx: ReadCtx, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[OutgoingCall], int | None]:
    """The connections, newest first, and the id after which the next page begins (None at the end)."""
    found = select(OutgoingCall)
    if before is not None:
        found = found.where(OutgoingCall.id < before)
    rows = ctx.db.scalars(found.order_by(OutgoingCall.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def write_down(company: Company) -> None:
    """Put what was noted into the database, and drop what is old. What can't be written now is kept for later."""
    calls = company.book.take()
    if not calls:
        return
    try:
        with write_session(company.engines) as db:
            db.add_all([
                OutgoingCall(
                    at=call.at, purpose=call.purpose, host=call.host[:253], port=call.port, address=call.address,
                    result=call.result, said=call.said, sent=call.sent, received=call.received,
                    milliseconds=round(call.seconds * 1000),
                )
                for call in calls
            ])  # fmt: skip
            db.change(delete(OutgoingCall).where(OutgoingCall.at < utcnow() - KEEP))
            newest = db.scalar(select(func.max(OutgoingCall.id))) or 0
            db.change(delete(OutgoingCall).where(OutgoingCall.id <= newest - MOST_KEPT))
    except BaseException:
        company.book.put_back(calls)
        raise
