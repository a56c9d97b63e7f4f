"""The doors of the administration's pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from typing_extensions import override

from boxportal.kernel.companies import Company
from boxportal.kernel.request import SCOPE_VISIT
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.access import Actor
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.web import Door, Opens, edge_of, reads, writes

AdminRead = Annotated[ReadCtx, reads(admin=True)]
AdminWrite = Annotated[Ctx, writes(admin=True)]
BoxRead = Annotated[ReadCtx, reads(admin=True, box=True)]
"""Pages about the whole box: for administrators of its first company; others find nothing there."""
BoxWrite = Annotated[Ctx, writes(admin=True, box=True)]
AdminFresh = Annotated[Ctx, writes(admin=True, fresh=True)]
"""Dangerous acts: who has not proved for 15 minutes who they are is asked first, and comes back with the form kept."""
BoxFresh = Annotated[Ctx, writes(admin=True, box=True, fresh=True)]
ADMIN = Door(admin=True)
BOX = Door(admin=True, box=True)


def number_or_none(text: str) -> int | None:
    """The id that a choice sends; None for the empty choice and for what is no id."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 19 else None  # noqa: PLR2004 below 2^63


@dataclass(frozen=True, slots=True)
class Passed:
    """An administrator whose request was checked as any write, and whose transaction has ended.

    For acts that another process does: it could not write while this request still held the database.
    """

    actor: Actor
    company: Company
    snapshot: Snapshot
    address: str
    is_htmx: bool

    def go_to(self, url: str) -> Response:
        """Send the browser on, as `see_other` does."""
        if self.is_htmx:
            return Response(status_code=204, headers={"HX-Redirect": url})
        return RedirectResponse(url, status_code=303)


@dataclass(frozen=True, slots=True)
class Passes(Opens):
    """The dependency that gives a route a `Passed`. A repetition of the form is sent `back`."""

    back: str

    @override
    async def __call__(self, request: Request) -> AsyncIterator[Passed]:  # type: ignore[override]  # not a context
        async with edge_of(request).writing(request, self.door) as ctx:
            if ctx.answer is not None:
                ctx.answer.status, ctx.answer.location = 303, self.back
            passed = Passed(ctx.actor, company_of(ctx), snapshot_of(ctx), ctx.origin.address, ctx.origin.is_htmx)
        request.scope[SCOPE_VISIT].leave()  # the switch waits for all who read yet
        yield passed


def passes(back: str, door: Door = ADMIN) -> Any:  # noqa: ANN401 as Depends
    """Let an administrator's write through, without a transaction."""
    return Depends(Passes(door, writes=True, back=back), scope="function")
