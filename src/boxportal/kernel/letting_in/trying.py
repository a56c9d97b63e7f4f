"""Tests the door from outside: a link that works once, opened on a telephone without the Wi-Fi."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

from boxportal.kernel.door import DoorSettings, parse_address
from boxportal.kernel.identity import throttle
from boxportal.kernel.identity.devices import name_of
from boxportal.kernel.letting_in.setting import danger_without_port
from boxportal.kernel.outbound.guard import is_global
from boxportal.kernel.running import company_of
from boxportal.kernel.settings import save_setting
from boxportal.kernel.state import raise_revision, read_door
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.ipaddr import network_of

LIFE = timedelta(hours=1)
MOST_TOKEN = 100
TRIES = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """What the portal saw of somebody who used the test link, and whether that was from outside.

    `is_straight`: so, but to the port at which everything else answers too.
    """

    address: str
    is_outside: bool
    is_straight: bool


def make_try(ctx: Ctx) -> str:
    """Make the test link; the former ends.

    Raises: RuleBroken when there is no address to test, or the door may not be set so.
    """
    company = company_of(ctx)
    door = read_door(ctx.db, company)
    if not door.address:
        raise RuleBroken(_("Set the public address first."))
    if not door.listen and (danger := danger_without_port(parse_address(door.address), company)):
        raise RuleBroken(danger)
    token = secrets.token_urlsafe(32)
    save_setting(ctx.db, door.model_copy(update={"try_hash": hash_of(token), "try_until": ctx.now + LIFE}))
    ctx.audit(AuditEntry(action="core.door.test-link", title=door.address))
    return f"{door.address}/door/{token}"


def find_try(ctx: ReadCtx, token: str) -> DoorSettings:
    """The door that a test link is for.

    Raises: NotFound for a wrong, used or old link, and for one that did not come in by the door.
    """
    door = read_door(ctx.db, company_of(ctx))
    fits = len(token) <= MOST_TOKEN and hmac.compare_digest(hash_of(token), door.try_hash)
    if not (ctx.origin.is_outside and fits and door.try_until and ctx.now < door.try_until):
        raise NotFound
    return door


def come_in(ctx: Ctx, token: str) -> Seen:
    """Note who came by the test link. From outside it opens the door, and the link is used up.

    Who comes so straight to the portal's own port shows that all of the portal is open there: that opens no door.

    Raises: NotFound, TooManyTries.
    """
    door = find_try(ctx, token)
    throttle.count_or_refuse(ctx.db, ctx.now, {f"door:{network_of(ctx.origin.address)}": TRIES})
    is_straight = ctx.origin.is_straight and is_foreign(ctx.origin.address)
    seen = Seen(ctx.origin.address, is_foreign(ctx.origin.address) and not is_straight, is_straight)
    device = name_of(ctx.origin.agent)
    new: dict[str, object] = {"seen_at": ctx.now, "seen_from": seen.address, "seen_device": device,
                              "seen_straight": is_straight}  # fmt: skip
    if seen.is_outside:
        new |= {"tested_at": ctx.now, "tested_from": seen.address, "tested_device": device, "try_hash": "",
                "try_until": None}  # fmt: skip
        raise_revision(ctx.db)
        ctx.audit(AuditEntry(action="core.door.test", title=door.address, after={"from": seen.address}))
    save_setting(ctx.db, door.model_copy(update=new))
    return seen


def is_foreign(address: str) -> bool:
    """Whether an address lies outside of every private network, so that who has it came over the internet."""
    try:
        return is_global(ip_address(address))
    except ValueError:
        return False


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
