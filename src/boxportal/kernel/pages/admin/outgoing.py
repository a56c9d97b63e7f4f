"""Administration: what this box talked to, and what it may talk to in the own network."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from boxportal.kernel.pages.admin.doors import AdminRead, AdminWrite, number_or_none
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.talks import AllowedTargets, allow_target, forbid_target, list_calls
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other

router = Router(prefix="/admin/outgoing")
BACK = "/admin/outgoing"
Target = Annotated[str, Form(max_length=300)]


@router.get("")
def outgoing(ctx: AdminRead, before: str = "") -> Response:
    return outgoing_page(ctx, before=before)


@router.post("/allow")
def outgoing_allow(ctx: AdminWrite, target: Target = "") -> Response:
    try:
        allow_target(ctx, target)
    except Invalid as error:
        return outgoing_page(ctx, typed=target, error=error)
    return see_other(ctx, BACK)


@router.post("/forbid")
def outgoing_forbid(ctx: AdminWrite, target: Target = "") -> Response:
    forbid_target(ctx, target)
    return see_other(ctx, BACK)


def outgoing_page(ctx: ReadCtx, *, before: str = "", typed: str = "", error: Invalid | None = None) -> Response:
    calls, last = list_calls(ctx, before=number_or_none(before))
    return page(
        ctx,
        "kernel/admin/outgoing.html",
        status=error.status if error else 200,
        calls=calls,
        following=f"{BACK}?before={last}" if last else "",
        targets=ctx.settings(AllowedTargets).targets,
        typed=typed,
        errors=errors_of(error) if error else {},
        purposes={"core.mail": _("Mail"), "core.backup": _("Backup")},
        results={
            "done": (_("Done"), "good"),
            "failed": (_("Failed"), "warning"),
            "refused": (_("Refused"), "bad"),
        },
    )
