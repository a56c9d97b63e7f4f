"""One WebSocket a tab: tells an open screen what is new for its person."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.sessions import SignedIn, by_cookie
from boxportal.kernel.notify.inbox import news_of
from boxportal.kernel.realtime.broker import GONE
from boxportal.kernel.request import SCOPE_COMPANY
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.i18n import use_locale

router = APIRouter()
PING_SECONDS = 25
REFUSED = 1008
AWAY = 1001


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Accept a signed-in person's own page; send what concerns them until it leaves or the session ends."""
    company: Company = socket.scope[SCOPE_COMPANY]
    cookie = socket.cookies.get(f"bp_{socket.url.port or 80}") or socket.cookies.get("__Host-bp", "")
    address = socket.client.host if socket.client else ""
    signed_in = await run_in_threadpool(who, company, cookie, address) if same_origin(socket) and cookie else None
    if signed_in is None or signed_in.actor.id is None:
        await socket.close(REFUSED)
        return
    await socket.accept()
    topics = {f"inbox:{signed_in.actor.id}", "company"}
    with company.broker.listening(topics) as queue:
        await talk(socket, Listener(company, cookie, address, queue, number_in(socket.query_params.get("since", ""))))


@dataclass(slots=True)
class Listener:
    """One open screen. `since` is the last notice that it knew of when it came, None when it did not say.

    `told` is the newest notice that its first message covers.
    """

    company: Company
    cookie: str
    address: str
    queue: "asyncio.Queue[Mapping[str, object]]"
    since: int | None
    told: int | None = None


def number_in(text: str) -> int | None:
    return min(int(text[:19]), MAX_ID) if text.isascii() and text.isdecimal() else None


async def talk(socket: WebSocket, listener: Listener) -> None:
    """Send and receive side by side: a handler that only waits for news never sees its peer leave."""
    sender = asyncio.create_task(send_news(socket, listener))
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sender


async def send_news(socket: WebSocket, listener: Listener) -> None:
    """First how the inbox stands and what was missed, then each piece of news; before each the session is looked at."""
    message: dict[str, object] = {"topic": "inbox", "revision": listener.company.snapshot.revision}
    while message["topic"] != GONE:
        signed_in = await run_in_threadpool(who, listener.company, listener.cookie, listener.address)
        if signed_in is None:
            await socket.close(REFUSED)
            return
        if message["topic"] == "inbox":
            message |= await run_in_threadpool(inbox_news, listener, signed_in.actor, message.pop("notice", None))
        await socket.send_json(message)
        try:
            async with asyncio.timeout(PING_SECONDS):
                message = dict(await listener.queue.get())
        except TimeoutError:
            message = {"topic": "ping"}
    await socket.close(AWAY)


def inbox_news(listener: Listener, actor: Actor, notice: object) -> dict[str, object]:
    """How the inbox stands, and of what is new what to say; what the first message told is not told again.

    `seq` is the last notice that the screen knows of then: it gives it back when it comes again after a break.
    """
    with use_locale(actor.language):
        if listener.told is None:
            news = news_of(listener.company, actor.id, since=listener.since)
            listener.told = int(str(news["seq"]))
            return news
        if isinstance(notice, int) and notice > listener.told:
            return news_of(listener.company, actor.id, notice=notice) | {"seq": notice}
        news = news_of(listener.company, actor.id)
        del news["seq"]
        return news


def who(company: Company, cookie: str, address: str) -> SignedIn | None:
    with read_session(company.engines) as db:
        return by_cookie(db, cookie, utcnow(), {}, address)


def same_origin(socket: WebSocket) -> bool:
    """A page of another site must not listen: browsers send Origin with every WebSocket."""
    parts = urlsplit(socket.headers.get("origin", ""))
    return parts.netloc == socket.url.netloc and parts.scheme in ("http", "https")
