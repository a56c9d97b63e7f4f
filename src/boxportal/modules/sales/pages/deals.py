"""A deal's lines, and payments and shipments with more to say than one click."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from boxportal.modules.sales import lines, payments, products, quotes, sellers, shipments
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import LinesForm, PaymentForm, ShipmentForm
from boxportal.modules.sales.orders import Progress
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.pages.typed import Sent
from boxportal.modules.sales.panels import lines_env, lines_form
from boxportal.modules.sales.sellers import SellerMissing
from boxportal.modules.sales.settling import open_amounts
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms import FormEnv, FormState, blank, filled, read
from boxportal.sdk.money import Money
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
LineReader = Annotated[ReadCtx, reads("sales.quote.create")]
LineWriter = Annotated[Ctx, writes("sales.quote.create")]
PaymentReader = Annotated[ReadCtx, reads("sales.payment.create")]
PaymentWriter = Annotated[Ctx, writes("sales.payment.create")]
ShipmentWriter = Annotated[Ctx, writes("sales.shipment.create")]
ProductReader = Annotated[ReadCtx, reads("sales.product.see")]


@router.get("/sales/deals/{deal_id}/lines")
def lines_edit(ctx: LineReader, deal_id: RecordId) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)
    form = lines_form(ctx, lines.deal_lines(ctx, deal_id), deal.currency)
    return page(ctx, "sales/lines.html", form=form, deal=deal, deal_url=deal_address(ctx, deal_id))


@router.post("/sales/deals/{deal_id}/lines")
def lines_save(ctx: LineWriter, deal_id: RecordId, sent: Sent) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)
    env = lines_env(ctx, lines.deal_lines(ctx, deal_id), deal.currency)
    form = read(LinesForm, sent, env)
    if not isinstance(form, FormState):
        try:
            quotes.change_lines(ctx, deal_id, form)
            return see_other(ctx, f"{deal_address(ctx, deal_id)}#panel-sales-lines")
        except Invalid as error:
            form = filled(LinesForm, form, env).refused({name: str(text) for name, text in error.fields.items()})
    return page(ctx, "sales/lines.html", status=422, form=form, deal=deal, deal_url=deal_address(ctx, deal_id))


@router.get("/sales/products/options")
def product_options(ctx: ProductReader, request: Request) -> Response:
    """Names of products that begin with what is being typed into a line."""
    typed = next((value for name, value in request.query_params.items() if name.endswith("description")), "")
    return page(ctx, "sales/_product_options.html", products=products.named_like(ctx, typed))


@router.get("/sales/deals/{deal_id}/payments/new")
def payment_new(ctx: PaymentReader, deal_id: RecordId, invoice: int | None = None) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)
    rest = open_amounts(ctx, deal_id, invoice)
    amount = Money(rest, deal.currency) if rest else None
    initial = {"amount": amount, "paid_on": sellers.today(ctx), "method": payments.usual_method(ctx)}
    form = blank(PaymentForm, FormEnv(zone=ctx.actor.timezone, currency=deal.currency), initial)
    return page(
        ctx, "sales/payment_new.html", form=form, deal=deal, invoice=invoice, deal_url=deal_address(ctx, deal_id)
    )


@router.post("/sales/deals/{deal_id}/payments")
def payment_create(ctx: PaymentWriter, deal_id: RecordId, sent: Sent, invoice: int | None = None) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)
    env = FormEnv(zone=ctx.actor.timezone, currency=deal.currency)
    form = read(PaymentForm, sent, env)
    if not isinstance(form, FormState):
        try:
            payments.record_payment(ctx, deal_id, form, invoice_id=invoice)
            return see_other(ctx, deal_address(ctx, deal_id))
        except Invalid as error:
            form = filled(PaymentForm, form, env).refused({name: str(text) for name, text in error.fields.items()})
    values = {"form": form, "deal": deal, "invoice": invoice, "deal_url": deal_address(ctx, deal_id)}
    return page(ctx, "sales/payment_new.html", status=422, **values)


@router.get("/sales/deals/{deal_id}/shipments/new")
def shipment_new(ctx: ShipmentWriter, deal_id: RecordId) -> Response:
    """What is left, to be shipped in part. A writing context: a sale without an order gets one here."""
    try:
        _order, left = shipments.to_ship(ctx, deal_id)
    except SellerMissing:
        return see_other(ctx, f"/sales/deals/{deal_id}/shipments/first")
    rows = [{"ordered_id": p.line.id, "quantity": p.to_ship} for p in left if p.to_ship]
    form = blank(ShipmentForm, FormEnv(zone=ctx.actor.timezone), {"shipped_on": sellers.today(ctx), "lines": rows})
    return _shipment_page(ctx, deal_id, form, left)


@router.post("/sales/deals/{deal_id}/shipments/new")
def shipment_create(ctx: ShipmentWriter, deal_id: RecordId, sent: Sent) -> Response:
    env = FormEnv(zone=ctx.actor.timezone)
    form = read(ShipmentForm, sent, env)
    if not isinstance(form, FormState):
        try:
            shipments.record_shipment(ctx, deal_id, form)
            return see_other(ctx, deal_address(ctx, deal_id))
        except Invalid as error:
            form = filled(ShipmentForm, form, env).refused({name: str(text) for name, text in error.fields.items()})
    _order, left = shipments.to_ship(ctx, deal_id)
    return _shipment_page(ctx, deal_id, form, left, status=422)


def _shipment_page(
    ctx: Ctx, deal_id: int, form: FormState[ShipmentForm], left: list[Progress], status: int = 200
) -> Response:
    texts = {str(p.line.id): p for p in left}
    values = {"form": form, "texts": texts, "deal_id": deal_id, "deal_url": deal_address(ctx, deal_id)}
    return page(ctx, "sales/shipment_new.html", status=status, **values)
