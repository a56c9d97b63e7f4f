"""Sellers on the screen: their details and logo, which is usual, tax rates and number series."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import Response
from sqlalchemy import select

from boxportal.modules.sales import sellers, set_up, taxes
from boxportal.modules.sales.forms import FirstSellerForm, SellerForm, TaxRateForm
from boxportal.modules.sales.models.sellers import Seller, TaxRate
from boxportal.modules.sales.pages.acts import seller_options
from boxportal.modules.sales.pages.logo import NewLogo, SentLogo, without_logo
from boxportal.modules.sales.pages.products import version_of
from boxportal.modules.sales.tax_numbers import number_hint
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form, submitted
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.seller.edit")]
Sayer = Annotated[ReadCtx, reads("sales.seller.create")]
Editor = Annotated[Ctx, writes("sales.seller.edit")]
SellerState = FormState[SellerForm] | FormState[FirstSellerForm]


@router.get("/sales/seller")
def seller_show(ctx: Reader) -> Response:
    return seller_page(ctx, sellers.find_seller(ctx))


@router.get("/sales/seller/hint")
def seller_hint(ctx: Sayer, country: Annotated[str, Query(max_length=2)] = "") -> Response:
    """How a tax number looks in the country that was just chosen."""
    return page(ctx, "sales/_hint.html", hint=number_hint(country))


@router.get("/sales/seller/new")
def seller_new(ctx: Reader) -> Response:
    return seller_page(ctx, None)


@router.post("/sales/seller/new")
def seller_create(logo: NewLogo, typed: TypedForm, ctx: Editor) -> Response:
    """One more seller; the first one too, when it is said here rather than with the first document."""

    def create(form: SellerForm) -> Seller:
        logo.require()
        make = set_up.add_seller if sellers.find_seller(ctx) else set_up.set_up_seller
        return make(ctx, form, logo.png)

    done = seller_submitted(ctx, typed, create)
    if isinstance(done, FormState):
        return seller_page(ctx, None, form=done, status=422)
    return see_other(ctx, f"/sales/seller/{done.id}")


@router.post("/sales/seller/taxes")
def tax_create(typed: TypedForm, ctx: Editor) -> Response:
    done = submitted(ctx, TaxRateForm, typed, lambda form: taxes.add_rate(ctx, form))
    if isinstance(done, FormState):
        return seller_page(ctx, sellers.find_seller(ctx), tax=done, status=422)
    return see_other(ctx, "/sales/seller#taxes")


@router.post("/sales/seller/taxes/{rate_id}/retire")
def tax_retire(ctx: Editor, rate_id: RecordId) -> Response:
    taxes.retire_rate(ctx, rate_id)
    return see_other(ctx, "/sales/seller#taxes")


@router.get("/sales/seller/{seller_id}")
def seller_one(ctx: Reader, seller_id: RecordId) -> Response:
    return seller_page(ctx, sellers.seller_with(ctx, seller_id))


@router.post("/sales/seller/{seller_id}")
def seller_save(logo: NewLogo, typed: TypedForm, ctx: Editor, seller_id: RecordId) -> Response:
    seller = sellers.seller_with(ctx, seller_id)
    done = saved(ctx, seller, typed, logo)
    if isinstance(done, FormState):
        return seller_page(ctx, seller, form=done, status=422)
    return see_other(ctx, f"/sales/seller/{seller_id}")


@router.post("/sales/seller/{seller_id}/usual")
def seller_prefer(ctx: Editor, seller_id: RecordId) -> Response:
    sellers.prefer_seller(ctx, seller_id)
    return see_other(ctx, f"/sales/seller/{seller_id}")


@router.post("/sales/seller/{seller_id}/series/{kind}")
def series_begin(ctx: Editor, seller_id: RecordId, kind: str, number: Annotated[int, Form(ge=1, le=10**9)]) -> Response:
    sellers.continue_series(ctx, seller_id, kind, number)
    return see_other(ctx, f"/sales/seller/{seller_id}#series")


def saved(ctx: Ctx, seller: Seller, typed: Typed, logo: SentLogo) -> Seller | SellerState:
    """Keep details and logo, or give the form back with what is wrong."""
    version = version_of(typed)

    def save(form: SellerForm) -> Seller:
        logo.require()
        changed = sellers.change_seller(ctx, seller.id, form, version=version)
        if logo.png or (logo.taken_away and seller.logo):
            sellers.set_logo(ctx, seller.id, logo.png)
        set_up.begin_rates_of(ctx, form)
        return changed

    return seller_submitted(ctx, typed, save, seller.country)


def seller_submitted(
    ctx: Ctx, typed: Typed, act: Callable[[SellerForm], Seller], country: str = ""
) -> Seller | SellerState:
    """Act on a seller's details; the usual tax rate is among them while there is no rate. `country` may stay."""
    options = seller_options(country)
    if has_rates(ctx):
        return submitted(ctx, SellerForm, without_logo(typed), act, choices=options)
    return submitted(ctx, FirstSellerForm, without_logo(typed), act, choices=options)


def seller_page(
    ctx: ReadCtx,
    seller: Seller | None,
    *,
    form: SellerState | None = None,
    tax: FormState[TaxRateForm] | None = None,
    status: int = 200,
) -> Response:
    """A seller's details or a new one's, with the tax rates and the numbers that come next."""
    shown = form or seller_form(ctx, seller)
    rates = ctx.db.scalars(select(TaxRate).where(TaxRate.is_active).order_by(TaxRate.percent.desc(), TaxRate.id)).all()
    return page(
        ctx,
        "sales/seller.html",
        status=status,
        seller=seller,
        sellers=sellers.all_sellers(ctx),
        form=shown,
        hint=number_hint(str(shown["country"].value)),
        rates=rates,
        tax=tax or blank_form(ctx, TaxRateForm),
        series=sellers.next_numbers(ctx, seller) if seller else [],
    )


def seller_form(ctx: ReadCtx, seller: Seller | None) -> SellerState:
    guess = sellers.guess_seller(ctx)
    if sellers.find_seller(ctx) is not None:
        guess |= dict.fromkeys(("legal_name", "address", "phone"), "")  # one more is another firm
    known = {name: getattr(seller, name) for name in SellerForm.model_fields} if seller else {}
    options = seller_options(seller.country if seller else "")
    if has_rates(ctx):
        return filled_form(ctx, SellerForm, guess | known, choices=options)
    return filled_form(ctx, FirstSellerForm, guess | known, choices=options)


def has_rates(ctx: ReadCtx) -> bool:
    """Whether there are tax rates; without any the form asks for the usual one."""
    return ctx.db.scalar(select(TaxRate.id).limit(1)) is not None
