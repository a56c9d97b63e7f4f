"""What the CRM still needs while it is being prepared."""

from collections.abc import Sequence

from sqlalchemy import select

from boxportal.modules.crm.assigning import next_in_turn
from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import Lack
from boxportal.sdk.people import person, team


def lacking(ctx: ReadCtx) -> Sequence[Lack]:
    """Who answers requests, and a form by which they come."""
    found = []
    heads = select(team.c.id).join(person, person.c.id == team.c.head_id).where(person.c.state == "active")
    nobody = next_in_turn(ctx, ctx.settings(CrmSettings).turn, 0)[0] is None
    if nobody and ctx.db.scalar(heads.limit(1)) is None:
        text = _l("Nobody is named for requests, and no team has a head: an administrator gets them all.")
        found.append(Lack(text, "/crm/deals/settings"))
    if ctx.db.scalar(select(WebForm.id).where(WebForm.is_active).limit(1)) is None:
        found.append(Lack(_l("There is no form by which clients send requests."), "/crm/leads/forms"))
    return found
