"""The one client for HTTP: asks addresses that the guard allowed, follows redirects, and notes what it asked."""

import asyncio
import contextlib
import contextvars
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from boxportal.kernel.outbound.book import Book
from boxportal.kernel.outbound.guard import IpAddress, Resolver, Target, allowed_addresses, look_up, tls_context
from boxportal.sdk.errors import NotAllowed, NotReached
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.outbound import NO_HEADERS, Fetched

SECONDS = 10.0
MOST_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
MOVED = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "cookie"})


@dataclass(frozen=True, slots=True)
class Client:
    """Fetches for one purpose of one company. `allowed` are `host:port` of the own network that may be reached.

    `on_this_machine` lets them lie on this machine too, which the product never does.
    """

    purpose: str
    own_ports: frozenset[int]
    allowed: frozenset[str]
    book: Book
    resolve: Resolver = look_up
    tls: Callable[[], ssl.SSLContext] = tls_context
    seconds: float = SECONDS
    on_this_machine: bool = False

    def __call__(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] = NO_HEADERS, body: bytes = b""
    ) -> Fetched:
        """As `Fetch` says. It runs a loop of its own, so that all of it ends in time.

        Raises: NotReached; NotAllowed for what may not be reached; RuntimeError on the event loop, which it would stop.
        """
        if asyncio._get_running_loop() is not None:  # noqa: SLF001 documented, in spite of its name
            raise RuntimeError("fetch waits for another machine: call it from a thread, not on the event loop")
        return asyncio.run(self._in_time(url, method, headers, body))

    async def _in_time(self, url: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        own = {name: value for name, value in headers.items() if name.lower() not in OURS}
        try:
            async with asyncio.timeout(self.seconds):
                return await self._follow(url, method, own, body)
        except TimeoutError as error:
            raise NotReached(_("%(where)s does not answer.", where=urlsplit(url).hostname)) from error

    async def _follow(self, url: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        for _redirect in range(MOST_REDIRECTS + 1):
            got = await self._hop(url, method, headers, body)
            if got.status not in MOVED or "location" not in got.headers:
                return got
            following = urljoin(url, got.headers["location"])
            if origin_of(following) != origin_of(url):
                headers = {}  # they were for the first one alone
            if got.status not in KEEPS_METHOD and method not in ("GET", "HEAD"):
                method, body = "GET", b""
            if url.startswith("https:") and not following.startswith("https:"):
                raise NotAllowed(_("%(where)s leads to an address without encryption.", where=urlsplit(url).hostname))
            url = following
        raise NotReached(_("%(where)s leads from one address to the next.", where=urlsplit(url).hostname))

    async def _hop(self, url: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        from boxportal.kernel.outbound.wire import Ask, ask_at  # noqa: PLC0415 who talks to nobody does not hold httpx

        scheme, host, port = origin_of(url)
        with self.book.call(self.purpose, host, port) as call:
            named = f"{host}:{port}" in self.allowed
            if port != PORTS[scheme] and not named:
                raise NotAllowed(_("Port %(port)s may be reached only when an administrator allows it.", port=port))
            target = Target(host, port, named=named, on_this_machine=self.on_this_machine, own_ports=self.own_ports)
            for address in await looked_up(target, self.resolve):
                call.address = str(address)
                tls = self.tls() if scheme == "https" else None
                got = await ask_at(call.address, Ask(url, method, headers, body), tls, self.seconds, call)
                if got is not None:
                    return got
            raise NotReached(_("%(where)s does not answer.", where=f"{host}:{port}"))


async def looked_up(target: Target, resolve: Resolver) -> Sequence[IpAddress]:
    """As `allowed_addresses`, for which nobody waits longer than the whole call may take.

    The thread is one of its own: a loop that ends waits for those of its pool, however long a name server is silent.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[IpAddress]] = loop.create_future()
    context = contextvars.copy_context()

    def tell(set_it: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if found.done() else set_it())

    def look() -> None:
        try:
            addresses = context.run(allowed_addresses, target, resolve)
        except BaseException as error:  # noqa: BLE001 whoever waits is told
            failure = error
            tell(lambda: found.set_exception(failure))
        else:
            tell(lambda: found.set_result(addresses))

    threading.Thread(target=look, name="look-up", daemon=True).start()
    return await found


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address.

    Raises: NotAllowed for what is no plain address of the web.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = url.isprintable() and "\\" not in url and " " not in url and "@" not in parts.netloc
    if parts.scheme not in PORTS or not host or not plain:
        raise NotAllowed(_("This is not an address that can be asked for: %(url)s", url=url[:200]))
    return parts.scheme, host, PORTS[parts.scheme] if port is None else port
