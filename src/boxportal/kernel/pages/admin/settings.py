"""Administration: the settings of the box, which stand in `boxportal.toml`."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.configuring.change import can_change, file_of
from boxportal.kernel.configuring.form import change_settings, groups, waiting
from boxportal.kernel.pages.admin.doors import BoxFresh, BoxRead, BoxWrite
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of
from boxportal.kernel.switch.live import wish_renewal
from boxportal.sdk.context import AuditEntry, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other

router = Router(prefix="/admin/settings")
BACK = "/admin/settings"


class SettingsForm(BaseModel):
    """Whatever fields the page had: one for each setting, by its dotted name."""

    model_config = ConfigDict(extra="allow")


@router.get("")
def settings(ctx: BoxRead, *, restarting: bool = False) -> Response:
    return settings_page(ctx, restarting=restarting)


@router.post("")
def settings_change(ctx: BoxFresh, form: Annotated[SettingsForm, Form()]) -> Response:
    typed = {name: str(value) for name, value in (form.model_extra or {}).items()}
    try:
        change_settings(ctx, data_of(company_of(ctx)), typed)
    except (Invalid, RuleBroken) as error:
        return settings_page(ctx, typed, error)
    return see_other(ctx, BACK)


@router.post("/restart")
def settings_restart(ctx: BoxWrite) -> Response:
    """Let the server start anew: what was asked before is answered, and nobody is signed out."""
    wish_renewal(ctx.db)
    ctx.audit(AuditEntry(action="core.server.restart"))
    return see_other(ctx, f"{BACK}?restarting=1")


def settings_page(
    ctx: ReadCtx, typed: dict[str, str] | None = None, error: DomainError | None = None, *, restarting: bool = False
) -> Response:
    company = company_of(ctx)
    data = data_of(company)
    try:
        shown, left = groups(data, company.started_with, typed), waiting(data, company.started_with)
    except RuleBroken as wrong:  # the file was spoilt by hand: what can be done is told, nothing can be typed here
        shown, left, error = [], [], wrong
    return page(
        ctx,
        "kernel/admin/settings.html",
        status=error.status if error else 200,
        groups=shown,
        waiting=left,
        restarting=restarting and left,
        file=file_of(data),
        can_change=can_change(data),
        errors=errors_of(error) if error else {},
    )
