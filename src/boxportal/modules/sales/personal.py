"""What sales holds on one person: papers of their deals. What was issued or agreed stays, as accounting law asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, select

from boxportal.contracts import sales
from boxportal.contracts.crm import CONTACT, DEAL
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine, Payment
from boxportal.modules.sales.models.orders import Order, OrderLine, Shipment
from boxportal.modules.sales.models.quotes import ClientLink, DealLine, Question, Quote, QuoteLine, QuoteVersion
from boxportal.modules.sales.parties import BuyerText
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import Base, plain_table
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import Fate, Held, PersonalData, Subject, parts, rows_by

M = TypeVar("M", bound=Base)
LAW = _l("Accounting law asks that it is kept as it was issued. Remove it when its term is over.")
OFFERS = _l("It stays without the buyer, for the numbers must have no gap.")


@dataclass(frozen=True, slots=True)
class Papers:
    """The ids of what was made for the person's deals."""

    orders: list[int]
    issued: list[int]
    drafts: list[int]
    quotes: list[int]
    agreed: list[int]
    offered: list[int]
    payments: list[int]
    shipments: list[int]
    links: list[int]
    questions: list[int]


def papers_of(ctx: ReadCtx, subject: Subject) -> Papers:
    """Find them by their deals, orders by the contact too."""
    deals, contacts = subject.ids(DEAL), subject.ids(CONTACT)
    orders = sorted({*ids(ctx, Order, Order.deal_id, deals), *ids(ctx, Order, Order.contact_id, contacts)})
    invoices = sorted({*ids(ctx, Invoice, Invoice.deal_id, deals), *ids(ctx, Invoice, Invoice.order_id, orders)})
    drafts = ids(ctx, Invoice, Invoice.id, invoices, Invoice.state == "draft")
    quotes = ids(ctx, Quote, Quote.deal_id, deals)
    versions = ids(ctx, QuoteVersion, QuoteVersion.quote_id, quotes)
    agreed = ids(ctx, QuoteVersion, QuoteVersion.id, versions, QuoteVersion.state == "accepted")
    links = sorted({*ids(ctx, ClientLink, ClientLink.version_id, versions),
                    *ids(ctx, ClientLink, ClientLink.invoice_id, invoices)})  # fmt: skip
    return Papers(
        orders=orders,
        issued=sorted(set(invoices) - set(drafts)),
        drafts=drafts,
        quotes=quotes,
        agreed=agreed,
        offered=sorted(set(versions) - set(agreed)),
        payments=sorted({*ids(ctx, Payment, Payment.deal_id, deals), *ids(ctx, Payment, Payment.invoice_id, invoices)}),
        shipments=ids(ctx, Shipment, Shipment.order_id, orders),
        links=links,
        questions=ids(ctx, Question, Question.link_id, links),
    )


def ids(ctx: ReadCtx, model: type[Any], column: Any, values: list[int], *where: ColumnElement[bool]) -> list[int]:  # noqa: ANN401 any model's
    """The ids of the rows whose column has one of these values."""
    found = [select(model.id).where(column.in_(part), *where) for part in parts(values)]
    return sorted(number for statement in found for number in ctx.db.scalars(statement))


def records(ctx: ReadCtx, subject: Subject) -> Mapping[RecordRef, Fate]:
    """The papers: what lies on them loses the person's name."""
    papers = papers_of(ctx, subject)
    kinds = {
        sales.QUOTE: papers.quotes,
        sales.ORDER: papers.orders,
        sales.INVOICE: [*papers.issued, *papers.drafts],
        sales.PAYMENT: papers.payments,
        sales.SHIPMENT: papers.shipments,
    }
    return {RecordRef(kind, number): Fate.NAMELESS for kind, numbers in kinds.items() for number in numbers}


