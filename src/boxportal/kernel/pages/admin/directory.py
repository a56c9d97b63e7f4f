"""Administration: people and their passwords from the company's directory."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.directory import nightly, sync
from boxportal.kernel.directory import settings as directory
from boxportal.kernel.directory.settings import DirectorySettings, DirectoryState
from boxportal.kernel.directory.talk import Access, Entry
from boxportal.kernel.identity import throttle
from boxportal.kernel.pages.admin.doors import ADMIN, AdminFresh, AdminRead, AdminWrite
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, NotReached, RuleBroken, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, see_other

router = Router(prefix="/admin/directory")
BACK = "/admin/directory"
TESTS = 20


class DirectoryForm(BaseModel):
    """The directory as it is entered."""

    on: bool = False
    kind: str = "ad"
    host: str = ""
    port: str = ""
    security: str = "tls"
    ca: str = ""
    user: str = ""
    password: str = ""
    base: str = ""
    filter: str = ""
    roles: str = ""
    admins: str = ""
    adds: bool = False
    teams: bool = False


@router.get("")
def directory_show(ctx: AdminRead) -> Response:
    return directory_page(ctx, values_of(ctx))


@router.post("")
def directory_change(ctx: AdminFresh, form: Annotated[DirectoryForm, Form()]) -> Response:
    try:
        directory.set_directory(ctx, directory.DirectoryWish(**form.model_dump()))
    except (Invalid, RuleBroken) as error:
        return directory_page(ctx, form.model_dump(exclude={"password"}), error)
    return see_other(ctx, BACK)


@router.post("/off")
def directory_off(ctx: AdminWrite) -> Response:
    directory.switch_off(ctx)
    return see_other(ctx, BACK)


@router.post("/sync")
def directory_sync(ctx: AdminWrite) -> Response:
    if ctx.settings(DirectorySettings).is_set:
        nightly.ask(ctx)
    return see_other(ctx, f"{BACK}?asked=1")


@router.post("/test")
async def directory_test(request: Request) -> Response:
    """Ask for the first people, outside any transaction, and show them."""
    edge, error = edge_of(request), None
    entries: list[Entry] = []
    try:
        async with edge.writing(request, ADMIN) as ctx:
            by = await run_in_threadpool(prepared, ctx)
            language = ctx.actor.language
        with use_locale(language):
            entries = list((await run_in_threadpool(sync.look, by, sync.SHOWN)).entries)
    except TooManyTries as refused:
        error = Invalid(errors_of(refused))
    except (NotReached, RuleBroken) as refused:
        error = Invalid({"": str(refused)})
    async with edge.reading(request, ADMIN) as reading:
        return await run_in_threadpool(tested, reading, entries, error)


def prepared(ctx: Ctx) -> Access:
    throttle.count_or_refuse(ctx.db, ctx.now, {f"directory-test:{ctx.actor.id}": TESTS})
    return sync.access_to(ctx)


def tested(ctx: ReadCtx, entries: list[Entry], error: DomainError | None) -> Response:
    errors = errors_of(error) if error else {}
    status = error.status if error else 200
    return directory_page(ctx, values_of(ctx), entries=entries, test_errors=errors, is_tested=not error, status=status)


def values_of(ctx: ReadCtx) -> dict[str, object]:
    settings = ctx.settings(DirectorySettings)
    roles = directory.written_roles(ctx, settings.roles)
    return settings.model_dump(exclude={"password"}) | {"port": str(settings.port), "roles": roles}


def directory_page(
    ctx: ReadCtx, values: dict[str, object], error: DomainError | None = None, **more: object
) -> Response:
    settings = ctx.settings(DirectorySettings)
    shown: dict[str, object] = {
        "values": values,
        "errors": errors_of(error) if error else {},
        "settings": settings,
        "state": ctx.settings(DirectoryState),
        "linked": sync.count_linked(ctx),
        "entries": [],
        "test_errors": {},
        "is_tested": False,
        "kinds": [("ad", _("Active Directory")), ("ldap", _("Another (OpenLDAP, FreeIPA, …)"))],
        "securities": [
            ("tls", _("TLS from the start (LDAPS), usually port 636")),
            ("starttls", _("STARTTLS, usually port 389")),
        ],
    }
    status = more.pop("status", error.status if error else 200)
    return page(ctx, "kernel/admin/directory.html", status=int(str(status)), **(shown | more))
