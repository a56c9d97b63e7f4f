"""A seller's logo: drawn anew before the route's own transaction begins, so that it holds no writer up; and shown."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms import Typed
from boxportal.sdk.forms_web import MAX_FIELDS
from boxportal.sdk.web import Door, edge_of

TAKEN_AWAY = "no_logo"
MOST_BYTES = 10 * 1024 * 1024
SIDE = 1200
"""Pixels of the longer side: about 500 dots an inch at the size it is printed in."""


@dataclass(frozen=True, slots=True)
class SentLogo:
    """What came with a form: a picture drawn anew, or what is wrong with it, or neither; `taken_away` says so."""

    png: bytes | None = None
    error: str = ""
    taken_away: bool = False

    def require(self) -> None:
        """Raises: Invalid when what was sent is no picture."""
        if self.error:
            raise Invalid({"logo": self.error})


@dataclass(frozen=True, slots=True)
class LogoOf:
    """The dependency that reads a form's logo: for whoever has the permission, so that no stranger has one drawn."""

    permission: str

    async def __call__(self, request: Request) -> SentLogo:
        form = await request.form(max_fields=MAX_FIELDS)
        sent = form.get("logo")
        content = b""
        if isinstance(sent, UploadFile):
            content = await sent.read(MOST_BYTES + 1)
            await sent.close()
        if not content:
            return SentLogo(taken_away=bool(form.get(TAKEN_AWAY)))
        async with edge_of(request).reading(request, Door(self.permission)) as ctx:
            try:
                return SentLogo(await run_in_threadpool(ctx.services.draw_picture, content, "logo", SIDE))
            except Invalid as error:
                return SentLogo(error=str(error.fields["logo"]))


def without_logo(typed: Typed) -> Typed:
    """The texts of the seller's own form."""
    return {name: texts for name, texts in typed.items() if name != TAKEN_AWAY}


FirstLogo = Annotated[SentLogo, Depends(LogoOf("sales.seller.create"))]
NewLogo = Annotated[SentLogo, Depends(LogoOf("sales.seller.edit"))]
