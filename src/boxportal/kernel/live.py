"""One WebSocket a tab: tells an open screen what is new for its person."""

import asyncio
import contextlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.edge import SCOPE_COMPANY
from boxportal.kernel.identity.sessions import SignedIn, by_cookie
from boxportal.kernel.notify.inbox import news_of, unread_of
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.i18n import use_locale

router = APIRouter()
PING_SECONDS = 25
REFUSED = 1008


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Accept a signed-in person's own page; send what concerns them until it leaves or the session ends."""
    company: Company = socket.scope[SCOPE_COMPANY]
    cookie = socket.cookies.get(f"bp_{socket.url.port or 80}") or socket.cookies.get("__Host-bp", "")
    signed_in = await run_in_threadpool(who, company, cookie) if same_origin(socket) and cookie else None
    if signed_in is None or signed_in.actor.id is None:
        await socket.close(REFUSED)
        return
    await socket.accept()
    topics = {f"inbox:{signed_in.actor.id}", "company"}
    with company.broker.listening(topics) as queue:
        await talk(socket, company, cookie, queue)


async def talk(socket: WebSocket, company: Company, cookie: str, queue: "asyncio.Queue[Mapping[str, object]]") -> None:
    """Send and receive side by side: a handler that only waits for news never sees its peer leave."""
    sender = asyncio.create_task(send_news(socket, company, cookie, queue))
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sender


async def send_news(
    socket: WebSocket, company: Company, cookie: str, queue: "asyncio.Queue[Mapping[str, object]]"
) -> None:
    """First the number of unread notices, then each piece of news; the session is looked at before each."""
    message: dict[str, object] = {"topic": "inbox"}
    while True:
        signed_in = await run_in_threadpool(who, company, cookie)
        if signed_in is None:
            await socket.close(REFUSED)
            return
        if message["topic"] == "inbox":
            message = message | await run_in_threadpool(inbox_news, company, signed_in.actor, message.get("notice"))
        await socket.send_json(message)
        try:
            async with asyncio.timeout(PING_SECONDS):
                message = dict(await queue.get())
        except TimeoutError:
            message = {"topic": "ping"}


def inbox_news(company: Company, actor: Actor, notice_id: object) -> dict[str, object]:
    """The number of unread notices, and of a new one what to say."""
    news: dict[str, object] = {"unread": unread_of(company, actor.id)}
    if notice_id is None:
        return news
    with use_locale(actor.language):
        return news | news_of(company, actor.id, notice_id)


def who(company: Company, cookie: str) -> SignedIn | None:
    with read_session(company.engines) as db:
        return by_cookie(db, cookie, utcnow(), {})


def same_origin(socket: WebSocket) -> bool:
    """A page of another site must not listen: browsers send Origin with every WebSocket."""
    parts = urlsplit(socket.headers.get("origin", ""))
    return parts.netloc == socket.url.netloc and parts.scheme in ("http", "https")
