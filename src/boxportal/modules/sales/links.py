"""Private links for clients: a long random token, of which only the hash is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update

from boxportal.modules.sales.models.quotes import ClientLink
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l

LIFE = timedelta(days=365)
TOKEN_BYTES = 32
MAX_TOKEN = 100


def make_link(ctx: Ctx, *, version_id: int | None = None, invoice_id: int | None = None) -> str:
    """Make a link to a quote's version or an invoice, as a client opens it; empty while clients can't come in.

    It is given out once and can't be read again.
    """
    if not ctx.company.door:
        return ""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ctx.db.add(
        ClientLink(
            token_hash=hash_of(token),
            version_id=version_id,
            invoice_id=invoice_id,
            created_by=ctx.actor.id,
            created_at=ctx.now,
            expires_at=ctx.now + LIFE,
        )
    )
    ctx.db.flush()
    return f"{ctx.company.door}/s/{token}"


def make_new_link(ctx: Ctx, *, version_id: int | None = None, invoice_id: int | None = None) -> str:
    """Make a link because somebody asked for one.

    Raises: RuleBroken while clients can't come in.
    """
    link = make_link(ctx, version_id=version_id, invoice_id=invoice_id)
    if not link:
        raise RuleBroken(_l("Clients can't open links yet: an administrator opens the public door first."))
    return link


def has_link(ctx: ReadCtx, invoice_id: int) -> bool:
    """Whether a client holds a link to the invoice that opens."""
    mine = select(ClientLink.id).where(ClientLink.invoice_id == invoice_id, ClientLink.revoked_at.is_(None))
    return ctx.db.scalar(mine.limit(1)) is not None


def outside(ctx: ReadCtx) -> Sequence[tuple[Lazy, int]]:
    """What clients hold: the links that open."""
    open_now = select(func.count()).where(ClientLink.revoked_at.is_(None), ClientLink.expires_at > ctx.now)
    return [(_l("Links that clients hold"), ctx.db.scalar(open_now) or 0)]


def find_link(ctx: ReadCtx, token: str) -> ClientLink:
    """The link that a token opens; looked up by hash, so that how long it takes tells nothing.

    Raises: NotFound, also for a revoked one.
    """
    if len(token) > MAX_TOKEN:
        raise NotFound
    return one(
        ctx.db, select(ClientLink).where(ClientLink.token_hash == hash_of(token), ClientLink.revoked_at.is_(None))
    )


def revoke_links(ctx: Ctx, *, version_id: int | None = None, invoice_id: int | None = None) -> int:
    """Take all links to a document back. Returns how many were open."""
    mine = update(ClientLink).where(ClientLink.revoked_at.is_(None))
    if version_id is not None:
        mine = mine.where(ClientLink.version_id == version_id)
    else:
        mine = mine.where(ClientLink.invoice_id == invoice_id)
    return ctx.db.change(mine.values(revoked_at=ctx.now))


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
