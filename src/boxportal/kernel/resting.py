"""What outsiders meet at the live addresses of a module that rests: a polite page; what they send is kept for it."""

from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.identity.throttle import count_or_refuse
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Busy, Invalid, NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.ipaddr import network_of
from boxportal.sdk.web import Door, edge_of, page

KEPT_POST = "kept-post"
MOST_FIELDS, MOST_LETTERS = 40, 20_000
TRIES = 10
MOST_WAITING = 5000


async def resting(request: Request, word: str, module_id: str) -> Response:
    """Answer in place of a module that is off or being prepared.

    A post to an address whose posts the module keeps waits in the outbox under `<module>.kept-post`, and its handler
    gets it when the module returns: path, fields, the sender's address and page, and when it came. Whoever posts to
    another one, from a page that they opened before, reads that nothing was recorded.
    Raises: NotFound for other methods, TooManyTries, Busy, Invalid, NotPermitted (a forgery).
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise NotFound
    if request.method != "POST" or word not in load_catalog().entries[module_id].manifest.keeps:
        async with edge_of(request).reading(request, Door(public=True)) as ctx:
            return await run_in_threadpool(rest_page, ctx, posted=request.method == "POST")
    fields = await fields_of(request)
    origin = request.headers.get("origin", "")[:200]
    async with edge_of(request).writing(request, Door(public=True, anywhere=True)) as ctx:
        await run_in_threadpool(keep, ctx, f"{module_id}.{KEPT_POST}", fields, origin)
        return await run_in_threadpool(page, ctx, "kernel/resting.html", kept=True, lost=False)


async def closed(request: Request) -> Response:
    """Answer in place of all that is for outsiders while the public door is closed; what they send is not taken in."""
    posted = request.method not in ("GET", "HEAD")
    async with edge_of(request).reading(request, Door(public=True, anywhere=True)) as ctx:
        return await run_in_threadpool(rest_page, ctx, posted=posted)


def rest_page(ctx: ReadCtx, *, posted: bool) -> Response:
    return page(ctx, "kernel/resting.html", status=503 if posted else 200, kept=False, lost=posted)


async def fields_of(request: Request) -> dict[str, str]:
    """The texts of a form, within bounds; files are left out.

    Raises: Invalid.
    """
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    fields = {name: value for name, value in form.items() if isinstance(value, str) and name != "_csrf"}
    if sum(len(name) + len(value) for name, value in fields.items()) > MOST_LETTERS:
        raise Invalid({"": _("This is too long.")})
    return fields


def keep(ctx: Ctx, topic: str, fields: dict[str, str], origin: str) -> None:
    """Put a post into the outbox, where it waits until its module is on.

    Raises: TooManyTries for one sender, Busy when there are too many altogether.
    """
    count_or_refuse(ctx.db, ctx.now, {f"kept-post:{network_of(ctx.origin.address)}": TRIES})
    waiting = select(func.count()).select_from(OutboxItem).where(OutboxItem.topic == topic)
    if (ctx.db.scalar(waiting.where(OutboxItem.state == "waiting")) or 0) >= MOST_WAITING:
        raise Busy
    payload = {"path": ctx.origin.path, "fields": fields, "address": ctx.origin.address, "origin": origin,
               "own_origin": ctx.origin.base_url, "at": ctx.now.isoformat()}  # fmt: skip
    ctx.enqueue(topic, payload)
