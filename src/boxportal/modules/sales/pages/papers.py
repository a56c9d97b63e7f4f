"""Orders, payments and shipments on the screen."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from boxportal.contracts import sales as contracts
from boxportal.modules.sales import orders, payments, printed, shipments, texts
from boxportal.modules.sales.access import visible_invoices, visible_orders, visible_payments, visible_shipments
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.pages.pdf import pdf_answer
from boxportal.modules.sales.panels import can_edit
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.sellers import seller_name
from boxportal.modules.sales.shown import money, quantity, show_lines, show_totals
from boxportal.modules.sales.steps import next_step
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.events import RecordRef
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
OrderReader = Annotated[ReadCtx, reads("sales.order.see")]
OrderEditor = Annotated[Ctx, writes("sales.order.create")]
PaymentReader = Annotated[ReadCtx, reads("sales.payment.see")]
PaymentDeleter = Annotated[Ctx, writes("sales.payment.delete")]
ShipmentReader = Annotated[ReadCtx, reads("sales.shipment.see")]
ShipmentDeleter = Annotated[Ctx, writes("sales.shipment.delete")]


@router.get("/sales/orders/{order_id}")
def order_show(ctx: OrderReader, order_id: RecordId) -> Response:
    order = one(ctx.db, visible_orders(ctx).where(Order.id == order_id))
    progress = orders.progress_of(ctx, [order.id])
    shown = show_lines([p.line for p in progress], order.currency)
    return page(
        ctx,
        "sales/order.html",
        order=order,
        rows=[
            (line, quantity(p.invoiced, p.line.unit), quantity(p.shipped, p.line.unit))
            for line, p in zip(shown, progress, strict=True)
        ],
        totals=show_totals(order),
        buyer=buyer_of(order.buyer),
        sold_by=seller_name(ctx, order.seller_id),
        how=texts.HOW.get(order.accepted_how, order.accepted_how),
        deal_url=url_of(ctx, order.deal_id),
        step=next_step(ctx, order.deal_id) if order.deal_id is not None else None,
        side=ctx.side(orders.ref_of(order)),
        can_print=can_print(),
        may_edit=ctx.can("sales.order.create") and (order.deal_id is None or can_edit(ctx, order.deal_id)),
    )


@router.post("/sales/orders/{order_id}/contract")
def order_contract(
    ctx: OrderEditor, order_id: RecordId, contract_number: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    orders.change_contract(ctx, order_id, contract_number)
    return see_other(ctx, f"/sales/orders/{order_id}")


@router.get("/sales/orders/{order_id}/pdf")
def order_pdf(ctx: OrderReader, order_id: RecordId) -> Response:
    order = one(ctx.db, visible_orders(ctx).where(Order.id == order_id))
    return pdf_answer(printed.print_order(ctx, order), order.number)


@router.get("/sales/payments/{payment_id}")
def payment_show(ctx: PaymentReader, payment_id: RecordId) -> Response:
    payment = one(ctx.db, visible_payments(ctx).where(Payment.id == payment_id))
    return page(
        ctx,
        "sales/payment.html",
        payment=payment,
        amount=money(abs(payment.amount), payment.currency),
        method=texts.PAID_BY.get(payment.method, payment.method),
        sold_by=seller_name(ctx, payment.seller_id),
        invoice=ctx.db.scalar(visible_invoices(ctx).where(Invoice.id == payment.invoice_id)),
        deal_url=url_of(ctx, payment.deal_id),
        side=ctx.side(RecordRef(contracts.PAYMENT, payment.id)),
    )


@router.post("/sales/payments/{payment_id}/delete")
def payment_delete(ctx: PaymentDeleter, payment_id: RecordId) -> Response:
    return see_other(ctx, url_of(ctx, payments.remove_payment(ctx, payment_id)) or "/sales/invoices")


@router.get("/sales/shipments/{shipment_id}")
def shipment_show(ctx: ShipmentReader, shipment_id: RecordId) -> Response:
    shipment = one(ctx.db, visible_shipments(ctx).where(Shipment.id == shipment_id))
    lines = shipments.lines_of(ctx, shipment.id)
    return page(
        ctx,
        "sales/shipment.html",
        shipment=shipment,
        rows=[(line.description, quantity(part, line.unit)) for line, part in lines],
        sold_by=seller_name(ctx, shipment.seller_id),
        order=ctx.db.scalar(visible_orders(ctx).where(Order.id == shipment.order_id)),
        deal_url=url_of(ctx, shipment.deal_id),
        step=next_step(ctx, shipment.deal_id) if shipment.deal_id is not None else None,
        side=ctx.side(RecordRef(contracts.SHIPMENT, shipment.id)),
    )


@router.post("/sales/shipments/{shipment_id}/delete")
def shipment_delete(ctx: ShipmentDeleter, shipment_id: RecordId) -> Response:
    return see_other(ctx, url_of(ctx, shipments.remove_shipment(ctx, shipment_id)) or "/sales/invoices")


def url_of(ctx: ReadCtx, deal_id: int | None) -> str:
    return deal_address(ctx, deal_id) if deal_id is not None else ""
