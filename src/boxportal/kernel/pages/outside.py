"""What the test link shows to whoever opens it outside: one button, and what the portal saw."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.kernel.letting_in.trying import come_in, find_try
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, writes

router = Router(prefix="/door")


@router.get("/{token}")
def door_try(ctx: Annotated[ReadCtx, reads(public=True)], token: str) -> Response:
    find_try(ctx, token)
    return page(ctx, "kernel/door_try.html", seen=None)


@router.post("/{token}")
def door_tried(ctx: Annotated[Ctx, writes(public=True)], token: str) -> Response:
    return page(ctx, "kernel/door_try.html", seen=come_in(ctx, token))
