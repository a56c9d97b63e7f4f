"""The documents of sample deals that are there: what people hung on them, and how they go or become ordinary ones."""

from collections.abc import Collection, Sequence
from contextlib import suppress

from sqlalchemy import delete, select, update

from boxportal.contracts import sales as kinds
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import taxes
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.choosing import follow_tax
from boxportal.modules.sales.lines import reckon_deal
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import DealLine, Quote
from boxportal.modules.sales.models.sellers import DealSeller, Seller
from boxportal.modules.sales.sellers import find_seller
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.module import Tie
from boxportal.sdk.records import SAMPLE

SOURCE = SAMPLE
Document = type[Payment] | type[Invoice] | type[Shipment] | type[Order] | type[Quote]
IN_ORDER: tuple[tuple[str, Document], ...] = (
    (kinds.PAYMENT, Payment),
    (kinds.INVOICE, Invoice),
    (kinds.SHIPMENT, Shipment),
    (kinds.ORDER, Order),
    (kinds.QUOTE, Quote),
)
"""What stands on another goes before it."""


def is_there(ctx: ReadCtx) -> bool:
    """Whether documents of sample deals are there."""
    return ctx.db.scalar(select(Quote.id).where(Quote.source == SOURCE).limit(1)) is not None


def rows(ctx: ReadCtx) -> Sequence[RecordRef]:
    """Every document that the sample made."""
    return [
        RecordRef(kind, row_id)
        for kind, model in IN_ORDER
        for row_id in ctx.db.scalars(select(model.id).where(model.source == SOURCE).order_by(model.id)).all()
    ]


def ties(ctx: ReadCtx, sample: Collection[RecordRef]) -> Sequence[Tie]:
    """A document hangs on its deal and on the deal's sample documents: of a sale that goes on none is taken out."""
    on_deals = [ref.id for ref in sample if ref.kind == DEAL]
    of_deal: dict[int, list[RecordRef]] = {}
    for kind, model in IN_ORDER:
        mine = select(model.id, model.deal_id).where(model.deal_id.in_(on_deals))
        for row_id, deal_id in ctx.db.execute(mine):
            of_deal.setdefault(deal_id or 0, []).append(RecordRef(kind, row_id))
    made = set(sample)
    return [
        Tie(what, on)
        for deal_id, documents in of_deal.items()
        for what in documents
        for on in (RecordRef(DEAL, deal_id), *(other for other in documents if other in made and other != what))
    ]


def remove(ctx: Ctx, keep: Collection[RecordRef]) -> int:
    """Take the sample documents out, and what else the sample seller issued for deals that go; kept ones are ordinary.

    Returns how many of the sample went.
    """
    made = set(rows(ctx))
    sample_seller = select(Seller.id).where(Seller.is_sample)
    for kind, model in IN_ORDER:
        issued = select(model.id, model.deal_id).where((model.source == SOURCE) | model.seller_id.in_(sample_seller))
        gone = [
            row_id
            for row_id, deal_id in ctx.db.execute(issued)
            if RecordRef(kind, row_id) not in keep
            and (RecordRef(kind, row_id) in made or RecordRef(DEAL, deal_id or 0) not in keep)
        ]
        for row_id in gone:
            ctx.forget(RecordRef(kind, row_id))
        if model is Invoice:  # a credit note stands on the invoice that it corrects
            ctx.db.change(delete(Invoice).where(Invoice.id.in_(gone), Invoice.corrects_id.is_not(None)))
        ctx.db.change(delete(model).where(model.id.in_(gone)))
        ctx.db.change(update(model).where(model.source == SOURCE).values(source=None, external_id=None))
    _let_go(ctx, keep)
    return len(made - set(keep))


def _let_go(ctx: Ctx, keep: Collection[RecordRef]) -> None:
    """Part the deals from the sample seller that have no document of it, and drop it when it has none at all."""
    for seller in ctx.db.scalars(select(Seller).where(Seller.is_sample)).all():
        busy = {
            deal_id
            for _kind, model in IN_ORDER
            for deal_id in ctx.db.scalars(select(model.deal_id).where(model.seller_id == seller.id)).all()
        }
        for deal_id in ctx.db.scalars(select(DealSeller.deal_id).where(DealSeller.seller_id == seller.id)).all():
            if deal_id not in busy:
                ctx.db.change(delete(DealSeller).where(DealSeller.deal_id == deal_id))
                if RecordRef(DEAL, deal_id) in keep:
                    _tax_anew(ctx, deal_id)
        if not busy:
            ctx.db.delete(seller)
    ctx.db.flush()


def _tax_anew(ctx: Ctx, deal_id: int) -> None:
    """The lines of a deal that stays are taxed as the firm's own, or as not known yet while nobody has said who sells.

    A deal in the trash has its tax, and no amount of which anything is counted.
    """
    seller = find_seller(ctx)
    if seller is None:
        unknown = update(DealLine).where(DealLine.deal_id == deal_id)
        ctx.db.change(unknown.values(tax_percent=0, tax_category=taxes.NOT_KNOWN))
        return
    follow_tax(ctx, deal_id, seller)
    with suppress(NotFound):
        reckon_deal(ctx, deal_id, seller, deals(ctx).view(deal_id).currency)
