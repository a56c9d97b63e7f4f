"""Administration: the company's profile and logo."""

import json
from dataclasses import replace

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from boxportal.kernel.pages.admin.doors import ADMIN, AdminRead
from boxportal.kernel.pages.choices import currency_choices, language_choices, zone_choices
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.pictures import store
from boxportal.kernel.profile import change_profile
from boxportal.kernel.request import SCOPE_COMPANY
from boxportal.kernel.running import company_of
from boxportal.kernel.state import CompanyProfile, company_info, read_door, read_profile
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.countries import country_choices
from boxportal.sdk.currencies import currency_of_country
from boxportal.sdk.errors import DomainError, Invalid, NotFound
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, see_other

router = Router()
BACK = "/admin/company"
TEXTS = ("title", "language", "timezone", "currency", "country", "phone", "address")
FOR_A_YEAR = "private, max-age=31536000, immutable"


@router.get(BACK)
def company(ctx: AdminRead, *, saved: bool = False) -> Response:
    return company_page(ctx, read_profile(ctx.db), saved=saved)


@router.post(BACK)
async def company_change(request: Request) -> Response:
    async with edge_of(request).reading(request, ADMIN) as reading:
        present = await run_in_threadpool(read_profile, reading.db)
    async with request.form() as form:
        return await changed(request, wished(present, form), form.get("logo"))


async def changed(request: Request, wish: CompanyProfile, sent: object) -> Response:
    """Draw the logo anew outside any transaction, then keep everything in one."""
    edge = edge_of(request)
    try:
        picture = await redrawn(sent)
        async with edge.writing(request, ADMIN) as ctx:
            return await run_in_threadpool(save, ctx, wish, picture)
    except Invalid as error:
        async with edge.reading(request, ADMIN) as reading:
            return await run_in_threadpool(company_page, reading, wish, error)


@router.get("/pictures/{name}")
async def picture(request: Request, name: str) -> Response:
    """A picture by its hash, which only who was shown it knows; outsiders see the logo on the sign-in page too."""
    path = store.find(request.scope[SCOPE_COMPANY], name)
    if path is None:
        raise NotFound
    headers = {"Cache-Control": FOR_A_YEAR, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(path, media_type="image/png", headers=headers)


def wished(present: CompanyProfile, form: FormData) -> CompanyProfile:
    texts = {name: str(form.get(name, getattr(present, name))) for name in TEXTS}
    logo = "" if form.get("no_logo") else present.logo
    return CompanyProfile.model_validate(texts | {"logo": logo})


async def redrawn(sent: object) -> bytes | None:
    """The logo that was sent, drawn anew; None when there was none."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    content = await sent.read(store.MOST_BYTES + 1)
    return await run_in_threadpool(store.redrawn, content, "logo")


def save(ctx: Ctx, wish: CompanyProfile, picture: bytes | None) -> Response:
    owner = company_of(ctx)
    if picture is not None:
        wish = wish.model_copy(update={"logo": store.address_of(store.keep(owner, picture))})
    change_profile(ctx, wish)
    kept, door = read_profile(ctx.db), read_door(ctx.db, company_of(ctx))

    def show_at_once() -> None:
        owner.snapshot = replace(owner.snapshot, info=company_info(owner, kept, door))

    ctx.after_commit.append(show_at_once)
    return see_other(ctx, f"{BACK}?saved=true")


def currencies_by_country(profile: CompanyProfile) -> str:
    """The currency of each country, for the form to follow; none where the present one was chosen by hand."""
    if profile.country and currency_of_country(profile.country) != profile.currency:
        return ""
    return json.dumps({code: currency_of_country(code) for code, _name in country_choices() if code})


def company_page(
    ctx: ReadCtx, profile: CompanyProfile, error: DomainError | None = None, *, saved: bool = False
) -> Response:
    return page(
        ctx,
        "kernel/admin/company.html",
        status=error.status if error else 200,
        profile=profile,
        saved=saved,
        follows=currencies_by_country(profile),
        errors=errors_of(error) if error else {},
        languages=language_choices(),
        zones=zone_choices(profile.timezone),
        currencies=currency_choices(),
        countries=country_choices(),
    )
