"""Administration: the public door, by which clients come in."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from boxportal.kernel.letting_in import setting, trying
from boxportal.kernel.letting_in.recipes import EXAMPLE, recipes_for
from boxportal.kernel.pages.admin.doors import AdminRead, AdminWrite
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.state import read_door
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other, shown_once

router = Router(prefix="/admin/door")
BACK = "/admin/door"
Text = Annotated[str, Form(max_length=300)]


@router.get("")
def door(ctx: AdminRead) -> Response:
    kept = read_door(ctx.db, company_of(ctx))
    return door_page(ctx, {"address": kept.address, "listen": kept.listen})


@router.post("")
def door_change(ctx: AdminWrite, address: Text = "", listen: Text = "") -> Response:
    try:
        setting.set_door(ctx, address, listen)
    except Invalid as error:
        return door_page(ctx, {"address": address, "listen": listen}, error)
    return see_other(ctx, BACK)


@router.post("/close")
def door_close(ctx: AdminWrite) -> Response:
    setting.close_door(ctx)
    return see_other(ctx, BACK)


@router.post("/dismiss")
def door_dismiss(ctx: AdminWrite) -> Response:
    setting.dismiss_card(ctx)
    return see_other(ctx, "/")


@router.post("/test")
def door_test(ctx: AdminWrite) -> Response:
    link = trying.make_try(ctx)
    return shown_once(ctx, "kernel/admin/door_test.html", BACK, link=link, picture=picture_of(link))


@router.get("/state")
def door_state(ctx: AdminRead, waiting: str = "") -> Response:
    """What the test has seen so far: the page asks for it anew while somebody waits."""
    return page(ctx, "kernel/admin/_door_state.html", status=200, **(state_of(ctx) | {"is_waiting": bool(waiting)}))


def picture_of(link: str) -> str:
    """A link as a QR code, which a telephone reads from the screen."""
    import segno  # noqa: PLC0415 used on this page alone

    uri: str = segno.make(link, error="m").svg_data_uri(scale=4, border=3, light="#fff")
    return uri


def state_of(ctx: ReadCtx) -> dict[str, object]:
    company = company_of(ctx)
    kept = read_door(ctx.db, company)
    is_open = company.door_state == kept.listen
    return {"kept": kept, "is_open": is_open, "trouble": "" if is_open else company.door_state, "is_waiting": False}


def door_page(ctx: ReadCtx | Ctx, values: dict[str, str], error: Invalid | None = None) -> Response:
    return page(
        ctx,
        "kernel/admin/door.html",
        status=error.status if error else 200,
        values=values,
        errors=errors_of(error) if error else {},
        example=EXAMPLE,
        recipes=recipes_for(company_of(ctx), snapshot_of(ctx).door),
        is_trial=company_of(ctx).is_trial,
        **state_of(ctx),
    )
