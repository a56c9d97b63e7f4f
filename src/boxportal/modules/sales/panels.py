"""What sales puts on a deal's page: its lines, and its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from boxportal.modules.sales import taxes, texts
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import DealLinesForm, LineRow
from boxportal.modules.sales.invoices import state_of
from boxportal.modules.sales.lines import row_of
from boxportal.modules.sales.models.invoices import Payment
from boxportal.modules.sales.models.parts import LineColumns
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.papers import Papers, papers_of
from boxportal.modules.sales.sellers import seller_choices, seller_name, seller_of_deal
from boxportal.modules.sales.shown import money, show_deal_totals, show_lines
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.form_state import row_count, typed_values
from boxportal.sdk.forms import Choice, FormEnv, FormState, filled
from boxportal.sdk.i18n import Text
from boxportal.sdk.i18n import gettext as _

BLANK_ROWS = 3


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A document of the deal in one row."""

    name: Text
    number: str
    url: str
    day: date | datetime | None
    amount: str
    state: Text
    mark: str


@dataclass(frozen=True, slots=True)
class FirstLines:
    """The form of a deal's first lines: it says nothing of the deal, so that its markup is kept and serves many."""

    currency: str
    choices: tuple[tuple[str, tuple[Choice, ...]], ...]
    seller_id: int | None
    tax_known: bool

    @property
    def form(self) -> FormState[DealLinesForm]:
        env = FormEnv(currency=self.currency, choices=dict(self.choices))
        return filled(DealLinesForm, {"lines": [{}] * BLANK_ROWS, "seller_id": self.seller_id}, env)


def lines_panel(ctx: ReadCtx, ref: RecordRef) -> Mapping[str, object] | None:
    """The deal's lines with their totals; while there are none, the form to write them down."""
    papers = papers_of(ctx, ref.id)
    deal, lines = papers.deal, papers.lines
    may_edit = deal.is_open and can_edit(ctx, ref.id)
    if not lines and not may_edit:
        return None
    seller = seller_of_deal(ctx, ref.id)
    return {
        "deal_id": ref.id,
        "seller": seller_name(ctx, seller.id if seller else None),
        "tax_known": seller is not None,
        "lines": show_lines(lines, deal.currency),
        "totals": show_deal_totals(lines, deal.currency),
        "currency": deal.currency,
        "may_edit": may_edit,
        "first": None if lines else first_lines(ctx, ref.id, deal.currency, seller),
    }


def first_lines(ctx: ReadCtx, deal_id: int, currency: str, seller: Seller | None) -> FirstLines:
    choices = tuple((name, tuple(offered)) for name, offered in line_options(ctx, deal_id, ()).items())
    return FirstLines(currency, choices, seller.id if seller else None, seller is not None)


def papers_panel(ctx: ReadCtx, ref: RecordRef) -> Mapping[str, object] | None:
    """The deal's documents, newest first within each kind, and what else can be made."""
    papers = papers_of(ctx, ref.id)
    rows = [*_quotes(papers), *_orders(papers), *_invoices(papers), *_shipments(papers), *_payments(papers)]
    may_edit = papers.is_open and can_edit(ctx, ref.id)
    if not rows and not (may_edit and papers.lines):
        return None
    return {
        "deal_id": ref.id,
        "rows": rows,
        "may_edit": may_edit,
        "has_lines": bool(papers.lines),
        "can_order": bool(papers.lines) and not papers.orders,
        "can_ship": any(each.to_ship for each in papers.progress),
        "can_charge": bool(papers.lines) if not papers.orders else any(each.to_invoice for each in papers.progress),
    }


def lines_form(ctx: ReadCtx, deal_id: int, lines: Sequence[LineColumns], currency: str) -> FormState[DealLinesForm]:
    """The form of all lines, with a few blank ones under them."""
    env = FormEnv(currency=currency, choices=line_options(ctx, deal_id, lines))
    seller = seller_of_deal(ctx, deal_id)
    rows = [*[row_of(line, currency) for line in lines], *[{}] * BLANK_ROWS]
    return filled(DealLinesForm, {"lines": rows, "seller_id": seller.id if seller else None}, env)


