"""Tells the other administrators that somebody switched a module."""

from collections.abc import Mapping

from sqlalchemy import select

from boxportal.kernel.identity.models import Person
from boxportal.sdk.context import Ctx, Notice
from boxportal.sdk.i18n import mark as _n

KIND = "core.module"
TEXTS: Mapping[str, str] = {
    "enable": _n("%(who)s switched on %(module)s"),
    "prepare": _n("%(who)s prepares %(module)s"),
    "disable": _n("%(who)s switched off %(module)s"),
    "purge": _n("%(who)s deleted %(module)s with all its data"),
}


def tell_of_switch(ctx: Ctx, verb: str, title: str) -> None:
    """Put a notice into the inbox of every administrator but the one who did it."""
    others = select(Person.id).where(Person.is_admin, Person.state == "active", Person.id != (ctx.actor.id or 0))
    for admin in ctx.db.scalars(others).all():
        values = {"who": ctx.actor.name, "module": title}
        ctx.notify(Notice(to=admin, kind=KIND, text=TEXTS[verb], values=values, url="/admin/modules"))
