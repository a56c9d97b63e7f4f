"""Passkeys (WebAuthn, level 3): a key on a person's device that signs for the portal's name, and for no other.

Whoever uses one has the device and unlocked it: that is two steps at once.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update

from boxportal.kernel.identity import challenges
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.step_models import Passkey
from boxportal.kernel.running import company_of
from boxportal.kernel.worker import run_in_worker
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line

MOST, MOST_NAME = 20, 100
SIGN_IN = "passkey"
TIMEOUT = 120_000
ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256 (RFC 8152; IANA COSE)
WORK = "boxportal.kernel.identity.passkey_work:check"
COPIED = "sign count"


@dataclass(frozen=True, slots=True)
class Place:
    """The name and the origin of the portal, as the browser knows it; or why passkeys don't work there."""

    host: str
    origin: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device signed, with what it is checked against."""

    credential: str
    challenge: str
    place: Place
    public_key: str = ""
    sign_count: int = 0
    id: int = 0
    person_id: int = 0


def place_of(ctx: ReadCtx) -> Place:
    """Where the person is: a name of the box, over https, or this very machine."""
    parts = urlsplit(ctx.origin.base_url)
    host = (parts.hostname or "").lower()
    trouble = ""
    if is_address(host):
        trouble = "address"
    elif parts.scheme != "https" and host != "localhost":
        trouble = "https"
    elif host != "localhost" and host not in company_of(ctx).own_names:
        trouble = "name"
    return Place(host, ctx.origin.base_url, trouble)


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def creation_options(ctx: ReadCtx, me: Person) -> Mapping[str, object]:
    """What the browser is told to make a key by (PublicKeyCredentialCreationOptionsJSON)."""
    place, mine = place_of(ctx), list_passkeys(ctx, me.id)
    user = hmac.digest(company_of(ctx).key, f"passkey-user:{me.id}".encode(), "sha256")
    return {
        "rp": {"id": place.host, "name": ctx.company.title},
        "user": {"id": challenges.encoded(user), "name": me.email, "displayName": me.name},
        "challenge": challenges.new_challenge(ctx, f"add:{me.id}"),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "excludeCredentials": [{"type": "public-key", "id": key.credential} for key in mine if key.host == place.host],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
        },
        "attestation": "none",
        "timeout": TIMEOUT,
    }  # fmt: skip


def request_options(ctx: ReadCtx) -> Mapping[str, object]:
    """What the browser is told to sign; which key is the person's choice (PublicKeyCredentialRequestOptionsJSON)."""
    return {
        "challenge": challenges.new_challenge(ctx, SIGN_IN),
        "rpId": place_of(ctx).host,
        "allowCredentials": [],
        "userVerification": "required",
        "timeout": TIMEOUT,
    }


def list_passkeys(ctx: ReadCtx, person_id: int) -> Sequence[Passkey]:
    return ctx.db.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()


def read_new(ctx: ReadCtx, me: Person, credential: str) -> Asked:
    """A key that was made. Raises: Invalid."""
    return Asked(credential, good_challenge(ctx, f"add:{me.id}", credential), place_of(ctx), person_id=me.id)


def read_used(ctx: ReadCtx, credential: str) -> Asked:
    """A known key that signed. Raises: Invalid, the same for one that nobody knows."""
    challenge = good_challenge(ctx, SIGN_IN, credential)
    known = ctx.db.scalar(select(Passkey).where(Passkey.credential_hash == hash_of(str(parsed(credential).get("id")))))
    if known is None:
        raise refused()
    return Asked(credential, challenge, place_of(ctx), known.public_key, known.sign_count, known.id, known.person_id)


def good_challenge(ctx: ReadCtx, purpose: str, credential: str) -> str:
    """The challenge that was signed, if it is one of ours. Raises: Invalid."""
    response = parsed(credential).get("response")
    data = response.get("clientDataJSON") if isinstance(response, dict) else None
    challenge = challenges.signed_in(data) if isinstance(data, str) else ""
    if place_of(ctx).trouble or not challenges.is_good(ctx, purpose, challenge):
        raise refused()
    return challenge


def parsed(credential: str) -> dict[str, object]:
    try:
        found = json.loads(credential)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def checked(asked: Asked) -> dict[str, object]:
    """Let a worker check what was signed; made to be called outside any transaction.

    Raises: Busy, WorkerFailed.
    """
    payload = {
        "credential": parsed(asked.credential), "challenge": asked.challenge, "host": asked.place.host,
        "origin": asked.place.origin, "public_key": asked.public_key, "sign_count": asked.sign_count,
    }  # fmt: skip
    answer = run_in_worker(WORK, json.dumps(payload).encode(), seconds=10, memory_mb=1024)
    found: dict[str, object] = json.loads(answer)
    return found


def add(ctx: Ctx, asked: Asked, found: Mapping[str, object], name: str) -> Passkey:
    """Keep a key that was checked.

    Raises: Invalid; RuleBroken when there are too many, or it is known.
    """
    if "refused" in found or not challenges.use_up(ctx, asked.challenge):
        raise refused()
    credential = str(found["credential"])
    if len(list_passkeys(ctx, asked.person_id)) >= MOST:
        raise RuleBroken(_("You have %(most)s passkeys already. Remove one first.", most=MOST))
    if ctx.db.scalar(select(Passkey.id).where(Passkey.credential_hash == hash_of(credential))) is not None:
        raise RuleBroken(_("This passkey is known already."))
    line = clean_line(name)[:MOST_NAME] or _("Passkey")
    row = Passkey(person_id=asked.person_id, credential_hash=hash_of(credential), credential=credential,
                  public_key=str(found["public_key"]), sign_count=int(str(found["sign_count"])), host=asked.place.host,
                  name=line, created_at=ctx.now, used_at=None)  # fmt: skip
    ctx.db.add(row)
    ctx.db.flush()
    return row


def use(ctx: Ctx, asked: Asked, found: Mapping[str, object]) -> None:
    """Note that a key was used, and move its counter on.

    Raises: Invalid.
    """
    if "refused" in found or not challenges.use_up(ctx, asked.challenge):
        raise refused()
    mine = update(Passkey).where(Passkey.id == asked.id, Passkey.sign_count == asked.sign_count)
    if not ctx.db.change(mine.values(sign_count=int(str(found["sign_count"])), used_at=ctx.now)):
        raise refused()  # gone meanwhile, or used by another at the same moment


def is_copied(found: Mapping[str, object]) -> bool:
    """Whether the check failed at the counter: two devices have the key."""
    return COPIED in str(found.get("refused", ""))


def remove(ctx: Ctx, person_id: int, passkey_id: int) -> None:
    """Raises: NotFound for a key of somebody else's, as for none."""
    if not ctx.db.change(delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)):
        raise NotFound


def remove_all(ctx: Ctx, person_id: int) -> None:
    ctx.db.change(delete(Passkey).where(Passkey.person_id == person_id))


def count_passkeys(ctx: ReadCtx, person_id: int) -> int:
    return ctx.db.scalar(select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id)) or 0


def hash_of(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def refused() -> Invalid:
    return Invalid({"": _("This passkey was not accepted. Try again, or sign in with the password.")})
