"""The client agrees: on their page or through a colleague, with the same effect, and never twice."""

from dataclasses import dataclass

from sqlalchemy import select

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import orders, quotes
from boxportal.modules.sales.access import deals, visible_quotes
from boxportal.modules.sales.forms import AnswerForm
from boxportal.modules.sales.handing_over import Paper, accepted_paper, hand_over, keep_signed
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.orders import Agreement
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx, StoredFile
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken, Stale
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed contract: its name, and its content in the store."""

    name: str
    file: StoredFile


def accept_version(
    ctx: Ctx, quote: Quote, version: QuoteVersion, agreed: Agreement, *, by_hand: bool, paper: Paper | None = None
) -> Order:
    """Make the order of a version; of one that was accepted before, give the order that there is.

    `paper` goes to both sides, unless it was printed of another version. The caller has locked deal and version.
    Raises: RuleBroken when it is not waiting for an answer.
    """
    if version.state == "accepted":
        return order_of(ctx, version.id)
    if version.state not in (quotes.WAITING if by_hand else ("sent",)) or quote.deal_id is None:
        raise RuleBroken(_l("This quote is not waiting for an answer."))
    lines = quotes.lines_of(ctx, version.id)
    order = orders.order_from_version(ctx, quote, version, lines, agreed)
    version.state, version.decided_at = "accepted", ctx.now
    version.decided_by, version.decided_how = agreed.by, agreed.how
    quotes.count_accepted(ctx, quote, version)
    deal = RecordRef(DEAL, quote.deal_id)
    ref = quotes.ref_of(quote)
    ctx.audit(AuditEntry(action="sales.quote.accept", ref=ref, title=quote.title, after={"by": agreed.by}))
    ctx.publish(events.QuoteAccepted(quote=ref, deal=deal, by=agreed.by, by_hand=by_hand))
    if paper is not None and paper.version_id == version.id:
        hand_over(ctx, quote, version, paper.content)
    return order


def accept_by_hand(
    ctx: Ctx, quote_id: int, form: AnswerForm, paper: Paper | None = None, signed: Signed | None = None
) -> Order:
    """Record that the client agreed, with the file that they signed.

    Raises: NotPermitted, NotFound, RuleBroken, Stale when another version counts now, Invalid for a day to come.
    """
    quote = quotes.quote_to_edit(ctx, quote_id)
    ctx.db.refresh(quote)  # the deal is held now: a version that was made meanwhile is seen
    if form.version is not None and form.version != quote.latest:
        raise Stale({"version": quote.latest})
    version = quotes.locked_version(ctx, quote.id, quote.latest)
    agreed = agreement_from(ctx, form)
    order = accept_version(ctx, quote, version, agreed, by_hand=True, paper=paper)
    if signed is not None:
        keep_signed(ctx, order, signed.name, signed.file)
    return order


def order_by_hand(ctx: Ctx, deal_id: int, form: AnswerForm, signed: Signed | None = None) -> Order:
    """Record that a client agreed to a deal's lines without a quote, with the file that they signed.

    Raises: NotPermitted, NotFound, RuleBroken when the deal has its order, SellerMissing, Invalid for a day to come.
    """
    deals(ctx).view(deal_id, to_edit=True)  # who records the same at this moment waits here
    if orders.orders_of(ctx, deal_id):
        raise RuleBroken(_l("The client's agreement is recorded already."))
    order = orders.order_from_lines(ctx, deal_id, agreement_from(ctx, form))
    if signed is not None:
        keep_signed(ctx, order, signed.name, signed.file)
    return order


def paper_by_hand(ctx: ReadCtx, quote_id: int, form: AnswerForm) -> Paper | None:
    """The version as PDF with the acceptance that a colleague is about to record; None where it waits for none.

    Raises: NotFound.
    """
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    version, day = quotes.newest(ctx, quote), form.on or today(ctx)
    if version.state not in quotes.WAITING or day > today(ctx):
        return None
    return accepted_paper(ctx, quote, version, agreement_from(ctx, form))


def agreement_from(ctx: ReadCtx, form: AnswerForm) -> Agreement:
    """What a colleague says of an agreement.

    Raises: Invalid for a day to come.
    """
    day = form.on or today(ctx)
    if day > today(ctx):
        raise Invalid({"on": _l("This day is still to come.")})
    return Agreement(by=form.by, how=form.how, on=day, contract_number=form.contract_number)


def order_of(ctx: ReadCtx, version_id: int) -> Order:
    """The order of an accepted version.

    Raises: RuleBroken when it is gone.
    """
    order = ctx.db.scalar(select(Order).where(Order.version_id == version_id))
    if order is None:
        raise RuleBroken(_l("This quote is not waiting for an answer."))
    return order
