"""The client's page behind a private link: no account, no menu, in the client's language."""

from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from boxportal.modules.sales import client, printed, texts
from boxportal.modules.sales.handing_over import Paper
from boxportal.modules.sales.invoices import open_amount
from boxportal.modules.sales.pages.pdf import pdf_answer
from boxportal.modules.sales.parties import buyer_of, seller_of
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.shown import money, show_lines, show_totals
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, edge_of, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads(public=True)]
Writer = Annotated[Ctx, writes(public=True)]
Text = Annotated[str, Form()]


async def paper_to_accept(request: Request, token: str, name: Text = "") -> Paper | None:
    """The offer as PDF with its acceptance, made before the route's own transaction begins."""
    if not can_print():
        return None
    async with edge_of(request).reading(request, Door(public=True)) as ctx:
        return await run_in_threadpool(client.paper_to_accept, ctx, token, name=name)


ToAccept = Annotated[Paper | None, Depends(paper_to_accept)]


@router.get("/s/{token}")
def client_show(ctx: Reader, token: str, asked: bool = False) -> Response:  # noqa: FBT001, FBT002 a query
    return client_page(ctx, token, asked=asked)


@router.get("/s/{token}/pdf")
def client_pdf(ctx: Reader, token: str) -> Response:
    shown = client.open_page(ctx, token)
    if shown.invoice is not None:
        return pdf_answer(printed.print_invoice(ctx, shown.invoice), shown.number)
    if shown.quote is None or shown.answer is None:
        raise NotFound
    return pdf_answer(printed.print_quote_version(ctx, shown.quote, shown.answer), shown.number)


@router.get("/s/{token}/logo")
def client_logo(ctx: Reader, token: str) -> Response:
    picture = ctx.services.picture(seller_of(client.open_page(ctx, token).document.seller).logo)
    if picture is None:
        raise NotFound
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(picture, media_type="image/png", headers=headers)


@router.post("/s/{token}/accept")
def client_accept(paper: ToAccept, ctx: Writer, token: str, name: Text = "") -> Response:
    try:
        client.accept(ctx, token, name=name, paper=paper)
    except (Invalid, RuleBroken) as error:
        return client_page(ctx, token, errors=errors_of(error), kept={"name": name}, status=error.status)
    return see_other(ctx, f"/s/{token}")


@router.post("/s/{token}/decline")
def client_decline(ctx: Writer, token: str, comment: Text = "") -> Response:
    try:
        client.decline(ctx, token, comment=comment)
    except RuleBroken as error:
        return client_page(ctx, token, errors=errors_of(error), kept={"comment": comment}, status=error.status)
    return see_other(ctx, f"/s/{token}")


@router.post("/s/{token}/ask")
def client_ask(ctx: Writer, token: str, text: Text = "", asker: Text = "") -> Response:
    try:
        client.ask(ctx, token, name=asker, text=text)
    except Invalid as error:
        return client_page(ctx, token, errors=errors_of(error), kept={"text": text, "asker": asker}, status=422)
    return see_other(ctx, f"/s/{token}?asked=true#ask")


def errors_of(error: Invalid | RuleBroken) -> dict[str, object]:
    return error.fields if isinstance(error, Invalid) else {"": error.message}


def client_page(
    ctx: ReadCtx,
    token: str,
    *,
    asked: bool = False,
    errors: dict[str, object] | None = None,
    kept: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The document as its client sees it. What was typed stays when something is wrong."""
    shown = client.open_page(ctx, token)
    document = shown.document
    with use_locale(document.language):
        return page(
            ctx,
            "sales/client.html",
            status=status,
            shown=shown,
            kind=texts.INVOICE_KINDS.get(shown.kind, ""),
            here=f"/s/{token}",
            lines=show_lines(shown.lines, document.currency),
            totals=show_totals(document),
            seller=seller_of(document.seller),
            buyer=buyer_of(document.buyer),
            standing=standing_of(shown),
            credited_by=", ".join(note.number for note in shown.notes),
            open=money(open_amount(shown.invoice), document.currency) if shown.invoice else "",
            asked=asked,
            can_print=can_print(),
            errors=errors or {},
            kept=kept or {},
        )


def standing_of(shown: client.ClientPage) -> list[tuple[str, str]]:
    """How an issued document stands, as rows of name and text: what was credited, what came in, what is open."""
    invoice = shown.invoice
    if invoice is None:
        return []
    if invoice.kind == "credit_note":
        rows = [(_("For invoice"), shown.corrected)] if shown.corrected else []
        return [*rows, *([(_("Paid back"), money(invoice.paid, invoice.currency))] if invoice.paid else [])]
    rows = []
    if shown.notes:
        credited, numbers = money(invoice.credited, invoice.currency), ", ".join(note.number for note in shown.notes)
        rows.append((_("Credited"), _("%(amount)s by %(numbers)s", amount=credited, numbers=numbers)))
    if invoice.paid:
        rows.append((_("Paid"), money(invoice.paid, invoice.currency)))
    if rows and invoice.state == "issued":
        rows.append((_("Still open"), money(open_amount(invoice), invoice.currency)))
    return rows
