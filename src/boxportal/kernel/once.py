"""One-time form tokens and Idempotency-Keys: what comes twice is done once, and answered twice alike."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from boxportal.kernel.database.gate import Gate
from boxportal.kernel.tables import FormUse
from boxportal.sdk.context import Answer, Ctx
from boxportal.sdk.errors import Busy, RuleBroken
from boxportal.sdk.i18n import gettext as _

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Repeated(Exception):
    """The request was done before under the same one-time token."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Once:
    """A one-time form token or Idempotency-Key, bound to its user, with a hash of what was sent."""

    key: str
    request_hash: str


class Twins:
    """Lets requests that carry the same token in one after the other.

    They wait on the event loop. Were they to wait in the database for each other's unique key, they would hold the
    threads and the writers' places that the first one needs to end.
    """

    def __init__(self) -> None:
        self._gates: WeakValueDictionary[str, Gate] = WeakValueDictionary()

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Be the only one with this key; without a key everybody may in.

        Raises: Busy after five seconds of waiting.
        """
        if not key:
            yield
            return
        gate = self._gates.setdefault(key, Gate(1))  # kept for as long as somebody is in it or waits
        async with gate.passing():
            yield


async def once_of(request: Request, who: str) -> Once | None:
    """The request's one-time token, if it carries one, bound to who sent it."""
    token, content = request.headers.get("idempotency-key", ""), b""
    if request.headers.get("content-type", "").startswith(FORMS):  # its bytes may be gone, read by whoever came first
        form = await request.form()
        token = token or str(form.get("_once", ""))
        content = repr([(k, v) for k, v in form.multi_items() if isinstance(v, str) and k != "_csrf"]).encode()
    elif token:
        content = await request.body()
    if not token:
        return None
    sent = f"{request.method} {request.url.path}\n".encode() + content
    return Once(hashlib.sha256(f"{who}:{token}".encode()).hexdigest(), hashlib.sha256(sent).hexdigest())


def claim(ctx: Ctx, once: Once) -> None:
    """Use the token up within the transaction.

    Raises: Repeated with the first use's answer; RuleBroken when the token came with other content before.
    """
    use = ctx.db.get(FormUse, once.key)
    if use is None:
        if _taken(ctx, once):
            return
        use = ctx.db.get(FormUse, once.key)
    if use is None:  # used and swept away between two statements
        raise Busy
    if not hmac.compare_digest(use.request_hash, once.request_hash):
        raise RuleBroken(_("This form or key was used before with other content."))
    raise Repeated(Answer(use.status or 303, use.location, use.body))


def _taken(ctx: Ctx, once: Once) -> bool:
    """Write the token down; no when another process did meanwhile, for whose end the database waited here."""
    use = FormUse(
        key=once.key, request_hash=once.request_hash, status=0, location="", body="", created_at=ctx.now
    )  # fmt: skip
    try:
        with ctx.db.savepoint():
            ctx.db.add(use)
    except IntegrityError:
        return False
    ctx.answer = Answer()
    return True


def finish(session: Session, ctx: Ctx, once: Once | None) -> None:
    """Commit, or undo everything when the answer is an error."""
    if ctx.failed:
        session.rollback()
        return
    if once and ctx.answer is not None:
        use = ctx.db.get(FormUse, once.key)
        if use is not None:
            use.status, use.location, use.body = ctx.answer.status, ctx.answer.location, ctx.answer.body
    session.commit()
