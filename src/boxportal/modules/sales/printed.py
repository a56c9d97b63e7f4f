"""Documents on paper: what a quote, an order or an invoice says, handed to the printer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select

from boxportal.modules.sales import quotes, texts
from boxportal.modules.sales.invoices import lines_of
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.orders import Order, OrderLine
from boxportal.modules.sales.models.parts import DocumentColumns, LineColumns
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.orders import Agreement
from boxportal.modules.sales.parties import buyer_of, seller_of
from boxportal.modules.sales.printing.document import (
    Acceptance,
    Buyer,
    Kind,
    Line,
    Pair,
    PrintedDocument,
    Reference,
    Seller,
    TaxLine,
    Totals,
    Watermark,
)
from boxportal.modules.sales.printing.printer import print_document
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.shown import has_quantity
from boxportal.modules.sales.taxes import tax_label
from boxportal.sdk.clock import date_in
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.decimals import parse_plain
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.phones import parse_phone


def print_quote_version(ctx: ReadCtx, quote: Quote, version: QuoteVersion, agreed: Agreement | None = None) -> bytes:
    """A version of a quote as PDF; the accepted one, or one that is just being `agreed` to, says who accepted it.

    Raises: WorkRefused, WorkerFailed, Busy, RuleBroken where PDF is not installed.
    """
    marks: dict[str, Watermark] = {"draft": "draft", "replaced": "replaced"}
    made, lines = version.sent_at or quote.created_at, quotes.lines_of(ctx, version.id)
    is_accepted = agreed is not None or version.state == "accepted"
    is_expired = not is_accepted and quotes.is_expired(version, today(ctx))
    with use_locale(version.language):
        values: dict[str, object] = {
            "number": quote.number if version.version == 1 else f"{quote.number} / {version.version}",
            "issued": date_in(made, ctx.company.timezone),
            "valid_until": version.valid_until,
            "watermark": "expired" if is_expired else None if is_accepted else marks.get(version.state),
            "signature_places": version.state == "sent" and not is_expired and not is_accepted,
            "accepted": _acceptance(version, agreed or _agreement_of(ctx, version)),
        }
        return _print(ctx, version, lines, "quote", values)


def _agreement_of(ctx: ReadCtx, version: QuoteVersion) -> Agreement | None:
    """How a version was accepted, on the day that its order has."""
    order = ctx.db.scalar(select(Order).where(Order.version_id == version.id))
    if version.state != "accepted" or order is None:
        return None
    return Agreement(by=version.decided_by, how=version.decided_how, on=order.ordered_on)


def _acceptance(version: QuoteVersion, agreed: Agreement | None) -> Acceptance | None:
    if agreed is None:
        return None
    name = agreed.by or buyer_of(version.buyer).title
    return Acceptance(name=name, on=agreed.on, how=str(texts.HOW.get(agreed.how, "")))


def print_order(ctx: ReadCtx, order: Order) -> bytes:
    """An order as PDF.

    Raises: as `print_quote_version`.
    """
    lines = ctx.db.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)).all()
    with use_locale(order.language):
        values: dict[str, object] = {"number": order.number, "issued": order.ordered_on}
        if order.contract_number:
            values["references"] = (Reference(kind="contract", number=order.contract_number),)
        return _print(ctx, order, lines, "order", values)


def print_invoice(ctx: ReadCtx, invoice: Invoice) -> bytes:
    """An invoice, a proforma or a credit note as PDF.

    Raises: as `print_quote_version`.
    """
    kinds: dict[str, Kind] = {"proforma": "proforma", "credit_note": "credit_note"}
    taxed = seller_of(invoice.seller).vat_payer
    marks: dict[str, Watermark] = {"draft": "draft", "cancelled": "cancelled"}
    with use_locale(invoice.language):
        values: dict[str, object] = {
            "number": invoice.number or _("Draft"),
            "issued": invoice.issued_on or date_in(ctx.now, ctx.company.timezone),
            "supplied": invoice.supplied_on,
            "due": invoice.due_on if invoice.kind != "credit_note" else None,
            "reason": invoice.reason if invoice.kind == "credit_note" else "",
            "references": _references(ctx, invoice),
            "watermark": marks.get(invoice.state),
        }
        kind = kinds.get(invoice.kind, "tax_invoice" if taxed else "invoice")
        return _print(ctx, invoice, lines_of(ctx, invoice.id), kind, values)


def _references(ctx: ReadCtx, invoice: Invoice) -> tuple[Reference, ...]:
    """The order and contract that an invoice charges, and the invoice that a credit note takes back."""
    found = []
    order = ctx.db.get(Order, invoice.order_id) if invoice.order_id is not None else None
    if order is not None:
        found.append(Reference(kind="order", number=order.number, dated=order.ordered_on))
        if order.contract_number:
            found.append(Reference(kind="contract", number=order.contract_number))
    corrected = ctx.db.get(Invoice, invoice.corrects_id) if invoice.corrects_id is not None else None
    if corrected is not None:
        found.append(Reference(kind="invoice", number=corrected.number, dated=corrected.issued_on))
    return tuple(found)


def _print(
    ctx: ReadCtx, document: DocumentColumns, lines: Sequence[LineColumns], kind: Kind, values: Mapping[str, object]
) -> bytes:
    seller = seller_of(document.seller)
    made = PrintedDocument(
        kind=kind,
        language=document.language if document.language in ("en", "ru", "sw") else "en",  # type: ignore[arg-type]  # so
        currency=document.currency,
        seller=_seller(ctx, document),
        buyer=_buyer(document, seller.country),
        lines=tuple(_line(line) for line in lines),
        totals=_totals(document, kind),
        taxes=_taxes(document),
        prices_include_tax=document.inclusive,
        notes=document.note,
        paper="letter" if seller.paper == "letter" else "a4",
        **values,  # type: ignore[arg-type]  # each by its field's name
    )
    return print_document(ctx.services.run_in_worker, made)


def _seller(ctx: ReadCtx, document: DocumentColumns) -> Seller:
    seller = seller_of(document.seller)
    named = ((_("Tax number"), seller.tax_number), (_("Registration number"), seller.registration_number))
    blocks = [block.splitlines() for block in seller.bank.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Seller(
        name=seller.legal_name,
        address=tuple(seller.address.splitlines()),
        country=seller.country,
        numbers=tuple(Pair(name, number) for name, number in named if number),
        contacts=_contacts(seller.phone, seller.email, seller.country),
        accounts=tuple(tuple(_pair(line) for line in block if line.strip()) for block in blocks),
        logo=ctx.services.picture(seller.logo) if seller.logo else None,
        signatory=seller.signatory,
    )


def _pair(line: str) -> Pair:
    name, colon, value = line.partition(":")
    return Pair(name.strip(), value.strip()) if colon and value.strip() else Pair("", line.strip())


def _contacts(phone: str, email: str, country: str) -> tuple[str, ...]:
    """How a party is reached; a number as one dials it from anywhere, whichever way it was typed."""
    number = parse_phone(phone, country)
    return tuple(text for text in (number.shown if number.likely else phone, email) if text)


def _buyer(document: DocumentColumns, country: str) -> Buyer:
    buyer = buyer_of(document.buyer)
    return Buyer(
        name=buyer.title,
        attention=buyer.name if buyer.company else "",
        address=tuple(buyer.address.splitlines()),
        country=buyer.country,
        numbers=(Pair(_("Tax number"), buyer.tax_number),) if buyer.tax_number else (),
        contacts=_contacts(buyer.phone, buyer.email, buyer.country or country),
    )


def _line(line: LineColumns) -> Line:
    name, _newline, rest = line.description.partition("\n")
    return Line(
        name=name,
        description=rest,
        quantity=line.quantity if has_quantity(line) else None,
        unit=line.unit,
        unit_price=line.unit_price if has_quantity(line) else None,
        discount=line.discount_percent or None,
        discount_amount=line.discount_amount or None,
        tax="" if line.tax_category == "O" else tax_label(line.tax_percent, line.tax_category),
        amount=line.amount,
    )


def _taxes(document: DocumentColumns) -> tuple[TaxLine, ...]:
    rows = [(Decimal(parse_plain(str(r["percent"]))), str(r["category"]), r) for r in document.rates]
    if all(category == "O" for _percent, category, _row in rows):
        return ()
    return tuple(
        TaxLine(label=tax_label(percent, category), base=int(str(row["base"])), tax=int(str(row["tax"])))
        for percent, category, row in rows
    )


def _totals(document: DocumentColumns, kind: Kind) -> Totals:
    paid, due = 0, 0
    if isinstance(document, Invoice) and kind != "credit_note":
        # As it stood when it was issued: what came in later does not change the paper.
        paid, due = document.prepaid, document.gross - document.prepaid
    return Totals(lines=document.amount, net=document.net, tax=document.tax, gross=document.gross, paid=paid, due=due)
