"""How far the paper and the money of a deal are, and the one act that brings each step on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from boxportal.contracts.crm import Milestone, SalesStep, StepState
from boxportal.modules.sales.invoices import open_amount
from boxportal.modules.sales.papers import Documents, Papers, papers_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import ngettext
from boxportal.sdk.money import Money, format_money

LABELS = MappingProxyType({
    "quoted": _l("Quote"), "agreed": _l("Agreement"), "invoiced": _l("Invoice"), "shipped": _l("Shipment"),
    "paid": _l("Payment"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """What brings a step on: its words, its address, and whether that is posted to."""

    text: str = ""
    url: str = ""
    posts: bool = False


NOTHING = Act()


@dataclass(frozen=True, slots=True)
class Work:
    """Provides `boxportal.contracts.crm.SalesWork`."""

    ctx: ReadCtx

    def steps(self, deal_id: int) -> tuple[SalesStep, ...]:
        """One entry for each milestone that the deal's pipeline uses, in its order."""
        papers = papers_of(self.ctx, deal_id)
        return tuple(_MAKERS[milestone](papers) for milestone in papers.steps)

    def is_paid(self, deal_id: int) -> bool:
        """Whether there is something to pay and nothing of it is open."""
        return Documents(self.ctx, deal_id).is_paid


def next_step(ctx: ReadCtx, deal_id: int) -> SalesStep | None:
    """The first step that is not done and can be brought on now; none of a deal that the actor may not see."""
    try:
        steps = Work(ctx).steps(deal_id)
    except NotFound:
        return None
    return next((step for step in steps if step.state != "done" and step.act), None)


def _step(p: Papers, milestone: Milestone, state: StepState, act: Act, *document: str) -> SalesStep:
    """A step; `document` is its newest document's number and address."""
    number, url = document or ("", "")
    if state == "done" or not p.is_open:
        act = NOTHING
    return SalesStep(
        milestone=milestone,
        state=state,
        label=str(LABELS[milestone]),
        document=number,
        document_url=url,
        act=act.text,
        act_url=act.url,
        act_posts=act.posts,
    )


def _quoted(p: Papers) -> SalesStep:
    quote = p.quote
    if quote is None:
        return _step(p, "quoted", "done" if p.orders else "open", _first_act(p))
    url = f"/sales/quotes/{quote.id}"
    if quote.state == "draft":
        act = Act(_("Look through and send %(number)s", number=quote.number), url)
        return _step(p, "quoted", "partly", act, quote.number, url)
    if quote.state == "declined" and not p.orders:
        return _step(
            p, "quoted", "partly", _post(p, "sales.quote.create", _("Make a new version"), "quotes"), quote.number, url
        )
    return _step(p, "quoted", "done", NOTHING, quote.number, url)


def _agreed(p: Papers) -> SalesStep:
    if p.orders:
        order = p.orders[-1]
        return _step(p, "agreed", "done", NOTHING, order.number, f"/sales/orders/{order.id}")
    if "quoted" not in p.steps:
        act = (
            _first_act(p)
            if not p.lines
            else _open(p, "sales.order.create", _("Record that the client agreed"), "orders/new")
        )
        return _step(p, "agreed", "open", act)
    waits = p.quote is not None and p.quote.state == "sent" and p.ctx.can("sales.quote.edit")
    act = Act(_("Record the client's answer"), f"/sales/quotes/{p.quote.id}#answer") if waits and p.quote else NOTHING
    return _step(p, "agreed", "open", act)


