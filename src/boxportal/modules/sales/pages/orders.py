"""An order without a quote, on the screen: who agreed, how, when, under which contract, with its signed file."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from boxportal.modules.sales import acceptance, orders, sellers
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import AnswerForm
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.pages.files import SentFile, SignedBy
from boxportal.modules.sales.shown import show_deal_totals, show_lines
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, submitted
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.order.create")]
Maker = Annotated[Ctx, writes("sales.order.create")]
SignedFile = Annotated[SentFile, Depends(SignedBy("sales.order.create"))]


@router.get("/sales/deals/{deal_id}/orders/new")
def order_new(ctx: Reader, deal_id: RecordId) -> Response:
    deals(ctx).view(deal_id, to_edit=True)
    if sellers.find_seller(ctx) is None:
        return see_other(ctx, f"/sales/deals/{deal_id}/orders/first")
    client = deals(ctx).client(deal_id)
    initial = {"by": client.name or client.company, "on": sellers.today(ctx)}
    return order_page(ctx, deal_id, blank_form(ctx, AnswerForm, initial=initial))


@router.post("/sales/deals/{deal_id}/orders/new")
def order_create(signed: SignedFile, typed: TypedForm, ctx: Maker, deal_id: RecordId) -> Response:
    def record(form: AnswerForm) -> Order:
        return acceptance.order_by_hand(ctx, deal_id, form, signed.require())

    done = submitted(ctx, AnswerForm, typed, record)
    if isinstance(done, FormState):
        return order_page(ctx, deal_id, done, status=422)
    return see_other(ctx, deal_address(ctx, deal_id))


def order_page(ctx: ReadCtx, deal_id: int, form: FormState[AnswerForm], status: int = 200) -> Response:
    deal, written = deals(ctx).view(deal_id), orders.lines_to_order(ctx, deal_id)
    return page(
        ctx,
        "sales/order_new.html",
        status=status,
        form=form,
        deal=deal,
        deal_url=deal_address(ctx, deal_id),
        menu_at=deal_address(ctx, deal_id),
        lines=show_lines(written, deal.currency),
        totals=show_deal_totals(written, deal.currency),
    )
