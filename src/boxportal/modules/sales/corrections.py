"""Correct an issued invoice: a credit note takes it back, a new draft says it right, and the three stay linked."""

from sqlalchemy import or_

from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.invoices import invoice_to_edit, new_like, number_invoice, ref_of
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.settling import settle_deal
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l


def correct_invoice(ctx: Ctx, invoice_id: int, *, reason: str, again: bool = True) -> Invoice:
    """Issue a credit note for the whole invoice and, with `again`, a draft that takes its place.

    Returns the draft, or the credit note when there is none. Raises: NotPermitted, NotFound, RuleBroken.
    """
    invoice = invoice_to_edit(ctx, invoice_id)
    ctx.require("sales.invoice.issue")
    if invoice.kind != "invoice" or invoice.state != "issued":
        raise RuleBroken(_l("Only an issued invoice can be corrected."))
    if invoice.credited:
        raise RuleBroken(_l("This invoice was corrected already."))
    note = new_like(ctx, invoice, "credit_note")
    note.corrects_id, note.reason = invoice.id, reason
    number_invoice(ctx, note, today(ctx))
    invoice.credited, invoice.is_open = note.gross, False
    draft = new_like(ctx, invoice, "invoice") if again else None
    if draft:
        draft.replaces_id, draft.reason = invoice.id, reason
    ctx.audit(
        AuditEntry(action="sales.invoice.correct", ref=ref_of(invoice), title=invoice.title, after={"reason": reason})
    )
    if invoice.deal_id is not None:
        settle_deal(ctx, invoice.deal_id)
    ctx.db.flush()
    return draft or note


def related_to(ctx: ReadCtx, invoice: Invoice) -> list[Invoice]:
    """The other invoices that a correction ties this one to: what it corrects or replaces, and what does so to it."""
    root = invoice.corrects_id or invoice.replaces_id or invoice.id
    family = [root, invoice.id]
    tied = or_(Invoice.id == root, Invoice.corrects_id.in_(family), Invoice.replaces_id.in_(family))
    found = ctx.db.scalars(visible_invoices(ctx).where(tied).order_by(Invoice.id)).all()
    return [other for other in found if other.id != invoice.id]