def _invoiced(p: Papers) -> SalesStep:
    charged = [i for i in p.invoices if i.kind == "invoice"]
    issued = [i for i in charged if i.state == "issued"]
    newest = charged[-1] if charged else None
    number = newest.number if newest else ""
    url = f"/sales/invoices/{newest.id}" if newest else ""
    if issued and not any(line.to_invoice for line in p.progress):
        return _step(p, "invoiced", "done", NOTHING, number, url)
    if newest and newest.state == "draft":
        act = Act(_("Look through and issue the invoice"), url) if p.ctx.can("sales.invoice.issue") else NOTHING
        return _step(p, "invoiced", "partly", act, number or _("Draft"), url)
    act = _post(p, "sales.invoice.create", _make_invoice(p), "invoices") if p.is_agreed else NOTHING
    if p.is_agreed and not p.orders and not p.lines:
        act = _first_act(p)
    return _step(p, "invoiced", "partly" if issued else "open", act, number, url)


def _shipped(p: Papers) -> SalesStep:
    newest = p.shipments[-1] if p.shipments else None
    number, url = (newest.number, f"/sales/shipments/{newest.id}") if newest else ("", "")
    if len(p.shipments) > 1:
        number = ngettext("%(num)s shipment", "%(num)s shipments", len(p.shipments), num=len(p.shipments))
        url = f"{p.deal_url}#panel-sales-papers"
    if newest and not any(line.to_ship for line in p.progress):
        return _step(p, "shipped", "done", NOTHING, number, url)
    act = NOTHING
    if p.is_agreed and (p.orders or p.lines):
        text = _("Record that the rest was shipped") if newest else _("Record that all was shipped")
        act = _post(p, "sales.shipment.create", text, "shipments")
    return _step(p, "shipped", "partly" if newest else "open", act, number, url)


def _paid(p: Papers) -> SalesStep:
    newest = p.payments[-1] if p.payments else None
    document, url = "", ""
    if newest:
        came = sum(payment.amount for payment in p.payments if payment.currency == newest.currency)
        document = format_money(Money(came, newest.currency))
        url = f"/sales/payments/{newest.id}" if len(p.payments) == 1 else f"{p.deal_url}#panel-sales-papers"
    back = p.to_give_back
    if back and p.ctx.can("sales.payment.create"):
        note, due = back
        act = Act(
            _("Pay %(amount)s back", amount=format_money(Money(due, note.currency))),
            f"/sales/invoices/{note.id}/refund",
        )
        return _step(p, "paid", "partly", act, document, url)
    if p.is_paid:
        return _step(p, "paid", "done", NOTHING, document, url)
    waiting = [i for i in p.invoices if i.kind == "invoice" and i.state == "issued" and open_amount(i)]
    act = NOTHING
    if waiting and p.ctx.can("sales.payment.create"):
        rest = format_money(Money(open_amount(waiting[0]), waiting[0].currency))
        act = Act(
            _("Record that %(amount)s was paid", amount=rest), f"/sales/invoices/{waiting[0].id}/paid", posts=True
        )
    elif p.orders and "invoiced" not in p.steps and p.ctx.can("sales.payment.create"):
        act = Act(_("Record a payment"), f"/sales/deals/{p.deal_id}/payments/new")
    return _step(p, "paid", "partly" if newest else "open", act, document, url)


def _first_act(p: Papers) -> Act:
    """Write down what is sold, then offer it."""
    if not p.lines:
        return Act(_("Write down what is sold"), f"{p.deal_url}#panel-sales-lines")
    return _post(p, "sales.quote.create", _("Make a quote"), "quotes")


def _make_invoice(p: Papers) -> str:
    return _("Make the invoice from %(number)s", number=p.orders[-1].number) if p.orders else _("Make the invoice")


def _post(p: Papers, permission: str, text: str, what: str) -> Act:
    return Act(text, f"/sales/deals/{p.deal_id}/{what}", posts=True) if p.ctx.can(permission) else NOTHING


def _open(p: Papers, permission: str, text: str, what: str) -> Act:
    return Act(text, f"/sales/deals/{p.deal_id}/{what}") if p.ctx.can(permission) else NOTHING


_MAKERS: Mapping[Milestone, Callable[[Papers], SalesStep]] = MappingProxyType({
    "quoted": _quoted, "agreed": _agreed, "invoiced": _invoiced, "shipped": _shipped, "paid": _paid,
})  # fmt: skip
