"""Which notices a person wants where."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel

from boxportal.kernel.notify.choices import Kinds, list_choices, set_choices
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, see_other, writes

router = Router(prefix="/account/notifications")


class ChoicesForm(BaseModel):
    """The kinds that are ticked, by channel."""

    inbox: list[str] = []
    mail: list[str] = []


@router.get("")
def notification_choices(ctx: Annotated[ReadCtx, reads()]) -> Response:
    return page(ctx, "kernel/account/notifications.html", lines=list_choices(ctx, kinds_for(ctx)))


@router.post("")
def notification_choose(ctx: Annotated[Ctx, writes()], form: Annotated[ChoicesForm, Form()]) -> Response:
    set_choices(ctx, kinds_for(ctx), inbox=set(form.inbox), mail=set(form.mail))
    return see_other(ctx, "/account/notifications")


def kinds_for(ctx: ReadCtx) -> Kinds:
    """What is on; kinds that only administrators get are not shown to others."""
    notices = snapshot_of(ctx).notices
    return {name: kind for name, kind in notices.items() if ctx.actor.is_admin or not kind.admin}
