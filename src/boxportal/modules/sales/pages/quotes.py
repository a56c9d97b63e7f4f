"""Quotes on the screen: look through, send, record the answer."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from boxportal.modules.sales import acceptance, quotes, texts
from boxportal.modules.sales.access import visible_quotes
from boxportal.modules.sales.client import questions_on
from boxportal.modules.sales.forms import AnswerForm, QuoteForm, RefusalForm
from boxportal.modules.sales.links import address_of, make_link, revoke_links
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.pages.acts import act, deal_address
from boxportal.modules.sales.pages.typed import Sent
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.shown import show_lines, show_totals
from boxportal.modules.sales.steps import next_step
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.forms import FormEnv, FormState, blank, filled, read
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
Reader = Annotated[ReadCtx, reads("sales.quote.see")]
Editor = Annotated[Ctx, writes("sales.quote.edit")]
Maker = Annotated[Ctx, writes("sales.quote.create")]
Deleter = Annotated[Ctx, writes("sales.quote.delete")]


@router.get("/sales/quotes/{quote_id}")
def quote_show(ctx: Reader, quote_id: RecordId, version: int | None = None) -> Response:
    return quote_page(ctx, one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id)), shown=version)


@router.post("/sales/quotes/{quote_id}")
def quote_save(ctx: Editor, quote_id: RecordId, sent: Sent) -> Response:
    env = FormEnv(zone=ctx.actor.timezone)
    form = read(QuoteForm, sent, env)
    if not isinstance(form, FormState):
        try:
            quotes.change_draft(ctx, quote_id, form)
            return see_other(ctx, f"/sales/quotes/{quote_id}")
        except Invalid as error:
            form = filled(QuoteForm, form, env).refused({name: str(text) for name, text in error.fields.items()})
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    return quote_page(ctx, quote, draft=form, status=422)


@router.post("/sales/quotes/{quote_id}/send")
def quote_send(ctx: Editor, quote_id: RecordId, sent: Sent) -> Response:
    """Send what stands on the screen: the draft's own fields come along."""
    if "note" in sent:
        saved = quote_save(ctx, quote_id, sent)
        if saved.status_code >= 400:  # noqa: PLR2004 RFC 9110: the form came back with its mistakes
            return saved
    return with_link(ctx, quote_id, quotes.send_quote(ctx, quote_id))


@router.post("/sales/quotes/{quote_id}/link")
def quote_link(ctx: Editor, quote_id: RecordId) -> Response:
    quote = quotes.quote_to_edit(ctx, quote_id)
    version = quotes.newest(ctx, quote)
    if version.state == "draft":
        raise RuleBroken(_l("Send the quote first."))
    return with_link(ctx, quote_id, make_link(ctx, version_id=version.id))


@router.post("/sales/quotes/{quote_id}/revoke")
def quote_revoke(ctx: Editor, quote_id: RecordId) -> Response:
    quote = quotes.quote_to_edit(ctx, quote_id)
    for version in quotes.versions_of(ctx, quote.id):
        revoke_links(ctx, version_id=version.id)
    return see_other(ctx, f"/sales/quotes/{quote_id}")


@router.post("/sales/quotes/{quote_id}/accept")
def quote_accept(ctx: Editor, quote_id: RecordId, sent: Sent) -> Response:
    env = FormEnv(zone=ctx.actor.timezone)
    form = read(AnswerForm, sent, env)
    if not isinstance(form, FormState):
        try:
            order = acceptance.accept_by_hand(ctx, quote_id, form)
            return see_other(ctx, deal_address(ctx, order.deal_id or 0))
        except Invalid as error:
            form = filled(AnswerForm, form, env).refused({name: str(text) for name, text in error.fields.items()})
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    return quote_page(ctx, quote, answer=form, status=422)


@router.post("/sales/quotes/{quote_id}/decline")
def quote_decline(ctx: Editor, quote_id: RecordId, sent: Sent) -> Response:
    form = read(RefusalForm, sent, FormEnv(zone=ctx.actor.timezone))
    if isinstance(form, FormState):
        raise Invalid(form.errors)
    quotes.decline_by_hand(ctx, quote_id, comment=form.comment)
    return see_other(ctx, f"/sales/quotes/{quote_id}")


@router.post("/sales/quotes/{quote_id}/revise")
def quote_revise(ctx: Maker, quote_id: RecordId) -> Response:
    quote = quotes.quote_to_edit(ctx, quote_id)
    if quote.deal_id is None or quote.state == "accepted":
        raise RuleBroken(_l("The client accepted this quote; make a new one on the deal."))
    return act(ctx, quote.deal_id, "quotes")


@router.post("/sales/quotes/{quote_id}/delete")
def quote_delete(ctx: Deleter, quote_id: RecordId) -> Response:
    deal_id = quotes.delete_draft(ctx, quote_id)
    return see_other(ctx, deal_address(ctx, deal_id) if deal_id is not None else "/sales/quotes")


def with_link(ctx: Ctx, quote_id: int, token: str) -> Response:
    """The page with the link to hand over. It is shown this once, for only its hash is kept."""
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, f"/sales/quotes/{quote_id}"
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    return quote_page(ctx, quote, link=address_of(ctx, token))


def quote_page(
    ctx: ReadCtx,
    quote: Quote,
    *,
    shown: int | None = None,
    draft: FormState[QuoteForm] | None = None,
    answer: FormState[AnswerForm] | None = None,
    link: str = "",
    status: int = 200,
) -> Response:
    """A quote with one of its versions, the newest unless another is asked for."""
    versions = quotes.versions_of(ctx, quote.id)
    version = next((v for v in versions if v.version == (shown or quote.latest)), None)
    if version is None:
        raise NotFound
    env = FormEnv(zone=ctx.actor.timezone)
    buyer = buyer_of(version.buyer)
    agreed = {"by": buyer.name or buyer.company, "on": today(ctx)}
    return page(
        ctx,
        "sales/quote.html",
        status=status,
        quote=quote,
        version=version,
        versions=[(v, state_text(ctx, v)) for v in versions],
        state=state_text(ctx, version),
        is_newest=version.version == quote.latest,
        lines=show_lines(quotes.lines_of(ctx, version.id), version.currency),
        totals=show_totals(version),
        buyer=buyer,
        draft=draft or filled(QuoteForm, version, env),
        answer=answer or blank(AnswerForm, env, agreed),
        questions=questions_on(ctx, quote_id=quote.id),
        link=link,
        deal_url=deal_address(ctx, quote.deal_id) if quote.deal_id is not None else "",
        step=next_step(ctx, quote.deal_id) if quote.deal_id is not None else None,
        side=ctx.side(quotes.ref_of(quote)),
        how=texts.HOW,
    )


def state_text(ctx: ReadCtx, version: QuoteVersion) -> tuple[object, str]:
    return texts.QUOTE_STATES["expired" if quotes.is_expired(version, today(ctx)) else version.state]
