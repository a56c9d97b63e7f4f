"""Administration: the mail server."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import throttle
from boxportal.kernel.mail import settings as mail
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.pages.admin.doors import ADMIN, AdminFresh, AdminRead, AdminWrite
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, GiveUp, Invalid, NotReached, RuleBroken, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, edge_of, page, see_other

router = Router(prefix="/admin/mail")
BACK = "/admin/mail"
TESTS = 20


class MailForm(BaseModel):
    """The mail server as it is entered."""

    host: str = ""
    port: str = ""
    security: str = ""
    user: str = ""
    password: str = ""
    sender: str = ""


@router.get("")
def mail_server(ctx: AdminRead) -> Response:
    return mail_page(ctx, values_of(ctx.settings(MailSettings)))


@router.post("")
def mail_change(ctx: AdminFresh, form: Annotated[MailForm, Form()]) -> Response:
    try:
        mail.set_mail_server(ctx, mail.MailWish(**form.model_dump()))
    except (Invalid, RuleBroken) as error:
        return mail_page(ctx, form.model_dump(exclude={"password"}), error)
    return see_other(ctx, BACK)


@router.post("/test")
async def mail_test(request: Request, to: Annotated[str, Form(max_length=300)] = "") -> Response:
    """Send a test, outside any transaction, and show what the server answered."""
    edge = edge_of(request)
    said, error = "", None
    try:
        async with edge.writing(request, ADMIN) as ctx:
            trial = await run_in_threadpool(prepared, ctx, to)
            language = ctx.actor.language
        with use_locale(language):
            said = await run_in_threadpool(trial.send)
    except (Invalid, TooManyTries) as refused:
        error = refused
    except (NotReached, GiveUp, RuleBroken) as refused:
        error = Invalid({"": _("The test was not sent. %(why)s", why=str(refused))})
    async with edge.reading(request, ADMIN) as reading:
        return await run_in_threadpool(tested, reading, to, said, error)


@router.post("/{item_id}/again")
def mail_again(ctx: AdminWrite, item_id: RecordId) -> Response:
    mail.send_again(ctx, item_id)
    return see_other(ctx, BACK)


def prepared(ctx: Ctx, to: str) -> mail.Trial:
    throttle.count_or_refuse(ctx.db, ctx.now, {f"mail-test:{ctx.actor.id}": TESTS})
    return mail.prepare_trial(ctx, to)


def tested(ctx: ReadCtx, to: str, said: str, error: DomainError | None) -> Response:
    values = values_of(ctx.settings(MailSettings))
    errors = errors_of(error) if error else {}
    return mail_page(ctx, values, said=said, to=to, test_errors=errors, status=error.status if error else 200)


def values_of(settings: MailSettings) -> dict[str, object]:
    return settings.model_dump(exclude={"password"}) | {"port": str(settings.port)}


def mail_page(ctx: ReadCtx, values: dict[str, object], error: DomainError | None = None, **more: object) -> Response:
    settings = ctx.settings(MailSettings)
    shown: dict[str, object] = {
        "values": values,
        "errors": errors_of(error) if error else {},
        "is_set": settings.is_set,
        "has_password": bool(settings.password),
        "waiting": mail.count_waiting(ctx),
        "undelivered": mail.list_undelivered(ctx),
        "said": "",
        "to": ctx.actor.email,
        "test_errors": {},
        "securities": [
            ("starttls", _("STARTTLS, usually port 587")),
            ("tls", _("TLS from the start, usually port 465")),
            ("none", _("None, usually port 25: only within your own network")),
        ],
    }
    status = more.pop("status", error.status if error else 200)
    return page(ctx, "kernel/admin/mail.html", status=int(str(status)), **(shown | more))