def held(ctx: ReadCtx, subject: Subject) -> Sequence[Held]:
    """What stands in the tables of sales."""
    papers = papers_of(ctx, subject)
    return [
        part_of(ctx, Order, papers.orders, Fate.STAYS, title=_l("Orders"), why=LAW, kind=sales.ORDER),
        part_of(ctx, Invoice, papers.issued, Fate.STAYS, title=_l("Issued invoices"), why=LAW, kind=sales.INVOICE),
        part_of(ctx, QuoteVersion, papers.agreed, Fate.STAYS, title=_l("Agreed quotes"), why=LAW),
        part_of(ctx, Payment, papers.payments, Fate.NAMELESS, title=_l("Payments"), why=LAW, kind=sales.PAYMENT),
        part_of(ctx, Shipment, papers.shipments, Fate.NAMELESS, title=_l("Shipments"), why=LAW, kind=sales.SHIPMENT),
        part_of(ctx, Invoice, papers.drafts, Fate.EMPTIED, title=_l("Drafts of invoices"), kind=sales.INVOICE),
        part_of(ctx, Quote, papers.quotes, Fate.NAMELESS, title=_l("Quotes"), why=OFFERS, kind=sales.QUOTE),
        part_of(ctx, QuoteVersion, papers.offered, Fate.EMPTIED, title=_l("Quotes that were not agreed"), why=OFFERS),
        lines_of(ctx, OrderLine, OrderLine.order_id, papers.orders, title=_l("Lines of orders")),
        lines_of(ctx, InvoiceLine, InvoiceLine.invoice_id, papers.issued, title=_l("Lines of invoices")),
        lines_of(ctx, QuoteLine, QuoteLine.version_id, papers.agreed, title=_l("Lines of agreed quotes")),
        lines_of(ctx, DealLine, DealLine.deal_id, subject.ids(DEAL), title=_l("Lines of deals"), fate=Fate.NAMELESS),
        part_of(ctx, ClientLink, papers.links, Fate.REMOVED, title=_l("Links for the client")),
        part_of(ctx, Question, papers.questions, Fate.REMOVED, title=_l("Questions of the client")),
    ]


def part_of(
    ctx: ReadCtx,
    model: type[Base],
    numbers: list[int],
    fate: Fate,
    *,
    title: Lazy,
    why: Lazy | str = "",
    kind: str = "",
) -> Held:
    table = plain_table(model)
    refs = [RecordRef(kind, number) for number in numbers] if kind else []
    rows = rows_by(ctx.db, table, table.c.id, numbers)
    return Held(id=f"{table.name}-{fate}", title=title, rows=rows, fate=fate, why=why, refs=refs)


def lines_of(
    ctx: ReadCtx,
    model: type[Base],
    column: Any,  # noqa: ANN401 any model's
    numbers: list[int],
    *,
    title: Lazy,
    fate: Fate = Fate.STAYS,
) -> Held:
    table = plain_table(model)
    rows = rows_by(ctx.db, table, column, numbers)
    return Held(id=table.name, title=title, rows=rows, fate=fate, why=LAW if fate is Fate.STAYS else "")


def erase(ctx: Ctx, subject: Subject) -> None:
    """Empty what was only offered; leave what was issued or agreed."""
    papers, instead = papers_of(ctx, subject), _("erased client")
    for part in parts(papers.links):  # the questions asked there go along
        ctx.db.change(delete(ClientLink).where(ClientLink.id.in_(part)))
    for draft in each(ctx, Invoice, Invoice.id, papers.drafts):
        empty(draft, instead)
        draft.title, draft.reason = instead, ""
    for version in each(ctx, QuoteVersion, QuoteVersion.id, papers.offered):
        empty(version, instead)
        version.decided_by, version.comment = instead if version.decided_by else "", ""
    for row in nameless(ctx, subject, papers):
        for name in ("title", "note", "description"):
            if hasattr(row, name):
                setattr(row, name, subject.without(str(getattr(row, name)), instead))
    ctx.db.flush()
    ctx.index(*(RecordRef(sales.QUOTE, number) for number in papers.quotes))


def nameless(ctx: Ctx, subject: Subject, papers: Papers) -> Iterator[Base]:
    """What stays without the person's name."""
    yield from each(ctx, Quote, Quote.id, papers.quotes)
    yield from each(ctx, Payment, Payment.id, papers.payments)
    yield from each(ctx, Shipment, Shipment.id, papers.shipments)
    yield from each(ctx, QuoteLine, QuoteLine.version_id, papers.offered)
    yield from each(ctx, InvoiceLine, InvoiceLine.invoice_id, papers.drafts)
    yield from each(ctx, DealLine, DealLine.deal_id, subject.ids(DEAL))


def each(ctx: Ctx, model: type[M], column: Any, numbers: list[int]) -> Iterator[M]:  # noqa: ANN401 any model's
    """The rows whose column has one of these values, some hundred at a time."""
    for part in parts(numbers):
        yield from ctx.db.scalars(select(model).where(column.in_(part))).all()


def empty(document: Invoice | QuoteVersion, instead: str) -> None:
    """Take the buyer out of a document that was never issued or agreed."""
    document.buyer = {**dict.fromkeys(BuyerText.__dataclass_fields__, ""), "name": instead}
    document.note = ""


PERSONAL = PersonalData(id="sales", held=held, erase=erase, records=records)
