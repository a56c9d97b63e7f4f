"""The seller's details, tax rates and number series on the screen."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from boxportal.modules.sales import sellers, taxes
from boxportal.modules.sales.forms import FirstSellerForm, SellerForm, TaxRateForm
from boxportal.modules.sales.models.sellers import Seller, TaxRate
from boxportal.modules.sales.pages.acts import seller_env
from boxportal.modules.sales.pages.typed import Sent, part_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms import FormEnv, FormState, blank, filled, read
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
Reader = Annotated[ReadCtx, reads("sales.seller.edit")]
Editor = Annotated[Ctx, writes("sales.seller.edit")]
FIELDS = frozenset(FirstSellerForm.model_fields)


@router.get("/sales/seller")
def seller_show(ctx: Reader) -> Response:
    return seller_page(ctx)


@router.post("/sales/seller")
def seller_save(ctx: Editor, sent: Sent) -> Response:
    seller = sellers.find_seller(ctx)
    form = read(SellerForm if seller else FirstSellerForm, part_of(sent, FIELDS), seller_env(ctx))
    if isinstance(form, FormState):
        return seller_page(ctx, form=form, status=422)
    if isinstance(form, FirstSellerForm):
        sellers.set_up_seller(ctx, form)
    else:
        version = (list(sent.get("_version", ())) or [""])[-1]
        sellers.change_seller(ctx, form, version=int(version) if version.isdecimal() else 0)
    return see_other(ctx, "/sales/seller")


@router.post("/sales/seller/taxes")
def tax_create(ctx: Editor, sent: Sent) -> Response:
    form = read(TaxRateForm, sent, FormEnv(zone=ctx.actor.timezone))
    if not isinstance(form, FormState):
        try:
            taxes.add_rate(
                ctx, name=form.name, percent=form.percent, category=form.category, is_default=form.is_default
            )
            return see_other(ctx, "/sales/seller#taxes")
        except Invalid as error:
            wrong = {name: str(text) for name, text in error.fields.items()}
            form = filled(TaxRateForm, form, FormEnv(zone=ctx.actor.timezone)).refused(wrong)
    return seller_page(ctx, tax=form, status=422)


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
        tax=tax or blank(TaxRateForm, FormEnv(zone=ctx.actor.timezone)),
        series=sellers.next_numbers(ctx) if seller else [],
    )


def seller_form(ctx: ReadCtx, seller: Seller | None) -> FormState[SellerForm] | FormState[FirstSellerForm]:
    if seller is None:
        return blank(FirstSellerForm, seller_env(ctx), sellers.guess_seller(ctx))
    return filled(SellerForm, seller, seller_env(ctx))
