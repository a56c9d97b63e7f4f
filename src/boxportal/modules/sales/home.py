"""What sales shows on Home: money that is late."""

from collections.abc import Mapping

from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.invoices import open_amount
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.shown import money
from boxportal.sdk.context import ReadCtx

SHOWN = 6


def overdue(ctx: ReadCtx) -> Mapping[str, object] | None:
    """Invoices past their day with something open, the longest overdue first; hidden when there are none."""
    late = visible_invoices(ctx).where(Invoice.is_open.is_(True), Invoice.due_on < today(ctx))
    rows = ctx.db.scalars(late.order_by(Invoice.due_on, Invoice.id).limit(SHOWN + 1)).all()
    shown = [(row, money(open_amount(row), row.currency)) for row in rows[:SHOWN]]
    return {"invoices": shown, "more": len(rows) > SHOWN} if rows else None
