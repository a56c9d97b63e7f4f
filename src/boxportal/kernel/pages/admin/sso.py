"""Administration: sign-in by another service of the company."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import throttle
from boxportal.kernel.pages.admin.doors import ADMIN, AdminFresh, AdminRead, AdminWrite
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of
from boxportal.kernel.sso import provider
from boxportal.kernel.sso import settings as sso
from boxportal.kernel.sso.arriving import access_to
from boxportal.kernel.sso.provider import Access
from boxportal.kernel.sso.settings import SsoSettings
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, NotReached, RuleBroken, TooManyTries
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, see_other

router = Router(prefix="/admin/sso")
HERE = "/admin/sso"
TESTS = 20


class SsoForm(BaseModel):
    """The service as it is entered."""

    on: bool = False
    title: str = ""
    issuer: str = ""
    client: str = ""
    secret: str = ""
    adds: bool = False


@router.get("")
def sso_show(ctx: AdminRead) -> Response:
    return sso_page(ctx, values_of(ctx))


@router.post("")
def sso_change(ctx: AdminFresh, form: Annotated[SsoForm, Form()]) -> Response:
    try:
        sso.set_service(ctx, sso.SsoWish(**form.model_dump()))
    except (Invalid, RuleBroken) as error:
        return sso_page(ctx, form.model_dump(exclude={"secret"}), error)
    return see_other(ctx, HERE)


@router.post("/off")
def sso_off(ctx: AdminWrite) -> Response:
    sso.switch_off(ctx)
    return see_other(ctx, HERE)


@router.post("/test")
async def sso_test(request: Request) -> Response:
    """Ask the service where its pages are, outside any transaction."""
    edge, error = edge_of(request), None
    try:
        async with edge.writing(request, ADMIN) as ctx:
            by = await run_in_threadpool(prepared, ctx)
        await run_in_threadpool(provider.asked_places, by, by.settings.issuer)
    except TooManyTries as refused:
        error = Invalid(errors_of(refused))
    except (NotReached, RuleBroken) as refused:
        error = Invalid({"": str(refused)})
    async with edge.reading(request, ADMIN) as reading:
        return await run_in_threadpool(tested, reading, error)


def prepared(ctx: Ctx) -> Access:
    throttle.count_or_refuse(ctx.db, ctx.now, {f"sso-test:{ctx.actor.id}": TESTS})
    return access_to(ctx)


def tested(ctx: ReadCtx, error: DomainError | None) -> Response:
    errors = errors_of(error) if error else {}
    status = error.status if error else 200
    return sso_page(ctx, values_of(ctx), test_errors=errors, is_tested=not error, status=status)


def values_of(ctx: ReadCtx) -> dict[str, object]:
    return ctx.settings(SsoSettings).model_dump(exclude={"secret"})


def sso_page(ctx: ReadCtx, values: dict[str, object], error: DomainError | None = None, **more: object) -> Response:
    shown: dict[str, object] = {
        "values": values,
        "errors": errors_of(error) if error else {},
        "settings": ctx.settings(SsoSettings),
        "back": company_of(ctx).address + sso.BACK,
        "test_errors": {},
        "is_tested": False,
    }
    status = more.pop("status", error.status if error else 200)
    return page(ctx, "kernel/admin/sso.html", status=int(str(status)), **(shown | more))
