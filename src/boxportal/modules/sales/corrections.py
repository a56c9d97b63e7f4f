"""Correct an issued invoice: a credit note takes it or a part back, a new draft says it right; all stay linked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import case, func, or_, select

from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.crediting import UNTOUCHED, Done, PartSum, Piece, discount_of, part_sums
from boxportal.modules.sales.invoices import (
    begin_like,
    cancel_proforma,
    invoice_to_edit,
    lines_of,
    new_like,
    number_invoice,
    open_amount,
    ref_of,
)
from boxportal.modules.sales.models.invoices import CreditedLine, Invoice, InvoiceLine
from boxportal.modules.sales.reckoning import add_up, copy_line, terms_of
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.settling import settle_deal
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.money import Money, format_money

Pieces = Mapping[int, Piece]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Left:
    """A line of an invoice, and how much of it no credit note has taken back: quantity, and amount in minor units."""

    line: InvoiceLine
    quantity: Decimal
    amount: int
    done: Done


def left_of(ctx: ReadCtx, invoice: Invoice) -> list[Left]:
    """The lines of an issued invoice, with what of them can still be credited."""
    lines = lines_of(ctx, invoice.id)
    done = _credited(ctx, lines)
    is_whole = bool(invoice.credited) and invoice.credited >= invoice.gross
    if is_whole:
        done = {line.id: Done(line.quantity, line.amount) for line in lines}
    return [_left(line, done.get(line.id, UNTOUCHED)) for line in lines]


def can_credit(ctx: ReadCtx, invoice: Invoice) -> bool:
    """Whether something of the invoice is left to be credited."""
    is_one = invoice.kind == "invoice" and invoice.state == "issued"
    return is_one and any(left.quantity for left in left_of(ctx, invoice))


def correct_invoice(ctx: Ctx, invoice_id: int, *, reason: str, again: bool = True) -> Invoice:
    """Issue a credit note for all that is left of the invoice and, with `again`, a draft that takes its place.

    Returns the draft, or the credit note when there is none. Raises: NotPermitted, NotFound, RuleBroken.
    """
    invoice, left = _to_credit(ctx, invoice_id)
    parts = {one.line.id: Piece(one.quantity) for one in left if one.quantity}
    discounts = _discounts(invoice, left, parts)
    note = _credit(ctx, invoice, left, parts, reason, counts=True)
    quantities = {line_id: piece.quantity for line_id, piece in parts.items()}
    draft = new_like(ctx, invoice, "invoice", quantities, discounts) if again else None
    if draft:
        draft.replaces_id, draft.reason = invoice.id, reason
    ctx.db.flush()
    return draft or note


def replace_proforma(ctx: Ctx, invoice_id: int, *, reason: str) -> Invoice:
    """Cancel a proforma, and give a draft that says the same, to be put right, in its place.

    Raises: NotPermitted, NotFound, RuleBroken for a tax invoice, or when money came in for it.
    """
    ctx.require("sales.invoice.create")
    invoice = cancel_proforma(ctx, invoice_id, reason=reason)
    draft = new_like(ctx, invoice, "proforma", {line.id: line.quantity for line in lines_of(ctx, invoice.id)})
    draft.replaces_id, draft.reason = invoice.id, reason
    ctx.db.flush()
    return draft


def credit_part(ctx: Ctx, invoice_id: int, parts: Pieces, *, reason: str, again: bool = False) -> Invoice:
    """Issue a credit note for a part of the invoice: of these of its lines, by their ids, a quantity or an amount.

    An amount is in the prices' own terms, with tax where they contain it, and makes what is left of the line cheaper.
    With `again` the order has this part to be invoiced once more; else it is settled.
    Raises: NotPermitted, NotFound, RuleBroken when the note would be for nothing or for more than is left of the sum,
    Invalid that names the line of which less is left.
    """
    invoice, left = _to_credit(ctx, invoice_id)
    known = {one.line.id: one for one in left}
    errors: dict[str, object] = {}
    for number, (line_id, piece) in enumerate(parts.items()):
        errors |= {f"lines.{number}.{field}": text for field, text in _wrong(known.get(line_id), piece).items()}
    wanted = {line_id: piece for line_id, piece in parts.items() if piece.quantity or piece.off}
    if not wanted:
        errors[""] = _l("Say how much of something is credited.")
    if errors:
        raise Invalid(errors)
    return _credit(ctx, invoice, left, wanted, reason, counts=again)


def related_to(ctx: ReadCtx, invoice: Invoice) -> list[Invoice]:
    """The other invoices that a correction ties this one to: what it corrects or replaces, and what does so to it."""
    root = invoice.corrects_id or invoice.replaces_id or invoice.id
    family = [root, invoice.id]
    tied = or_(Invoice.id == root, Invoice.corrects_id.in_(family), Invoice.replaces_id.in_(family))
    found = ctx.db.scalars(visible_invoices(ctx).where(tied).order_by(Invoice.id)).all()
    return [other for other in found if other.id != invoice.id]


def _to_credit(ctx: Ctx, invoice_id: int) -> tuple[Invoice, list[Left]]:
    invoice = invoice_to_edit(ctx, invoice_id)
    ctx.require("sales.invoice.issue")
    if invoice.kind != "invoice" or invoice.state != "issued":
        raise RuleBroken(_l("Only an issued invoice can be corrected."))
    left = left_of(ctx, invoice)
    if not any(one.quantity for one in left):
        raise RuleBroken(_l("This invoice was corrected already."))
    return invoice, left


def _left(line: InvoiceLine, done: Done) -> Left:
    """What is left of a line; of one whose price was brought down to nothing no quantity is left to credit."""
    amount = line.amount - done.amount
    return Left(line, ZERO if done.is_reduced and not amount else line.quantity - done.quantity, amount, done)


def _wrong(left: Left | None, piece: Piece) -> Mapping[str, object]:
    """What is wrong with a piece, by the name of its field."""
    most, amount = (left.quantity, left.amount) if left else (ZERO, 0)
    if abs(piece.quantity) > abs(most) or piece.quantity * most < 0:
        return {"quantity": _l("There is less than that left to credit.")}
    if piece.off and piece.quantity:
        return {"amount": _l("Credit either a quantity of a line or an amount.")}
    if piece.off and not (most and 0 < piece.off <= amount):
        return {"amount": _l("There is less than that left to credit.")}
    return {}


def _discounts(invoice: Invoice, left: Sequence[Left], parts: Pieces) -> Mapping[int, int]:
    """What a new draft takes off the lines whose price was reduced, so that it begins with the reduced one."""
    before, terms = {one.line.id: one.done for one in left}, terms_of(invoice)
    reduced = [one.line for one in left if one.done.is_reduced and one.line.id in parts]
    return {line.id: discount_of(line, before, parts[line.id], terms) for line in reduced}


def _credit(ctx: Ctx, invoice: Invoice, left: Sequence[Left], parts: Pieces, reason: str, *, counts: bool) -> Invoice:
    """Issue the note. `counts`: what it takes back is to be invoiced again."""
    lines = [one.line for one in left]
    before = {one.line.id: one.done for one in left}
    sums = part_sums(lines, before, parts, terms_of(invoice))
    note = begin_like(ctx, invoice, "credit_note")
    note.corrects_id, note.reason = invoice.id, reason
    mine = [line for line in lines if line.id in parts]
    known = {one.line.id: one for one in left}
    made = [_note_line(note, known[line.id], parts[line.id], sums[line.id], counts=counts) for line in mine]
    add_up(note, made)
    _require_within(invoice, note.gross)
    ctx.db.add_all(made)
    ctx.db.flush()
    ties = zip(made, mine, strict=True)
    ctx.db.add_all([CreditedLine(credit_line_id=one.id, invoice_line_id=line.id) for one, line in ties])
    number_invoice(ctx, note, today(ctx))
    invoice.credited += note.gross
    invoice.is_open = open_amount(invoice) > 0
    after: dict[str, object] = {"reason": reason, "credit_note": note.number}
    ctx.audit(AuditEntry(action="sales.invoice.correct", ref=ref_of(invoice), title=invoice.title, after=after))
    if invoice.deal_id is not None:
        settle_deal(ctx, invoice.deal_id)
    return note


def _require_within(invoice: Invoice, amount: int) -> None:
    """Refuse a note that takes nothing back, or with which more would be credited than was charged.

    Lines below nothing (goods taken back, a discount of its own) make both possible; they are credited with the rest.
    """
    if amount <= 0:
        raise RuleBroken(_l("A credit note takes something back: its lines have to add up to more than nothing."))
    if not 0 <= invoice.credited + amount <= invoice.gross:
        rest = format_money(Money(invoice.gross - invoice.credited, invoice.currency))
        raise RuleBroken(
            _l("Of this invoice %(amount)s is left to credit. Credit its lines below nothing together with the others.",
               amount=rest)
        )  # fmt: skip


def _note_line(note: Invoice, left: Left, piece: Piece, part: PartSum, *, counts: bool) -> InvoiceLine:
    """A line of the note. One that only takes of the amount has no quantity, and so counts for no order."""
    line = left.line
    made = copy_line(line, InvoiceLine, invoice_id=note.id, ordered_id=line.ordered_id if counts else None)
    made.quantity, made.discount_amount = piece.quantity, part.discount
    if piece.off:
        with use_locale(note.language):
            why = _("Price reduction")
        made.description = f"{line.description}\n{why}"
        made.unit, made.unit_price, made.ordered_id = "", ZERO, None
    if piece.off or left.done.is_reduced:
        made.discount_percent = ZERO
    made.amount, made.net, made.tax, made.gross = part.amount, part.net, part.tax, part.gross
    return made


def _credited(ctx: ReadCtx, lines: Sequence[InvoiceLine]) -> Mapping[int, Done]:
    """How much of each line the credit notes have taken back."""
    off = case((InvoiceLine.quantity == 0, func.abs(InvoiceLine.amount)), else_=0)
    counted = (
        select(
            CreditedLine.invoice_line_id,
            func.sum(InvoiceLine.quantity, type_=InvoiceLine.quantity.type),
            func.sum(InvoiceLine.amount),
            func.sum(off),
        )
        .join(InvoiceLine, InvoiceLine.id == CreditedLine.credit_line_id)
        .where(CreditedLine.invoice_line_id.in_([line.id for line in lines]))
        .group_by(CreditedLine.invoice_line_id)
    )
    return {
        line: Done(quantity, int(amount), is_reduced=bool(reduced))
        for line, quantity, amount, reduced in ctx.db.execute(counted)
    }
