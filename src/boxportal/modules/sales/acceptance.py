"""The client agrees: on their page or through a colleague, with the same effect, and never twice."""

from sqlalchemy import select

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import orders, quotes
from boxportal.modules.sales.forms import AnswerForm
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.orders import Agreement
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l


def accept_version(ctx: Ctx, quote: Quote, version: QuoteVersion, agreed: Agreement, *, by_hand: bool) -> Order:
    """Make the order of a version; of one that was accepted before, give the order that there is.

    The caller has locked the version. Raises: RuleBroken when it is not waiting for an answer.
    """
    if version.state == "accepted":
        return order_of(ctx, version.id)
    if version.state not in (quotes.WAITING if by_hand else ("sent",)) or quote.deal_id is None:
        raise RuleBroken(_l("This quote is not waiting for an answer."))
    lines = quotes.lines_of(ctx, version.id)
    order = orders.order_from_version(ctx, quote, version, lines, agreed)
    version.state, version.decided_at = "accepted", ctx.now
    version.decided_by, version.decided_how = agreed.by, agreed.how
    quote.state = "accepted"
    deal = RecordRef(DEAL, quote.deal_id)
    ref = quotes.ref_of(quote)
    ctx.audit(AuditEntry(action="sales.quote.accept", ref=ref, title=quote.title, after={"by": agreed.by}))
    ctx.publish(events.QuoteAccepted(quote=ref, deal=deal, by=agreed.by, by_hand=by_hand))
    return order


def accept_by_hand(ctx: Ctx, quote_id: int, form: AnswerForm) -> Order:
    """Record that the client agreed.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid for a day to come.
    """
    quote = quotes.quote_to_edit(ctx, quote_id)
    version = quotes.locked_version(ctx, quote.id, quote.latest)
    day = form.on or today(ctx)
    if day > today(ctx):
        raise Invalid({"on": _l("This day is still to come.")})
    agreed = Agreement(by=form.by, how=form.how, on=day, contract_number=form.contract_number)
    return accept_version(ctx, quote, version, agreed, by_hand=True)


def order_of(ctx: ReadCtx, version_id: int) -> Order:
    """The order of an accepted version.

    Raises: RuleBroken when it is gone.
    """
    order = ctx.db.scalar(select(Order).where(Order.version_id == version_id))
    if order is None:
        raise RuleBroken(_l("This quote is not waiting for an answer."))
    return order
