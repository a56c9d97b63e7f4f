"""A person's own picture."""

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from boxportal.kernel.identity.accounts import myself, set_picture
from boxportal.kernel.pages.account import MINE, profile_page, values_of
from boxportal.kernel.pictures import store
from boxportal.kernel.running import company_of
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, see_other

router = Router()


@router.post("/account/picture")
async def picture_change(request: Request) -> Response:
    """Draw what was sent anew, outside any transaction, and keep it; without a picture the old one goes."""
    edge = edge_of(request)
    async with edge.reading(request, MINE):  # neither a stranger nor a forgery makes the box draw
        pass
    try:
        async with request.form() as form:
            drawn = None if form.get("remove") else await redrawn(form.get("picture"))
            async with edge.writing(request, MINE) as ctx:
                return await run_in_threadpool(keep, ctx, drawn)
    except Invalid as error:
        async with edge.reading(request, MINE) as reading:
            me = await run_in_threadpool(myself, reading)
            return await run_in_threadpool(profile_page, reading, me, values_of(me), error)


async def redrawn(sent: object) -> bytes:
    """Raises: Invalid (`picture`)."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Invalid({"picture": _("Choose a picture first.")})
    content = await sent.read(store.MOST_BYTES + 1)
    return await run_in_threadpool(store.redrawn, content, "picture", 256)


def keep(ctx: Ctx, drawn: bytes | None) -> Response:
    set_picture(ctx, store.keep(company_of(ctx), drawn) if drawn else None)
    return see_other(ctx, "/account")
