"""Quotes: made from a deal's lines, sent, answered, replaced by a new version."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, delete, select, update

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import lines as deal_lines
from boxportal.modules.sales.access import deals, visible_quotes
from boxportal.modules.sales.choosing import choose_seller
from boxportal.modules.sales.drafting import Footing, footing, titled
from boxportal.modules.sales.forms import DealLinesForm, QuoteForm
from boxportal.modules.sales.links import make_link
from boxportal.modules.sales.models.quotes import Quote, QuoteLine, QuoteVersion
from boxportal.modules.sales.numbering import take_number
from boxportal.modules.sales.reckoning import copy_line, reckon_document
from boxportal.modules.sales.sellers import seller_of_deal, seller_with, today
from boxportal.modules.sales.taxes import UNTAXED, require_fit
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l

WAITING = ("sent", "declined")
"""States in which a colleague may record that the client agreed after all."""


def ref_of(quote: Quote) -> RecordRef:
    return RecordRef(events.QUOTE, quote.id)


def versions_of(ctx: ReadCtx, quote_id: int) -> Sequence[QuoteVersion]:
    """All versions of a quote, newest first."""
    mine = select(QuoteVersion).where(QuoteVersion.quote_id == quote_id)
    return ctx.db.scalars(mine.order_by(QuoteVersion.version.desc())).all()


def lines_of(ctx: ReadCtx, version_id: int) -> Sequence[QuoteLine]:
    mine = select(QuoteLine).where(QuoteLine.version_id == version_id)
    return ctx.db.scalars(mine.order_by(QuoteLine.position, QuoteLine.id)).all()


def newest(ctx: ReadCtx, quote: Quote) -> QuoteVersion:
    """The version that counts."""
    return one(ctx.db, _version(quote.id, quote.latest))


def make_quote(ctx: Ctx, deal_id: int) -> Quote:
    """Draft a quote from the deal's lines: a new one, or a new version of the one that the client did not accept.

    Raises: NotPermitted, NotFound, RuleBroken when there is no line, SellerMissing.
    """
    ctx.require("sales.quote.create")
    deals(ctx).view(deal_id, to_edit=True)
    if not deal_lines.deal_lines(ctx, deal_id):
        raise RuleBroken(_l("Add what is sold first: a quote is made from the deal's lines."))
    ground = footing(ctx, deal_id)
    require_fit(ground.seller, deal_lines.deal_lines(ctx, deal_id))
    quote = _unsettled(ctx, deal_id) or _begin(ctx, ground)
    version = _draft(ctx, quote) or _next_version(ctx, quote, ground)
    _take_lines(ctx, quote, version)
    return quote


def change_lines(ctx: Ctx, deal_id: int, form: DealLinesForm) -> None:
    """Change a deal's lines, and who sells it; a quote that is still a draft follows.

    Raises: NotFound, Invalid, RuleBroken for another seller once the client agreed.
    """
    if form.seller_id is not None:
        form = _of_seller(ctx, deal_id, form, form.seller_id)
    deal_lines.save_deal_lines(ctx, deal_id, form)
    quote = _unsettled(ctx, deal_id)
    draft = _draft(ctx, quote) if quote else None
    if quote and draft:
        _take_lines(ctx, quote, draft)


def _of_seller(ctx: Ctx, deal_id: int, form: DealLinesForm, seller_id: int) -> DealLinesForm:
    """Choose the seller; the rows that were typed in the same form take the new one's usual tax."""
    before = seller_of_deal(ctx, deal_id)
    choose_seller(ctx, deal_id, seller_id)
    if before is None or before.id == seller_id:
        return form
    may_tax = seller_with(ctx, seller_id).vat_payer
    rows = [row if may_tax and row.tax != UNTAXED else row.model_copy(update={"tax": ""}) for row in form.lines]
    return form.model_copy(update={"lines": rows})


