"""One HTTP request to one address, by httpx. Imported by the first use: who talks to nobody does not hold it."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from boxportal.kernel.outbound.book import Call
from boxportal.sdk.errors import NotReached
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.outbound import Fetched

MOST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a fetch: the first, or one that a redirect led to."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes


async def ask_at(address: str, ask: Ask, tls: ssl.SSLContext | None, seconds: float, call: Call) -> Fetched | None:
    """Ask this very address, as the host that the URL names; None when nobody listens there.

    Raises: NotReached.
    """
    try:
        named = httpx.URL(ask.url)
        headers = {"User-Agent": "BoxPortal", **ask.headers, "Host": named.netloc.decode("ascii")}
        client = httpx.AsyncClient(
            trust_env=False, verify=tls or False, timeout=seconds, headers={"Accept-Encoding": "identity"}
        )
        async with client:
            request = client.build_request(
                ask.method, named.copy_with(host=address), headers=headers, content=ask.body or None,
                extensions={"sni_hostname": named.raw_host.decode("ascii").strip("[]")},
            )  # fmt: skip
            call.sent += len(ask.body) + size_of(request.headers) + len(request.url.raw_path)
            answer = await client.send(request, stream=True)
            try:
                call.received += size_of(answer.headers)
                return Fetched(answer.status_code, dict(answer.headers), await body_of(answer, call), ask.url)
            finally:
                await answer.aclose()
    except httpx.ConnectError as error:
        if isinstance(cause_of(error), ssl.SSLError):
            raise NotReached(_("%(host)s can't be talked to encrypted: %(why)s", **told(ask, error))) from error
        return None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise NotReached(_("%(host)s ended the connection: %(why)s", **told(ask, error))) from error


async def body_of(answer: httpx.Response, call: Call) -> bytes:
    """The body as it came, within bounds. What comes packed though nobody asked for it is refused: it may unpack large.

    Raises: NotReached.
    """
    host = answer.request.headers["host"]
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotReached(_("%(host)s answers in a way that was not asked for.", host=host))
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        call.received += len(part)
        if size > MOST_BYTES:
            raise NotReached(_("%(host)s answers with more than 5 MB.", host=host))
        parts.append(part)
    return b"".join(parts)


def size_of(headers: httpx.Headers) -> int:
    """The bytes of a head, as HTTP/1.1 writes it."""
    return sum(len(name) + len(value) + 4 for name, value in headers.raw)


def cause_of(error: BaseException) -> BaseException:
    """What a library's error was raised for, to the bottom."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


def told(ask: Ask, error: Exception) -> dict[str, object]:
    return {"host": httpx.URL(ask.url).host, "why": " ".join(str(error).split())[:300] or type(error).__name__}
