"""The seller's details, tax rates and number series on the screen."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from boxportal.modules.sales import sellers, set_up, taxes
from boxportal.modules.sales.forms import FirstSellerForm, SellerForm, TaxRateForm
from boxportal.modules.sales.models.sellers import Seller, TaxRate
from boxportal.modules.sales.pages.acts import CURRENCY
from boxportal.modules.sales.pages.products import version_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form, submitted
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
Reader = Annotated[ReadCtx, reads("sales.seller.edit")]
Editor = Annotated[Ctx, writes("sales.seller.edit")]


@router.get("/sales/seller")
def seller_show(ctx: Reader) -> Response:
    return seller_page(ctx)


@router.post("/sales/seller")
def seller_save(typed: TypedForm, ctx: Editor) -> Response:
    version = version_of(typed)
    done: Seller | FormState[SellerForm] | FormState[FirstSellerForm]
    if sellers.find_seller(ctx) is None:
        done = submitted(ctx, FirstSellerForm, typed, lambda form: set_up.set_up_seller(ctx, form), choices=CURRENCY)
    else:
        done = submitted(
            ctx, SellerForm, typed, lambda form: sellers.change_seller(ctx, form, version=version), choices=CURRENCY
        )
    return seller_page(ctx, form=done, status=422) if isinstance(done, FormState) else see_other(ctx, "/sales/seller")


@router.post("/sales/seller/taxes")
def tax_create(typed: TypedForm, ctx: Editor) -> Response:
    done = submitted(ctx, TaxRateForm, typed, lambda form: taxes.add_rate(ctx, form))
    if isinstance(done, FormState):
        return seller_page(ctx, tax=done, status=422)
    return see_other(ctx, "/sales/seller#taxes")


@router.post("/sales/seller/taxes/{rate_id}/retire")
def tax_retire(ctx: Editor, rate_id: RecordId) -> Response:
    taxes.retire_rate(ctx, rate_id)
    return see_other(ctx, "/sales/seller#taxes")


@router.post("/sales/seller/series/{kind}")
def series_begin(ctx: Editor, kind: str, number: Annotated[int, Form(ge=1, le=10**9)]) -> Response:
    sellers.continue_series(ctx, kind, number)
    return see_other(ctx, "/sales/seller#series")


def seller_page(
    ctx: ReadCtx,
    *,
    form: FormState[SellerForm] | FormState[FirstSellerForm] | None = None,
    tax: FormState[TaxRateForm] | None = None,
    status: int = 200,
) -> Response:
    """The details, with the tax rates and the numbers that come next."""
    seller = sellers.find_seller(ctx)
    rates = ctx.db.scalars(select(TaxRate).where(TaxRate.is_active).order_by(TaxRate.percent.desc(), TaxRate.id)).all()
    return page(
        ctx,
        "sales/seller.html",
        status=status,
        seller=seller,
        form=form or seller_form(ctx, seller),
        rates=rates,
        tax=tax or blank_form(ctx, TaxRateForm),
        series=sellers.next_numbers(ctx) if seller else [],
    )


def seller_form(ctx: ReadCtx, seller: Seller | None) -> FormState[SellerForm] | FormState[FirstSellerForm]:
    if seller is None:
        return blank_form(ctx, FirstSellerForm, initial=sellers.guess_seller(ctx), choices=CURRENCY)
    return filled_form(ctx, SellerForm, seller, choices=CURRENCY)
