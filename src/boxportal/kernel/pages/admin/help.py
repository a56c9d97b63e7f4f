"""Administration: people who forgot their password and wait for help."""

from fastapi.responses import Response

from boxportal.kernel.identity import resets
from boxportal.kernel.pages.admin.doors import AdminFresh, AdminRead, AdminWrite
from boxportal.kernel.running import company_of
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, see_other, shown_once

router = Router(prefix="/admin/help")
BACK = "/admin/help"


@router.get("")
def help_list(ctx: AdminRead) -> Response:
    return page(ctx, "kernel/admin/help.html", lines=resets.list_requests(ctx))


@router.post("/{person_id}/link")
def help_link(ctx: AdminFresh, person_id: RecordId) -> Response:
    person, link = resets.answer_with_link(ctx, person_id)
    return shown_once(ctx, "kernel/admin/helped.html", BACK, person=person, link=link, code="")


@router.post("/{person_id}/code")
def help_code(ctx: AdminFresh, person_id: RecordId) -> Response:
    person, code = resets.answer_with_code(ctx, person_id, company_of(ctx).key)
    return shown_once(ctx, "kernel/admin/helped.html", BACK, person=person, link="", code=code)


@router.post("/{person_id}/dismiss")
def help_dismiss(ctx: AdminWrite, person_id: RecordId) -> Response:
    resets.dismiss(ctx, person_id)
    return see_other(ctx, BACK)
