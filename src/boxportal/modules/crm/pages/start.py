"""Where CRM begins, and its trash."""

from typing import Annotated

from fastapi.responses import RedirectResponse, Response

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm.kinds import ADDRESSES
from boxportal.modules.crm.trash import list_trash
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads

router = Router(prefix="/crm")
NAMES = {LEAD: _l("Request"), DEAL: _l("Deal"), CONTACT: _l("Contact"), CLIENT_COMPANY: _l("Company")}


@router.get("")
def crm_start(_ctx: Annotated[ReadCtx, reads("crm.deal.see")]) -> Response:
    return RedirectResponse("/crm/deals", status_code=303)


@router.get("/trash")
def crm_trash(ctx: Annotated[ReadCtx, reads("crm.trash.see")]) -> Response:
    return page(ctx, "crm/trash.html", trashed=list_trash(ctx), names=NAMES, addresses=ADDRESSES)
