"""What issuing an invoice fixes for ever, to be looked at before: number, dates, both parties, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from boxportal.modules.sales.access import deals
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine
from boxportal.modules.sales.models.orders import Shipment
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.numbering import SeriesKind, coming_number
from boxportal.modules.sales.parties import BuyerText, SellerText, buyer_of, seller_of, seller_text
from boxportal.modules.sales.sellers import due_date, seller_with, today
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.i18n import gettext as _

SERIES: dict[str, SeriesKind] = {"invoice": "invoice", "proforma": "proforma", "credit_note": "credit_note"}


@dataclass(frozen=True, slots=True)
class Missing:
    """What the law or the client will look for in vain, and where it is said; no address for who may not say it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An invoice as it would be issued now; `supplied_on` is None while nothing was supplied."""

    number: str
    issued_on: date
    supplied_on: date | None
    due_on: date
    seller: SellerText
    buyer: BuyerText
    missing: Sequence[Missing]


def preview_of(ctx: ReadCtx, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Preview:
    """What would be fixed if the draft were issued now. The number is another one if somebody is quicker."""
    seller, day, buyer = seller_with(ctx, invoice.seller_id), today(ctx), buyer_of(invoice.buyer)
    is_reversed = any(line.tax_category == "AE" for line in lines)
    return Preview(
        number=coming_number(ctx, invoice.seller_id, SERIES[invoice.kind], day),
        issued_on=day,
        supplied_on=supply_date(ctx, invoice, day),
        due_on=invoice.due_on or due_date(seller, day),
        seller=seller_of(seller_text(ctx, seller)),
        buyer=buyer,
        missing=[*_of_seller(ctx, seller), *_of_buyer(buyer, is_reversed=is_reversed)],
    )


def supply_date(ctx: ReadCtx, invoice: Invoice, day: date) -> date | None:
    """When what is charged was supplied: as the draft says; else the day of the order's last shipment.

    Where a pipeline has no shipments the service is rendered with the invoice; else nothing was supplied yet, as of an
    advance, and none is printed (Directive 2006/112/EC, article 226 (7): in so far as that date can be determined).
    """
    if invoice.supplied_on or invoice.kind == "proforma":
        return invoice.supplied_on
    if invoice.order_id is not None:
        last = ctx.db.scalar(select(func.max(Shipment.shipped_on)).where(Shipment.order_id == invoice.order_id))
        if last is not None:
            return last
    return None if _is_shipped_in_steps(ctx, invoice.deal_id) else day


def _is_shipped_in_steps(ctx: ReadCtx, deal_id: int | None) -> bool:
    try:
        return deal_id is not None and "shipped" in deals(ctx).view(deal_id).steps
    except NotFound:
        return False


def _of_seller(ctx: ReadCtx, seller: Seller) -> Iterator[Missing]:
    wanted = [("address", _("Your firm's address"), True), ("tax_number", _("Your tax number"), seller.vat_payer),
              ("bank", _("Your bank account"), True)]  # fmt: skip
    for field, name, is_wanted in wanted:
        if is_wanted and not getattr(seller, field):
            url = f"/sales/seller/{seller.id}#field-{field}" if ctx.can("sales.seller.edit") else ""
            yield Missing(name, url)


def _of_buyer(buyer: BuyerText, *, is_reversed: bool) -> Iterator[Missing]:
    wanted = [("address", _("The client's address"), True), ("tax_number", _("The client's tax number"), is_reversed)]
    if not buyer.title:
        yield Missing(_("The client's name"), "#field-buyer_company")
    for field, name, is_wanted in wanted:
        if is_wanted and not getattr(buyer, field):
            yield Missing(name, f"#field-buyer_{field}")
