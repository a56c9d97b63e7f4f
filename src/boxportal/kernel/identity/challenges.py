"""What a device is asked to sign: a random text of the portal's own, good for ten minutes, one purpose, and once."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta

from boxportal.kernel.running import company_of
from boxportal.kernel.tables import FormUse
from boxportal.sdk.context import Ctx, ReadCtx

LIFE = timedelta(minutes=10)
NONCE, TIME, MARK = 16, 8, 16


def new_challenge(ctx: ReadCtx, purpose: str) -> str:
    """Nothing is kept of it until it is used: it says itself until when it is good, under the company's key."""
    body = secrets.token_bytes(NONCE) + int((ctx.now + LIFE).timestamp()).to_bytes(TIME)
    return encoded(body + mark_of(ctx, purpose, body))


def is_good(ctx: ReadCtx, purpose: str, challenge: str) -> bool:
    """Whether it is ours, for this purpose, and not too old."""
    try:
        raw = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
    except ValueError:
        return False
    body, mark = raw[: NONCE + TIME], raw[NONCE + TIME :]
    if len(raw) != NONCE + TIME + MARK or not hmac.compare_digest(mark, mark_of(ctx, purpose, body)):
        return False
    return int.from_bytes(body[NONCE:]) > ctx.now.timestamp()


def signed_in(client_data: str) -> str:
    """The challenge that stands in what a browser signed (CollectedClientData); empty where none does."""
    try:
        found = json.loads(base64.urlsafe_b64decode(client_data + "=" * (-len(client_data) % 4)))
    except ValueError:
        return ""
    challenge = found.get("challenge") if isinstance(found, dict) else None
    return challenge if isinstance(challenge, str) and challenge.isascii() else ""


def use_up(ctx: Ctx, challenge: str) -> bool:
    """Use it up; no when it was used before. Of two at the same moment the database lets one through."""
    key = hashlib.sha256(f"challenge:{challenge}".encode()).hexdigest()
    if ctx.db.get(FormUse, key) is not None:
        return False
    ctx.db.add(FormUse(key=key, request_hash="", status=0, location="", body="", created_at=ctx.now))
    ctx.db.flush()
    return True


def mark_of(ctx: ReadCtx, purpose: str, body: bytes) -> bytes:
    return hmac.digest(company_of(ctx).key, b"challenge:" + purpose.encode() + b":" + body, "sha256")[:MARK]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
