"""What the administrators are told together."""

from collections.abc import Mapping

from sqlalchemy import select

from boxportal.kernel.identity.models import Person
from boxportal.sdk.context import Ctx, Notice


def tell_admins(ctx: Ctx, kind: str, text: str, values: Mapping[str, str] | None = None, *, url: str) -> int:
    """Put a notice into the inbox of every active administrator but the one who acts; says how many were told."""
    others = select(Person.id).where(Person.is_admin, Person.state == "active", Person.id != (ctx.actor.id or 0))
    told = ctx.db.scalars(others).all()
    for admin in told:
        ctx.notify(Notice(to=admin, kind=kind, text=text, values=dict(values or {}), url=url))
    return len(told)