def change_draft(ctx: Ctx, quote_id: int, form: QuoteForm) -> Quote:
    """Change what a draft says beside its lines.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid.
    """
    quote, version = draft_to_edit(ctx, quote_id)
    if form.valid_until and form.valid_until < today(ctx):
        raise Invalid({"valid_until": _l("This day is past.")})
    version.valid_until, version.note = form.valid_until, form.note
    version.language = form.language or version.language
    quote.valid_until = form.valid_until
    ctx.deadline_moved(ref_of(quote))
    return quote


def send_quote(ctx: Ctx, quote_id: int) -> str:
    """Freeze the draft, replace what was sent before, and make the client's link, which is empty while none can be had.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    quote, version = draft_to_edit(ctx, quote_id)
    if quote.deal_id is None:
        raise RuleBroken(_l("The deal of this quote is gone."))
    if not lines_of(ctx, version.id):
        raise RuleBroken(_l("Add what is sold first: a quote is made from the deal's lines."))
    ground = footing(ctx, quote.deal_id)
    columns = ground.columns(ctx)
    version.seller, version.buyer = columns["seller"], columns["buyer"]  # type: ignore[assignment]  # both are texts
    version.state, version.sent_at = "sent", ctx.now
    older = update(QuoteVersion).where(QuoteVersion.quote_id == quote.id, QuoteVersion.version < version.version)
    ctx.db.change(older.where(QuoteVersion.state.in_(WAITING)).values(state="replaced"))
    quote.state, quote.title = "sent", titled(quote.number, ground.buyer, ground.deal.title)
    ctx.db.flush()
    link = make_link(ctx, version_id=version.id)
    deals(ctx).reached(quote.deal_id, "quoted")
    ctx.audit(
        AuditEntry(action="sales.quote.send", ref=ref_of(quote), title=quote.title, after={"version": version.version})
    )
    ctx.publish(events.QuoteSent(quote=ref_of(quote), deal=RecordRef(DEAL, quote.deal_id)))
    ctx.index(ref_of(quote))
    return link


def decline_version(ctx: Ctx, version: QuoteVersion, quote: Quote, *, comment: str, by: str) -> None:
    """Keep that the client does not want this version. The caller has locked it.

    Raises: RuleBroken when it is not waiting for an answer.
    """
    if version.state != "sent":
        raise RuleBroken(_l("This quote is not waiting for an answer."))
    version.state, version.comment, version.decided_by, version.decided_at = "declined", comment, by, ctx.now
    quote.state = "declined"
    if quote.deal_id is not None:
        deal = RecordRef(DEAL, quote.deal_id)
        ctx.audit(
            AuditEntry(action="sales.quote.decline", ref=ref_of(quote), title=quote.title, after={"comment": comment})
        )
        ctx.publish(events.QuoteDeclined(quote=ref_of(quote), deal=deal, comment=comment))


def decline_by_hand(ctx: Ctx, quote_id: int, *, comment: str) -> Quote:
    """Record that the client declined.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    quote = quote_to_edit(ctx, quote_id)
    decline_version(ctx, locked_version(ctx, quote.id, quote.latest), quote, comment=comment, by=ctx.actor.name)
    return quote