def with_more_rows(form: DealLinesForm | FormState[DealLinesForm], env: FormEnv) -> FormState[DealLinesForm]:
    """What was typed, right or not yet, with a few more blank rows under it."""
    if not isinstance(form, FormState):
        return filled(DealLinesForm, {"lines": [*form.lines, *[{}] * BLANK_ROWS], "seller_id": form.seller_id}, env)
    count = row_count(form.typed, "lines")
    typed = dict(form.typed)
    for number in range(count, count + BLANK_ROWS):
        typed |= typed_values(LineRow, {}, env, f"lines.{number}.")
    return FormState(DealLinesForm, typed, {}, env)


def line_options(ctx: ReadCtx, deal_id: int, lines: Sequence[LineColumns]) -> Mapping[str, Sequence[Choice]]:
    """What may be chosen in a deal's lines: their rates, and who sells where there are several."""
    sellers = seller_choices(ctx)
    rates = tax_options(ctx, seller_of_deal(ctx, deal_id), lines)
    return {**rates, "seller_id": sellers} if sellers else rates


def tax_options(ctx: ReadCtx, seller: Seller | None, lines: Sequence[LineColumns]) -> Mapping[str, Sequence[Choice]]:
    """The rates that a line may have; those that lines have already stay to be chosen."""
    choices = list(taxes.tax_choices(ctx, seller))
    known = {key for key, _name in choices}
    for line in lines if seller else ():
        key = taxes.tax_key(line.tax_percent, line.tax_category)
        if key not in known:
            known.add(key)
            choices.append((key, taxes.tax_label(line.tax_percent, line.tax_category)))
    return {"lines.tax": choices}


def can_edit(ctx: ReadCtx, deal_id: int) -> bool:
    """Whether the actor may change the deal."""
    try:
        deals(ctx).view(deal_id, to_edit=True)
    except NotFound:
        return False
    return True


def _quotes(p: Papers) -> list[PaperRow]:
    quote = p.quote
    if quote is None or not p.ctx.can("sales.quote.see"):
        return []
    expired = quote.state == "sent" and quote.valid_until is not None and quote.valid_until < p.day
    name, mark = texts.QUOTE_STATES["expired" if expired else quote.state]
    number = (
        quote.number
        if quote.latest == 1
        else _("%(number)s, version %(version)s", number=quote.number, version=quote.latest)
    )
    url = f"/sales/quotes/{quote.id}"
    return [PaperRow(_("Quote"), number, url, quote.created_at, money(quote.gross, quote.currency), name, mark)]


def _orders(p: Papers) -> list[PaperRow]:
    if not p.ctx.can("sales.order.see"):
        return []
    return [
        PaperRow(
            _("Order"), o.number, f"/sales/orders/{o.id}", o.ordered_on, money(o.gross, o.currency), _("Agreed"), "good"
        )
        for o in reversed(p.orders)
    ]


def _invoices(p: Papers) -> list[PaperRow]:
    if not p.ctx.can("sales.invoice.see"):
        return []
    rows = []
    for invoice in reversed(p.all_invoices):
        state = state_of(invoice, p.day)
        name, mark = texts.INVOICE_STATES[state]
        amount = money(invoice.gross, invoice.currency)
        if state in ("partly", "overdue") and invoice.paid:
            amount = _("Paid %(paid)s of %(all)s", paid=money(invoice.paid, invoice.currency), all=amount)
        url, kind = f"/sales/invoices/{invoice.id}", texts.INVOICE_KINDS[invoice.kind]
        rows.append(PaperRow(kind, invoice.number, url, invoice.issued_on or invoice.created_at, amount, name, mark))
    return rows


def _shipments(p: Papers) -> list[PaperRow]:
    if not p.ctx.can("sales.shipment.see"):
        return []
    return [
        PaperRow(_("Shipment"), s.number, f"/sales/shipments/{s.id}", s.shipped_on, "", _("Shipped"), "good")
        for s in reversed(p.shipments)
    ]


def _payments(p: Papers) -> list[PaperRow]:
    if not p.ctx.can("sales.payment.see"):
        return []
    return [
        PaperRow(
            _("Payment") if x.amount >= 0 else _("Refund"),
            "",
            f"/sales/payments/{x.id}",
            x.paid_on,
            money(x.amount, x.currency),
            _paid_by(x),
            "good",
        )
        for x in reversed(p.payments)
    ]


def _paid_by(payment: Payment) -> Text:
    return texts.PAID_BY.get(payment.method, payment.method)
