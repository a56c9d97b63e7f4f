"""Who sells a deal, where the firm has several sellers: chosen until the client has agreed or was charged."""

from sqlalchemy import delete, select, update

from boxportal.contracts.sales import INVOICE, QUOTE
from boxportal.modules.sales import taxes
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.lines import deal_lines, reckon_deal
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import DealLine, Quote, QuoteVersion
from boxportal.modules.sales.models.sellers import DealSeller, Seller
from boxportal.modules.sales.sellers import seller_of_deal, seller_with
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l


def choose_seller(ctx: Ctx, deal_id: int, seller_id: int) -> None:
    """Let one of the firm's sellers sell this deal. Its lines take that seller's tax.

    What another seller offered before is replaced, and drafts go.
    Raises: NotFound, also for the sample's seller, whose documents go with it; RuleBroken once the client agreed or
    was charged.
    """
    deal = deals(ctx).view(deal_id, to_edit=True)
    seller, before = seller_with(ctx, seller_id), seller_of_deal(ctx, deal_id)
    if seller.is_sample and (before is None or before.id != seller.id):
        raise NotFound
    _write_down(ctx, deal_id, seller)
    if before is None or before.id == seller.id:
        return
    if is_settled(ctx, deal_id):
        raise RuleBroken(_l("%(seller)s sold this already: make another deal.", seller=before.legal_name))
    follow_tax(ctx, deal_id, seller)
    reckon_deal(ctx, deal_id, seller, deal.currency)
    _replace_quotes(ctx, deal_id)
    _drop_drafts(ctx, deal_id)
    ctx.db.flush()


def is_settled(ctx: ReadCtx, deal_id: int) -> bool:
    """Whether the client agreed with a seller, or was charged by one."""
    ordered = ctx.db.scalar(select(Order.id).where(Order.deal_id == deal_id).limit(1))
    charged = select(Invoice.id).where(Invoice.deal_id == deal_id, Invoice.state == "issued").limit(1)
    return ordered is not None or ctx.db.scalar(charged) is not None


def _write_down(ctx: Ctx, deal_id: int, seller: Seller) -> None:
    given = ctx.db.get(DealSeller, deal_id)
    if given is None:
        ctx.db.add(DealSeller(deal_id=deal_id, seller_id=seller.id))
    else:
        given.seller_id = seller.id
    ctx.db.flush()


def follow_tax(ctx: Ctx, deal_id: int, seller: Seller) -> None:
    """No line has tax where the seller charges none; where they do, lines without get the usual one."""
    percent, category = taxes.tax_of(taxes.default_tax(ctx, seller))
    mine = update(DealLine).where(DealLine.deal_id == deal_id)
    if seller.vat_payer:
        mine = mine.where(DealLine.tax_category.in_(("O", taxes.NOT_KNOWN)))
    ctx.db.change(mine.values(tax_percent=percent, tax_category=category))
    for line in deal_lines(ctx, deal_id):
        ctx.db.refresh(line)


def _replace_quotes(ctx: Ctx, deal_id: int) -> None:
    """What the other seller offered no longer counts: drafts go, and what the client has says that it was replaced."""
    for quote in ctx.db.scalars(select(Quote).where(Quote.deal_id == deal_id, Quote.state != "replaced")).all():
        versions = QuoteVersion.quote_id == quote.id
        ctx.db.change(delete(QuoteVersion).where(versions, QuoteVersion.state == "draft"))
        ctx.db.change(
            update(QuoteVersion).where(versions, QuoteVersion.state.in_(("sent", "declined"))).values(state="replaced")
        )
        latest = select(QuoteVersion).where(versions).order_by(QuoteVersion.version.desc()).limit(1)
        newest = ctx.db.scalar(latest.execution_options(populate_existing=True))
        if newest is None:
            ctx.forget(RecordRef(QUOTE, quote.id))
            ctx.db.delete(quote)
        else:
            quote.state, quote.latest, quote.gross = "replaced", newest.version, newest.gross


def _drop_drafts(ctx: Ctx, deal_id: int) -> None:
    """Drafts of proforma invoices go too: they hold the lines as the other seller taxed them."""
    for draft in ctx.db.scalars(select(Invoice).where(Invoice.deal_id == deal_id, Invoice.state == "draft")).all():
        ctx.forget(RecordRef(INVOICE, draft.id))
        ctx.db.delete(draft)