def delete_draft(ctx: Ctx, quote_id: int) -> int | None:
    """Drop a draft; an earlier version that was sent counts again. Returns the deal.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    ctx.require("sales.quote.delete")
    quote, version = draft_to_edit(ctx, quote_id)
    deal_id = quote.deal_id
    ctx.db.delete(version)
    ctx.db.flush()
    rest = versions_of(ctx, quote.id)
    if not rest:
        ctx.forget(ref_of(quote))
        ctx.db.delete(quote)
        return deal_id
    _count(ctx, quote, rest[0])
    return deal_id


def quote_to_edit(ctx: Ctx, quote_id: int) -> Quote:
    """A quote that the actor may change.

    Raises: NotPermitted, NotFound.
    """
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    ctx.require("sales.quote.edit")
    if quote.deal_id is not None:
        deals(ctx).view(quote.deal_id, to_edit=True)
    return quote


def draft_to_edit(ctx: Ctx, quote_id: int) -> tuple[Quote, QuoteVersion]:
    """A quote with its draft, locked.

    Raises: NotPermitted, NotFound, RuleBroken when its newest version went out.
    """
    quote = quote_to_edit(ctx, quote_id)
    version = locked_version(ctx, quote.id, quote.latest)
    if version.state != "draft":
        raise RuleBroken(_l("This version went to the client and can't change. Make a new version."))
    return quote, version


def locked_version(ctx: Ctx, quote_id: int, version: int) -> QuoteVersion:
    """A version that nobody else can answer or change until this transaction ends."""
    wanted = _version(quote_id, version).with_for_update().execution_options(populate_existing=True)
    return one(ctx.db, wanted)


def count_accepted(ctx: Ctx, quote: Quote, version: QuoteVersion) -> None:
    """Make the version that the client accepted the one that counts; a draft that was to replace it is dropped."""
    newer = delete(QuoteVersion).where(QuoteVersion.quote_id == quote.id, QuoteVersion.version > version.version)
    ctx.db.change(newer.where(QuoteVersion.state == "draft"))
    _count(ctx, quote, version)


def is_expired(version: QuoteVersion, day: date) -> bool:
    return version.state == "sent" and version.valid_until is not None and version.valid_until < day


def _version(quote_id: int, version: int) -> Select[QuoteVersion]:
    return select(QuoteVersion).where(QuoteVersion.quote_id == quote_id, QuoteVersion.version == version)


def _unsettled(ctx: ReadCtx, deal_id: int) -> Quote | None:
    """The deal's newest quote, unless the client accepted it or it was another seller's."""
    newest_quote = ctx.db.scalar(select(Quote).where(Quote.deal_id == deal_id).order_by(Quote.id.desc()).limit(1))
    return newest_quote if newest_quote and newest_quote.state not in ("accepted", "replaced") else None


def _draft(ctx: Ctx, quote: Quote) -> QuoteVersion | None:
    version = ctx.db.scalar(_version(quote.id, quote.latest))
    return version if version and version.state == "draft" else None


def _begin(ctx: Ctx, ground: Footing) -> Quote:
    number = take_number(ctx, ground.seller.id, "quote", today(ctx))
    quote = Quote(
        deal_id=ground.deal.id,
        seller_id=ground.seller.id,
        number=number.text,
        year=number.year,
        sequence=number.sequence,
        title=titled(number.text, ground.buyer, ground.deal.title),
        latest=0,
        state="draft",
        currency=ground.deal.currency,
        gross=0,
        created_by=ctx.actor.id,
        created_at=ctx.now,
    )
    ctx.db.add(quote)
    ctx.db.flush()
    ctx.index(ref_of(quote))
    return quote


def _next_version(ctx: Ctx, quote: Quote, ground: Footing) -> QuoteVersion:
    before = ctx.db.scalar(_version(quote.id, quote.latest))
    version = QuoteVersion(
        quote_id=quote.id,
        version=quote.latest + 1,
        state="draft",
        valid_until=today(ctx) + timedelta(days=ground.seller.valid_days),
        decided_by="",
        decided_how="",
        comment="",
        **ground.columns(ctx) | ({"note": before.note, "language": before.language} if before else {}),
    )
    ctx.db.add(version)
    ctx.db.flush()
    return version


def _take_lines(ctx: Ctx, quote: Quote, version: QuoteVersion) -> None:
    """Put the deal's lines in the place of a draft's."""
    ctx.db.change(delete(QuoteLine).where(QuoteLine.version_id == version.id))
    source = deal_lines.deal_lines(ctx, quote.deal_id or 0)
    lines = [copy_line(line, QuoteLine, version_id=version.id) for line in source]
    reckon_document(version, lines)
    ctx.db.add_all(lines)
    _count(ctx, quote, version)
    ctx.db.flush()


def _count(ctx: Ctx, quote: Quote, version: QuoteVersion) -> None:
    """Make a version the one that counts, for lists too."""
    quote.latest, quote.state, quote.gross = version.version, version.state, version.gross
    quote.currency, quote.valid_until = version.currency, version.valid_until
    ctx.deadline_moved(ref_of(quote))
