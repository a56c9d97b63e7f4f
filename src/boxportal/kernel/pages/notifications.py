"""Which notices a person wants where, and when they want quiet."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel

from boxportal.kernel.notify.choices import Way, kinds_for, list_choices, set_choices
from boxportal.kernel.notify.times import kept_times, set_times
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, see_other, writes

router = Router(prefix="/account/notifications")
WAYS = ((Way.OFF, _l("Off")), (Way.ONCE, _l("At once")), (Way.DAILY, _l("Once a day")))
Times = Mapping[str, str]


class ChoicesForm(BaseModel):
    """The kinds that are ticked, by channel: `mail` has `kind` for a mail each, `kind=daily` for the daily one.

    Times are `22:00`, or empty; without `times` they stay as they were.
    """

    inbox: list[str] = []
    mail: list[str] = []
    times: bool = False
    quiet_from: str = ""
    quiet_until: str = ""
    digest_at: str = ""


@router.get("")
def notification_choices(ctx: Annotated[ReadCtx, reads()]) -> Response:
    return choices_page(ctx, kept_times(ctx))


@router.post("")
def notification_choose(ctx: Annotated[Ctx, writes()], form: Annotated[ChoicesForm, Form()]) -> Response:
    typed = {"quiet_from": form.quiet_from, "quiet_until": form.quiet_until, "digest_at": form.digest_at}
    set_choices(ctx, kinds_for(ctx), inbox=set(form.inbox), mail=dict(map(choice_in, form.mail)))
    try:
        if form.times and typed != kept_times(ctx):
            set_times(ctx, **typed)
    except Invalid as error:
        return choices_page(ctx, typed, error)
    return see_other(ctx, "/account/notifications")


def choice_in(value: str) -> tuple[str, Way]:
    kind, _equals, way = value.partition("=")
    return kind, Way.DAILY if way == Way.DAILY else Way.ONCE


def choices_page(ctx: ReadCtx, times: Times, error: Invalid | None = None) -> Response:
    return page(
        ctx,
        "kernel/account/notifications.html",
        status=error.status if error else 200,
        lines=list_choices(ctx, kinds_for(ctx)),
        ways=WAYS,
        times=times,
        errors=errors_of(error) if error else {},
    )
