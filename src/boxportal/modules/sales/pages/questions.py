"""A client's question on the screen: how to reach who asked, and the answer by mail."""

from typing import Annotated
from urllib.parse import quote as quoted

from fastapi.responses import Response

from boxportal.modules.sales import answering
from boxportal.modules.sales.answering import Asked
from boxportal.modules.sales.forms import ReplyForm
from boxportal.modules.sales.parties import buyer_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, submitted
from boxportal.sdk.phones import parse_phone
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
# Who sees a quote need not see invoices, and the other way round: the service looks which of them was asked about.
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]


@router.get("/sales/questions/{question_id}")
def question_show(ctx: Reader, question_id: RecordId) -> Response:
    return question_page(ctx, answering.question_asked(ctx, question_id))


@router.post("/sales/questions/{question_id}/answer")
def question_answer(typed: TypedForm, ctx: Writer, question_id: RecordId) -> Response:
    done = submitted(ctx, ReplyForm, typed, lambda form: answering.answer_question(ctx, question_id, form))
    if isinstance(done, FormState):
        return question_page(ctx, answering.question_asked(ctx, question_id), done, status=422)
    return see_other(ctx, f"/sales/questions/{question_id}")


def question_page(ctx: ReadCtx, asked: Asked, form: FormState[ReplyForm] | None = None, status: int = 200) -> Response:
    """A question with its answer, or with the ways to answer it."""
    buyer, question = buyer_of(asked.document.buyer), asked.question
    phone = parse_phone(buyer.phone, buyer.country or ctx.company.country)
    can_mail = ctx.can_mail and question.answered_at is None and answering.may_answer(ctx, asked)
    return page(
        ctx,
        "sales/question.html",
        status=status,
        question=question,
        record=asked.record,
        here=f"/sales/questions/{question.id}",
        back=ctx.services.address(asked.ref),
        buyer=buyer,
        phone=phone,
        mailto=f"mailto:{quoted(buyer.email)}?subject={quoted(answering.subject_of(asked))}" if buyer.email else "",
        answered_by=answering.answerer(ctx, question),
        form=form or (blank_form(ctx, ReplyForm, initial={"to": buyer.email}) if can_mail else None),
        deal_id=asked.record.deal_id,
    )
