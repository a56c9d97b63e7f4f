"""Quotes on the screen: look through, send, record the answer."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.sales import acceptance, mailing, printed, quotes, texts
from boxportal.modules.sales.access import visible_quotes
from boxportal.modules.sales.client import questions_on
from boxportal.modules.sales.forms import AnswerForm, MailForm, QuoteForm, RefusalForm
from boxportal.modules.sales.links import make_new_link, revoke_links
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.pages.acts import act, deal_address
from boxportal.modules.sales.pages.files import SignedFile
from boxportal.modules.sales.pages.pdf import AcceptedPaper, QuotePaper, pdf_answer
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.sellers import seller_name, today
from boxportal.modules.sales.shown import show_lines, show_totals
from boxportal.modules.sales.steps import next_step
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form, posted, submitted
from boxportal.sdk.i18n import LANGUAGE_NAMES
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.quote.see")]
Editor = Annotated[Ctx, writes("sales.quote.edit")]
Maker = Annotated[Ctx, writes("sales.quote.create")]
Deleter = Annotated[Ctx, writes("sales.quote.delete")]


@router.get("/sales/quotes/{quote_id}")
def quote_show(ctx: Reader, quote_id: RecordId, version: int | None = None) -> Response:
    return quote_page(ctx, visible_quote(ctx, quote_id), shown=version)


@router.post("/sales/quotes/{quote_id}")
def quote_save(typed: TypedForm, ctx: Editor, quote_id: RecordId) -> Response:
    return saved(ctx, quote_id, typed) or see_other(ctx, f"/sales/quotes/{quote_id}")


@router.post("/sales/quotes/{quote_id}/send")
def quote_send(typed: TypedForm, ctx: Editor, quote_id: RecordId) -> Response:
    """Send what stands on the screen: the draft's own fields come along."""
    refused = saved(ctx, quote_id, typed) if "note" in typed else None
    return refused or with_link(ctx, quote_id, quotes.send_quote(ctx, quote_id))


@router.get("/sales/quotes/{quote_id}/pdf")
def quote_pdf(ctx: Reader, quote_id: RecordId, version: int | None = None) -> Response:
    quote = visible_quote(ctx, quote_id)
    shown = next((v for v in quotes.versions_of(ctx, quote.id) if v.version == (version or quote.latest)), None)
    if shown is None:
        raise NotFound
    return pdf_answer(printed.print_quote_version(ctx, quote, shown), quote.number)


@router.post("/sales/quotes/{quote_id}/link")
def quote_link(ctx: Editor, quote_id: RecordId) -> Response:
    quote = quotes.quote_to_edit(ctx, quote_id)
    version = quotes.newest(ctx, quote)
    if version.state == "draft":
        raise RuleBroken(_l("Send the quote first."))
    return with_link(ctx, quote_id, make_new_link(ctx, version_id=version.id))


@router.post("/sales/quotes/{quote_id}/mail")
def quote_mail(paper: QuotePaper, typed: TypedForm, ctx: Editor, quote_id: RecordId) -> Response:
    done = submitted(ctx, MailForm, typed, lambda form: mailing.mail_quote(ctx, quote_id, form, paper))
    if isinstance(done, FormState):
        return quote_page(ctx, visible_quote(ctx, quote_id), letter=done, status=422)
    return see_other(ctx, f"/sales/quotes/{quote_id}")


@router.post("/sales/quotes/{quote_id}/revoke")
def quote_revoke(ctx: Editor, quote_id: RecordId) -> Response:
    quote = quotes.quote_to_edit(ctx, quote_id)
    for version in quotes.versions_of(ctx, quote.id):
        revoke_links(ctx, version_id=version.id)
    return see_other(ctx, f"/sales/quotes/{quote_id}")


@router.post("/sales/quotes/{quote_id}/accept")
def quote_accept(
    paper: AcceptedPaper, signed: SignedFile, typed: TypedForm, ctx: Editor, quote_id: RecordId
) -> Response:
    def record(form: AnswerForm) -> Order:
        return acceptance.accept_by_hand(ctx, quote_id, form, paper, signed.require())

    done = submitted(ctx, AnswerForm, typed, record)
    if isinstance(done, FormState):
        return quote_page(ctx, visible_quote(ctx, quote_id), answer=done, status=422)
    return see_other(ctx, deal_address(ctx, done.deal_id or 0))


@router.post("/sales/quotes/{quote_id}/decline")
def quote_decline(typed: TypedForm, ctx: Editor, quote_id: RecordId) -> Response:
    form = posted(ctx, RefusalForm, typed)
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


def saved(ctx: Ctx, quote_id: int, typed: Typed) -> Response | None:
    """Keep what a draft says beside its lines; the page with what is wrong, or None when it is kept."""
    done = submitted(ctx, QuoteForm, typed, lambda form: quotes.change_draft(ctx, quote_id, form))
    if isinstance(done, FormState):
        return quote_page(ctx, visible_quote(ctx, quote_id), draft=done, status=422)
    return None


def visible_quote(ctx: ReadCtx, quote_id: int) -> Quote:
    return one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))


def with_link(ctx: Ctx, quote_id: int, link: str) -> Response:
    """The page with the link to hand over, if there is one. It is shown this once, for only its hash is kept."""
    if not link:
        return see_other(ctx, f"/sales/quotes/{quote_id}")
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, f"/sales/quotes/{quote_id}"
    return quote_page(ctx, visible_quote(ctx, quote_id), link=link)


def quote_page(
    ctx: ReadCtx,
    quote: Quote,
    *,
    shown: int | None = None,
    draft: FormState[QuoteForm] | None = None,
    answer: FormState[AnswerForm] | None = None,
    letter: FormState[MailForm] | None = None,
    link: str = "",
    status: int = 200,
) -> Response:
    """A quote with one of its versions, the newest unless another is asked for."""
    versions = quotes.versions_of(ctx, quote.id)
    version = next((v for v in versions if v.version == (shown or quote.latest)), None)
    if version is None:
        raise NotFound
    buyer = buyer_of(version.buyer)
    agreed = {"by": buyer.name or buyer.company, "on": today(ctx), "version": version.version}
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
        draft=draft or filled_form(ctx, QuoteForm, version),
        answer=answer or blank_form(ctx, AnswerForm, initial=agreed),
        questions=questions_on(ctx, quote_id=quote.id),
        link=link,
        letter=letter or mail_form(ctx, quote, version),
        deal_url=deal_address(ctx, quote.deal_id) if quote.deal_id is not None else "",
        step=next_step(ctx, quote.deal_id) if quote.deal_id is not None else None,
        side=ctx.side(quotes.ref_of(quote)),
        how=texts.HOW,
        language=LANGUAGE_NAMES.get(version.language, version.language),
        sold_by=seller_name(ctx, quote.seller_id),
        can_print=can_print(),
    )


def mail_form(ctx: ReadCtx, quote: Quote, version: QuoteVersion) -> FormState[MailForm] | None:
    """The mail as it is proposed; None while there is nothing to send, or no way to."""
    if version.state == "draft" or not mailing.can_send(ctx):
        return None
    letter = mailing.quote_letter(ctx, quote, version)
    return blank_form(ctx, MailForm, initial={"to": letter.to, "text": letter.text})


def state_text(ctx: ReadCtx, version: QuoteVersion) -> tuple[object, str]:
    return texts.QUOTE_STATES["expired" if quotes.is_expired(version, today(ctx)) else version.state]
