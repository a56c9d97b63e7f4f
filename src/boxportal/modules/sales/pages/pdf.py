"""A PDF file as an answer, and the file that goes with a mail."""

import re
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from boxportal.modules.sales import acceptance, printed, quotes
from boxportal.modules.sales.access import visible_invoices, visible_quotes
from boxportal.modules.sales.forms import AnswerForm
from boxportal.modules.sales.handing_over import Paper
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.printing.printer import can_print
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import TypedForm, posted
from boxportal.sdk.web import Door, RecordId, edge_of


def pdf_answer(content: bytes, number: str) -> Response:
    """Show the file in the browser; saved, it is called as the document."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", number).strip("-") or "document"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


async def quote_paper(request: Request, quote_id: RecordId) -> bytes | None:
    """The quote as PDF, made before the route's own transaction begins: printing must not hold the writers' gate."""
    if not can_print():
        return None
    async with edge_of(request).reading(request, Door("sales.quote.edit")) as ctx:
        return await run_in_threadpool(_quote, ctx, quote_id)


async def invoice_paper(request: Request, invoice_id: RecordId) -> bytes | None:
    """The invoice as PDF, made as `quote_paper`."""
    if not can_print():
        return None
    async with edge_of(request).reading(request, Door("sales.invoice.edit")) as ctx:
        return await run_in_threadpool(_invoice, ctx, invoice_id)


async def accepted_paper(request: Request, quote_id: RecordId, typed: TypedForm) -> Paper | None:
    """The quote as PDF with the acceptance that is about to be recorded, made as `quote_paper`."""
    if not can_print():
        return None
    async with edge_of(request).reading(request, Door("sales.quote.edit")) as ctx:
        return await run_in_threadpool(_accepted, ctx, quote_id, typed)


AcceptedPaper = Annotated[Paper | None, Depends(accepted_paper)]
QuotePaper = Annotated[bytes | None, Depends(quote_paper)]
InvoicePaper = Annotated[bytes | None, Depends(invoice_paper)]


def _quote(ctx: ReadCtx, quote_id: int) -> bytes:
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    return printed.print_quote_version(ctx, quote, quotes.newest(ctx, quote))


def _accepted(ctx: ReadCtx, quote_id: int, typed: Typed) -> Paper | None:
    form = posted(ctx, AnswerForm, typed)
    return None if isinstance(form, FormState) else acceptance.paper_by_hand(ctx, quote_id, form)


def _invoice(ctx: ReadCtx, invoice_id: int) -> bytes:
    return printed.print_invoice(ctx, one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id)))
