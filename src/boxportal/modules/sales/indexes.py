"""The lists of quotes, invoices and products."""

from datetime import date

from sqlalchemy import ColumnElement, and_, case, func
from sqlalchemy.orm import InstrumentedAttribute

from boxportal.modules.sales import texts
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.models.sellers import Product
from boxportal.sdk.forms import Choice
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.lists import ChoiceFilter, Column, ListSpec, NamedFilter

INVOICE_STATES: tuple[Choice, ...] = tuple((key, text) for key, (text, _mark) in texts.INVOICE_STATES.items())
QUOTE_STATES: tuple[Choice, ...] = tuple((key, text) for key, (text, _mark) in texts.QUOTE_STATES.items())
QUOTE_MARKS = {key: mark for key, (_text, mark) in texts.QUOTE_STATES.items()}
INVOICE_MARKS = {key: mark for key, (_text, mark) in texts.INVOICE_STATES.items()}
KINDS: tuple[Choice, ...] = tuple(texts.INVOICE_KINDS.items())
REST = Invoice.gross - Invoice.credited - Invoice.paid  # what is open of an invoice


def quote_list(day: date) -> ListSpec:
    """Quotes, newest first; what has expired depends on the day."""
    expired = and_(Quote.state == "sent", Quote.valid_until < day)
    state: ColumnElement[str] = case((expired, "expired"), else_=Quote.state)
    return ListSpec(
        key="sales.quotes",
        id=Quote.id,
        columns=(
            Column(key="title", label=_l("Quote"), expr=Quote.title, link="/sales/quotes/{id}"),
            Column(key="state", label=_l("State"), expr=state, kind="choice", options=QUOTE_STATES, marks=QUOTE_MARKS),
            Column(key="valid_until", label=_l("Valid until"), expr=Quote.valid_until, kind="date"),
            Column(key="gross", label=_l("Total"), expr=Quote.gross, kind="money", currency=Quote.currency),
        ),
        filters=(
            NamedFilter(
                "state",
                _l("State"),
                {
                    "draft": (texts.QUOTE_STATES["draft"][0], lambda _env: Quote.state == "draft"),
                    "sent": (texts.QUOTE_STATES["sent"][0], lambda _env: and_(Quote.state == "sent", ~expired)),
                    "expired": (texts.QUOTE_STATES["expired"][0], lambda _env: expired),
                    "accepted": (texts.QUOTE_STATES["accepted"][0], lambda _env: Quote.state == "accepted"),
                    "declined": (texts.QUOTE_STATES["declined"][0], lambda _env: Quote.state == "declined"),
                },
            ),
        ),
    )


def invoice_list(day: date) -> ListSpec:
    """Invoices, newest first; what is overdue depends on the day."""
    is_open = Invoice.is_open.is_(True)
    late = and_(is_open, Invoice.due_on < day)
    is_credited = and_(Invoice.credited > 0, Invoice.credited >= Invoice.gross)
    is_paid = and_(Invoice.state == "issued", Invoice.kind != "credit_note", REST <= 0, ~is_credited)
    money = {"kind": "money", "currency": Invoice.currency}
    more = money | {"default_shown": False}
    return ListSpec(
        key="sales.invoices",
        id=Invoice.id,
        columns=(
            Column(
                key="title", label=_l("Invoice"), expr=Invoice.title, link="/sales/invoices/{id}", empty=_l("Draft")
            ),
            Column(key="kind", label=_l("Kind"), expr=Invoice.kind, kind="choice", options=KINDS),
            Column(
                key="state",
                label=_l("State"),
                expr=shown_state(late),
                kind="choice",
                options=INVOICE_STATES,
                marks=INVOICE_MARKS,
            ),
            Column(key="issued_on", label=_l("Issued"), expr=Invoice.issued_on, kind="date"),
            Column(key="due_on", label=_l("To be paid by"), expr=Invoice.due_on, kind="date"),
            Column(key="gross", label=_l("Total"), expr=signed(Invoice.gross), **money),  # type: ignore[arg-type]  # as the others
            Column(key="credited", label=_l("Credited"), expr=func.nullif(Invoice.credited, 0), **more),  # type: ignore[arg-type]  # as the others
            Column(key="paid", label=_l("Paid"), expr=func.nullif(signed(Invoice.paid), 0), **more),  # type: ignore[arg-type]  # as the others
            Column(key="open", label=_l("Still open"), expr=func.nullif(what_is_open(), 0), **money),  # type: ignore[arg-type]  # as the others
        ),
        filters=(
            NamedFilter(
                "state",
                _l("State"),
                {
                    "draft": (texts.INVOICE_STATES["draft"][0], lambda _env: Invoice.state == "draft"),
                    "open": (texts.INVOICE_STATES["open"][0], lambda _env: is_open),
                    "overdue": (texts.INVOICE_STATES["overdue"][0], lambda _env: late),
                    "paid": (texts.INVOICE_STATES["paid"][0], lambda _env: is_paid),
                    "credited": (texts.INVOICE_STATES["credited"][0], lambda _env: is_credited),
                },
            ),
            ChoiceFilter("kind", _l("Kind"), Invoice.kind, choices=KINDS),
        ),
    )


def signed(amount: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """An amount as it counts for the firm: what a credit note takes back, and what was paid back for it, is less."""
    return case((Invoice.kind == "credit_note", -amount), else_=amount)


def what_is_open() -> ColumnElement[int]:
    """What is still to be paid: nothing of drafts and credit notes."""
    counts = and_(Invoice.state == "issued", Invoice.kind != "credit_note", REST > 0)
    return case((counts, REST), else_=0)


def shown_state(late: ColumnElement[bool]) -> ColumnElement[str]:
    """What people call the state of an invoice: how far it is paid or credited, and whether it is late."""
    return case(
        (Invoice.state != "issued", Invoice.state),
        (and_(Invoice.kind == "credit_note", Invoice.paid > 0, Invoice.paid >= Invoice.gross), "refunded"),
        (Invoice.kind == "credit_note", "issued"),
        (and_(Invoice.credited > 0, Invoice.credited >= Invoice.gross), "credited"),
        (REST <= 0, "paid"),
        (late, "overdue"),
        (Invoice.paid > 0, "partly"),
        else_="open",
    )


PRODUCTS = ListSpec(
    key="sales.products",
    id=Product.id,
    columns=(
        Column(
            key="name", label=_l("Product"), expr=Product.name, link="/sales/products/{id}",
            index="ix_sales_product_name_id",
        ),
        Column(key="code", label=_l("Code"), expr=Product.code, index="ix_sales_product_code"),
        Column(key="unit", label=_l("Unit"), expr=Product.unit),
        Column(key="price", label=_l("Price"), expr=Product.price, kind="number"),
        Column(key="currency", label=_l("Currency"), expr=Product.currency),
        Column(key="is_active", label=_l("For sale"), expr=Product.is_active, kind="bool"),
    ),
    filters=(
        NamedFilter(
            "sale",
            _l("For sale"),
            {
                "yes": (_l("For sale"), lambda _env: Product.is_active.is_(True)),
                "no": (_l("No longer"), lambda _env: Product.is_active.is_(False)),
            },
        ),
    ),
    default_sort="name",
)  # fmt: skip
