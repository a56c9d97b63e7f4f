"""Administration: the guards, how each stands and why, and what to do next."""

from typing import Annotated

from fastapi import Form, Path
from fastapi.responses import Response

from boxportal.kernel.pages.admin.doors import AdminRead, AdminWrite, Passed, passes
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other

# The guards' texts and checks take memory: they are imported by whoever opens the page, not by every server.
router = Router(prefix="/admin/protection")
BACK = "/admin/protection"
Pass = Annotated[Passed, passes(BACK)]
GuardId = Annotated[str, Path(max_length=40)]
Reason = Annotated[str, Form(max_length=400)]


@router.get("")
def protection(ctx: AdminRead) -> Response:
    return protection_page(ctx)


@router.get("/report")
def protection_report(ctx: AdminRead) -> Response:
    """The report to print: all on one page, with the letter."""
    from boxportal.kernel.protection.cards import answers_of, cards_of, letter_of  # noqa: PLC0415 see above
    from boxportal.kernel.protection.paper import can_print  # noqa: PLC0415 see above

    cards = cards_of(ctx)
    return page(
        ctx,
        "kernel/admin/protection_report.html",
        answers=answers_of(cards),
        letter=letter_of(cards),
        company=ctx.company.title,
        can_print=can_print(),
        looked_at=max((card.seen.at for card in cards if card.seen), default=None),
    )


@router.get("/report/pdf")
def protection_pdf(ctx: AdminRead) -> Response:
    """The same as a file. Raises: RuleBroken where PDF is not installed."""
    from boxportal.kernel.protection.cards import cards_of  # noqa: PLC0415 see above
    from boxportal.kernel.protection.paper import print_report  # noqa: PLC0415 see above

    headers = {"Content-Disposition": f'attachment; filename="protection-{ctx.now:%Y-%m-%d}.pdf"'}
    return Response(print_report(ctx, cards_of(ctx)), media_type="application/pdf", headers=headers)


@router.post("/test")
async def protection_test(passed: Pass) -> Response:
    """Look at all guards now; takes a few seconds, in a process beside the server."""
    from boxportal.kernel.protection.child import look_in_child  # noqa: PLC0415 see above

    await look_in_child(passed.company)
    return passed.go_to(BACK)


@router.post("/{guard_id}/on")
def protection_on(ctx: AdminWrite, guard_id: GuardId) -> Response:
    from boxportal.kernel.protection.acts import turn_on  # noqa: PLC0415 see above

    try:
        return see_other(ctx, f"{BACK}#{turn_on(ctx, guard_id).id}")
    except RuleBroken as error:
        return protection_page(ctx, guard_id, error)


@router.post("/{guard_id}/off")
def protection_off(ctx: AdminWrite, guard_id: GuardId) -> Response:
    from boxportal.kernel.protection.acts import turn_off  # noqa: PLC0415 see above

    try:
        return see_other(ctx, f"{BACK}#{turn_off(ctx, guard_id).id}")
    except RuleBroken as error:
        return protection_page(ctx, guard_id, error)


@router.post("/{guard_id}/dismiss")
def protection_dismiss(ctx: AdminWrite, guard_id: GuardId, reason: Reason = "") -> Response:
    from boxportal.kernel.protection.acts import set_aside  # noqa: PLC0415 see above

    try:
        return see_other(ctx, f"{BACK}#{set_aside(ctx, guard_id, reason).id}")
    except Invalid as error:
        return protection_page(ctx, guard_id, error, typed=reason)


@router.post("/{guard_id}/return")
def protection_return(ctx: AdminWrite, guard_id: GuardId) -> Response:
    from boxportal.kernel.protection.acts import take_back  # noqa: PLC0415 see above

    try:
        return see_other(ctx, f"{BACK}#{take_back(ctx, guard_id).id}")
    except RuleBroken as error:
        return protection_page(ctx, guard_id, error)


def protection_page(ctx: ReadCtx, wrong: str = "", error: DomainError | None = None, *, typed: str = "") -> Response:
    from boxportal.kernel.protection.cards import answers_of, cards_of  # noqa: PLC0415 see above

    cards = cards_of(ctx)
    return page(
        ctx,
        "kernel/admin/protection.html",
        status=error.status if error else 200,
        answers=answers_of(cards),
        looked_at=max((card.seen.at for card in cards if card.seen), default=None),
        wrong=wrong,
        errors=errors_of(error) if error else {},
        typed=typed,
    )
