"""The first administrator's card on Home: things worth doing, each optional, and gone for good when dismissed."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import func, select

from boxportal.kernel.identity.models import Person
from boxportal.kernel.state import read_profile
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import gettext as _


class GettingStarted(BaseModel):
    """Whether the card was dismissed."""

    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing worth doing, with where it is done, and whether it was."""

    title: str
    hint: str
    url: str
    icon: str
    done: bool


def steps_for(ctx: ReadCtx) -> Mapping[str, object] | None:
    """The steps; None hides the card: from others, once all is done, and once it was dismissed."""
    if not ctx.actor.is_admin or ctx.settings(GettingStarted).dismissed:
        return None
    profile = read_profile(ctx.db)
    people = ctx.db.scalar(select(func.count()).select_from(Person)) or 0
    steps = [
        Step(_("Invite people"), _("By a link that you hand over; no mail server is needed."), "/admin/people/new",
             "user-plus", people > 1),
        Step(_("Say who you are"), _("Name, telephone, address and logo, as clients see them."), "/admin/company",
             "building", bool(profile.phone or profile.address or profile.logo)),
        Step(_("Set a mail server"), _("Optional: notices and links then go out by mail."), "/admin/mail", "mail",
             ctx.can_mail),
    ]  # fmt: skip
    return None if all(step.done for step in steps) else {"steps": steps}
