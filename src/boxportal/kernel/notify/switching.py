"""Tells the other administrators that somebody switched a module."""

from collections.abc import Mapping

from boxportal.kernel.identity.admins import tell_admins
from boxportal.sdk.context import Ctx
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
    tell_admins(ctx, KIND, TEXTS[verb], {"who": ctx.actor.name, "module": title}, url="/admin/modules")
