"""Dismisses the first administrator's card on Home."""

from fastapi.responses import Response

from boxportal.kernel.getting_started import GettingStarted
from boxportal.kernel.pages.admin.doors import AdminWrite
from boxportal.kernel.settings import save_setting
from boxportal.sdk.routing import Router
from boxportal.sdk.web import see_other

router = Router()


@router.post("/admin/getting-started/dismiss")
def getting_started_dismiss(ctx: AdminWrite) -> Response:
    save_setting(ctx.db, GettingStarted(dismissed=True))
    return see_other(ctx, "/")
