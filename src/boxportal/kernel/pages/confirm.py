"""Asks who it is before a dangerous act, and goes on with what was sent."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import proofs
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.web.proof import TEMPLATE, kept_fields
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid, TooManyTries
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, edge_of, page, reads, safe_path

router = Router()
MINE = Door()


class ConfirmForm(BaseModel):
    """The proof, and what to go on with: an act with the fields it was sent, or a page."""

    password: str = ""
    act: str = ""
    kept: str = ""
    next: str = "/"


@router.get("/confirm")
def confirm(ctx: Annotated[ReadCtx, reads()], next: str = "/") -> Response:  # noqa: A002 the address' own word
    return page(ctx, TEMPLATE, act="", kept="", next=safe_path(next), errors={})


@router.post("/confirm")
async def confirm_post(request: Request, form: Annotated[ConfirmForm, Form()]) -> Response:
    act = safe_path(form.act, "")
    try:
        await proofs.prove(request, MINE, form.password)
    except (Invalid, TooManyTries) as error:
        values = {"act": act, "kept": form.kept, "next": safe_path(form.next), "errors": errors_of(error)}
        async with edge_of(request).reading(request, MINE) as ctx:
            answer = await run_in_threadpool(page, ctx, TEMPLATE, status=error.status, **values)
        if isinstance(error, TooManyTries):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if not act:
        return RedirectResponse(safe_path(form.next), status_code=303)
    async with edge_of(request).reading(request, MINE) as ctx:
        return await run_in_threadpool(page, ctx, "kernel/go_on.html", act=act, fields=kept_fields(form.kept))
