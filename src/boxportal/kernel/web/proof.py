"""Before a dangerous act: the page that asks who it is, with the form that was sent kept in it."""

import json
from functools import partial
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from boxportal.kernel.identity.passkeys import count_passkeys, place_of
from boxportal.kernel.identity.standing import has_codes, has_password
from boxportal.kernel.request import is_part
from boxportal.kernel.web.saying import errors_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import DomainError
from boxportal.sdk.web import OR_ENROLLING, Door, edge_of, page, safe_path

SAFE_METHODS = frozenset({"GET", "HEAD"})


async def asked_for_proof(request: Request) -> Response:
    """Ask who it is. A page is come back to; a form is kept and sent on once the answer was right.

    A file can't be kept in a page, nor a part of one: then the way back is the page that it was sent from.
    """
    here = safe_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    if request.method in SAFE_METHODS and not is_part(request):
        return RedirectResponse(confirm_address(here), status_code=303)
    form = await request.form()
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": confirm_address(page_before(request))})
    if any(not isinstance(value, str) for value in form.values()):
        return RedirectResponse(confirm_address(page_before(request)), status_code=303)
    async with edge_of(request).reading(request, Door(stages=OR_ENROLLING)) as ctx:
        asked = partial(question, act=here, kept=kept_text(form), goal="", status=403)
        return await run_in_threadpool(asked, ctx)


def question(
    ctx: ReadCtx, *, act: str, kept: str, goal: str, error: DomainError | None = None, status: int = 200
) -> Response:
    """The page that asks; it goes on with the act and the fields it was sent, else to the goal."""
    return page(
        ctx,
        "kernel/confirm.html",
        status=error.status if error else status,
        act=act,
        kept=kept,
        next=goal,
        errors=errors_of(error) if error else {},
        has_password=has_password(ctx, ctx.actor.id or 0),
        asks_code=has_codes(ctx, ctx.actor.id or 0),
        with_passkey=bool(count_passkeys(ctx, ctx.actor.id or 0)) and not place_of(ctx).trouble,
    )


def confirm_address(goal: str) -> str:
    return f"/confirm?{urlencode({'next': goal})}"


def page_before(request: Request) -> str:
    """The page of this portal from which something was sent."""
    where = urlsplit(request.headers.get("referer", ""))
    is_ours = where.netloc == request.headers.get("host", "")
    return safe_path(where.path + (f"?{where.query}" if where.query else "")) if is_ours else "/"


def kept_text(form: FormData) -> str:
    """What was sent, but for the session's token, which the next page has its own of."""
    return json.dumps([(name, value) for name, value in form.multi_items() if name != "_csrf"])


def kept_fields(text: str) -> list[tuple[str, str]]:
    """The fields that `kept_text` wrote; what it can't have written is nothing."""
    try:
        return [(str(name), str(value)) for name, value in json.loads(text)]
    except (ValueError, TypeError):
        return []
