"""Search over everything that the actor may see: the palette's results, and a page of its own."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from boxportal.kernel.running import snapshot_of
from boxportal.kernel.search.find import LONGEST, find
from boxportal.kernel.web.render import all_menus
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads

router = Router()
IN_PALETTE = 5


@router.get("/search")
def search(ctx: Annotated[ReadCtx, reads()], q: Annotated[str, Query(max_length=LONGEST)] = "") -> Response:
    snapshot = snapshot_of(ctx)
    if not ctx.origin.is_htmx:
        return page(ctx, "kernel/search.html", query=q, hits=find(ctx, snapshot, q), places=[])
    places = [entry for item in all_menus(ctx, snapshot) for entry in item.places]
    fitting = [entry for entry in places if q.strip().casefold() in entry.title.casefold()]
    hits = find(ctx, snapshot, q, per_kind=IN_PALETTE)
    return page(ctx, "kernel/_search_hits.html", query=q, hits=hits, places=fitting)
