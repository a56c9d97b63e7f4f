"""The doors of the administration's pages."""

from typing import Annotated

from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.web import Door, reads, writes

AdminRead = Annotated[ReadCtx, reads(admin=True)]
AdminWrite = Annotated[Ctx, writes(admin=True)]
ADMIN = Door(admin=True)


def number_or_none(text: str) -> int | None:
    """The id that a choice sends; None for the empty choice and for what is no id."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 19 else None  # noqa: PLR2004 below 2^63
