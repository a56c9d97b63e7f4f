"""A deal's lines, and payments and shipments with more to say than one click."""

from typing import Annotated

from fastapi import Request
from fastapi.responses import Response

from boxportal.contracts.crm import DealView
from boxportal.modules.sales import lines, payments, products, quotes, sellers, shipments
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import DealLinesForm, PaymentForm, ShipmentForm
from boxportal.modules.sales.orders import Progress
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.panels import line_options, lines_form, with_more_rows
from boxportal.modules.sales.settling import open_amounts
from boxportal.modules.sales.shown import money, quantity
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.decimals import format_number
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, form_env, posted, submitted
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.money import Money
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
LineReader = Annotated[ReadCtx, reads("sales.quote.create")]
LineWriter = Annotated[Ctx, writes("sales.quote.create")]
PaymentReader = Annotated[ReadCtx, reads("sales.payment.create")]
PaymentWriter = Annotated[Ctx, writes("sales.payment.create")]
ShipmentReader = Annotated[ReadCtx, reads("sales.shipment.create")]
ShipmentWriter = Annotated[Ctx, writes("sales.shipment.create")]
ProductReader = Annotated[ReadCtx, reads("sales.product.see")]


@router.get("/sales/deals/{deal_id}/lines")
def lines_edit(ctx: LineReader, deal_id: RecordId) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)
    form = lines_form(ctx, deal_id, lines.deal_lines(ctx, deal_id), deal.currency)
    return lines_page(ctx, form, deal)


@router.post("/sales/deals/{deal_id}/lines")
def lines_save(typed: TypedForm, ctx: LineWriter, deal_id: RecordId, *, more: bool = False) -> Response:
    """Keep the lines; with `more` show what was typed with further rows instead, for who has no script."""
    deal = deals(ctx).view(deal_id, to_edit=True)
    options, url = line_options(ctx, deal_id, lines.deal_lines(ctx, deal_id)), deal_address(ctx, deal_id)

    if more:
        said = posted(ctx, DealLinesForm, typed, choices=options, currency=deal.currency)
        return lines_page(ctx, with_more_rows(said, form_env(ctx, options, deal.currency)), deal)

    def save(form: DealLinesForm) -> None:
        quotes.change_lines(ctx, deal_id, form)

    done = submitted(ctx, DealLinesForm, typed, save, choices=options, currency=deal.currency)
    if isinstance(done, FormState):
        return lines_page(ctx, done, deal, status=422)
    return see_other(ctx, url)  # at its top, where the next step is


def lines_page(ctx: ReadCtx, form: FormState[DealLinesForm], deal: DealView, status: int = 200) -> Response:
    known = sellers.seller_of_deal(ctx, deal.id) is not None
    url = deal_address(ctx, deal.id)
    values = {"form": form, "deal": deal, "deal_url": url, "tax_known": known, "menu_at": url}
    return page(ctx, "sales/lines.html", status=status, **values)


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
    return payment_page(ctx, blank_form(ctx, PaymentForm, initial=initial, currency=deal.currency), deal, invoice)


@router.post("/sales/deals/{deal_id}/payments")
def payment_create(typed: TypedForm, ctx: PaymentWriter, deal_id: RecordId, invoice: int | None = None) -> Response:
    deal = deals(ctx).view(deal_id, to_edit=True)

    def record(form: PaymentForm) -> None:
        payments.record_payment(ctx, deal_id, form, invoice_id=invoice)

    done = submitted(ctx, PaymentForm, typed, record, currency=deal.currency)
    if isinstance(done, FormState):
        return payment_page(ctx, done, deal, invoice, status=422)
    return see_other(ctx, deal_address(ctx, deal_id))


def payment_page(
    ctx: ReadCtx, form: FormState[PaymentForm], deal: DealView, invoice: int | None, status: int = 200
) -> Response:
    """A payment to be recorded, with what is open as its amount."""
    rest = open_amounts(ctx, deal.id, invoice)
    url = deal_address(ctx, deal.id)
    values = {"form": form, "deal": deal, "invoice": invoice, "deal_url": url, "menu_at": url,
              "open": money(rest, deal.currency) if rest else ""}  # fmt: skip
    return page(ctx, "sales/payment_new.html", status=status, **values)


@router.get("/sales/deals/{deal_id}/shipments/new")
def shipment_new(ctx: ShipmentReader, deal_id: RecordId) -> Response:
    left = shipments.left_to_ship(ctx, deal_id)
    rows = [{"ordered_id": p.line.id, "quantity": p.to_ship} for p in left if p.to_ship]
    form = blank_form(ctx, ShipmentForm, initial={"shipped_on": sellers.today(ctx), "lines": rows})
    return _shipment_page(ctx, deal_id, form, left)


@router.post("/sales/deals/{deal_id}/shipments/new")
def shipment_create(typed: TypedForm, ctx: ShipmentWriter, deal_id: RecordId) -> Response:
    done = submitted(ctx, ShipmentForm, typed, lambda form: shipments.record_shipment(ctx, deal_id, form))
    if isinstance(done, FormState):
        return _shipment_page(ctx, deal_id, done, shipments.left_to_ship(ctx, deal_id), status=422)
    return see_other(ctx, deal_address(ctx, deal_id))


def left_of(line: Progress) -> str:
    """What a shipment can still hold of a line."""
    left, whole = format_number(line.to_ship), quantity(line.line.quantity, line.line.unit)
    return _("%(left)s of %(whole)s left", left=left, whole=whole)


def _shipment_page(
    ctx: ReadCtx, deal_id: int, form: FormState[ShipmentForm], left: list[Progress], status: int = 200
) -> Response:
    texts, url = {str(p.line.id): p for p in left}, deal_address(ctx, deal_id)
    values = {"form": form, "texts": texts, "left_of": left_of, "deal_id": deal_id, "deal_url": url, "menu_at": url}
    return page(ctx, "sales/shipment_new.html", status=status, **values)
