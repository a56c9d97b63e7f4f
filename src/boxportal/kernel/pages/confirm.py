"""Asks who it is before a dangerous act, and goes on with what was sent."""

from functools import partial
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.directory.signing import Directory
from boxportal.kernel.identity import proofs
from boxportal.kernel.identity.passkey_use import prove_with_passkey
from boxportal.kernel.pages.sign_in import waiting
from boxportal.kernel.web.proof import kept_fields, question
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken, TooManyTries
from boxportal.sdk.routing import Router
from boxportal.sdk.web import OR_ENROLLING, Door, edge_of, page, reads, safe_path

router = Router()
MINE = Door(stages=OR_ENROLLING)


class ConfirmForm(BaseModel):
    """The proof, and what to go on with: an act with the fields it was sent, or a page."""

    password: str = ""
    code: str = ""
    credential: str = ""
    act: str = ""
    kept: str = ""
    next: str = "/"


@router.get("/confirm")
def confirm(ctx: Annotated[ReadCtx, reads(stages=OR_ENROLLING)], next: str = "/") -> Response:  # noqa: A002 the address' own word
    return question(ctx, act="", kept="", goal=safe_path(next))


@router.post("/confirm")
async def confirm_post(request: Request, form: Annotated[ConfirmForm, Form()]) -> Response:
    act = safe_path(form.act, "")
    try:
        if form.credential:
            await prove_with_passkey(request, form.credential)
        else:
            await proofs.prove(request, MINE, form.password, form.code, Directory())
    except (Invalid, RuleBroken, TooManyTries) as error:
        async with edge_of(request).reading(request, MINE) as ctx:
            asked = partial(question, act=act, kept=form.kept, goal=safe_path(form.next), error=error)
            return waiting(await run_in_threadpool(asked, ctx), error)
    if not act:
        return RedirectResponse(safe_path(form.next), status_code=303)
    async with edge_of(request).reading(request, MINE) as ctx:
        return await run_in_threadpool(page, ctx, "kernel/go_on.html", act=act, fields=kept_fields(form.kept))
