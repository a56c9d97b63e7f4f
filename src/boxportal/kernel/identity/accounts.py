"""A person's own account: profile, password, signed-in devices and keys to the API."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import delete, select

from boxportal.kernel.identity import devices, entering, known_devices, rules, sessions
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession
from boxportal.kernel.identity.people import audit, clean_name, close_links
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import LANGUAGES
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.phones import parse_phone

MOST_TOKENS = 50
MOST_TOKEN_NAME = 100
DAYS = (30, 90, 365)
LEVELS = ("read", "write")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileWish:
    """What people say of themselves."""

    name: str
    language: str
    timezone: str
    phone: str


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that is signed in."""

    id: int
    name: str
    is_phone: bool
    address: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def myself(ctx: ReadCtx) -> Person:
    """The person who acts. Raises: NotFound for whoever is none."""
    return one(ctx.db, select(Person).where(Person.id == ctx.actor.id))


def change_profile(ctx: Ctx, wish: ProfileWish) -> None:
    """Change one's own name, language, time zone and telephone.

    Raises: Invalid.
    """
    person, wrong = myself(ctx), dict[str, object]()
    name, phone = clean_name(wish.name), parse_phone(wish.phone, ctx.company.country)
    if not name:
        wrong["name"] = _("Type a name of up to 200 letters.")
    if wish.language not in LANGUAGES:
        wrong["language"] = _("Choose a language.")
    if wish.timezone not in available_timezones():
        wrong["timezone"] = _("Choose a time zone.")
    if phone.typed and not phone.e164:
        wrong["phone"] = _("This is not a telephone number. Write it with the country's code: +255 …")
    if wrong:
        raise Invalid(wrong)
    before: dict[str, object] = {"name": person.name, "phone": person.phone}
    person.name, person.phone, person.language, person.timezone = name, phone.e164, wish.language, wish.timezone
    audit(ctx, "core.profile.edit", person, before=before, after={"name": name, "phone": phone.e164})


def set_picture(ctx: Ctx, name: str | None) -> None:
    """Show the picture of this name with the person from now on, or none."""
    person = myself(ctx)
    person.picture = name
    audit(ctx, "core.profile.picture", person)


def change_password(ctx: Ctx, person_id: int, new_hash: str, *, end_tokens: bool) -> entering.Entry:
    """Set one's own new password; all sessions end, and with `end_tokens` all keys to the API.

    Returns the session that goes on in this browser; elsewhere the second step is asked for again.
    """
    person = myself(ctx)
    if person.id != person_id:
        raise NotFound
    person.password_hash = new_hash
    sessions.end_sessions(ctx.db, person.id)
    known_devices.trust_none(ctx, person.id)
    close_links(ctx, person.id)
    if end_tokens:
        ctx.db.change(delete(ApiToken).where(ApiToken.person_id == person.id))
    audit(ctx, "core.password.change", person)
    return entering.enter(ctx, person, secured=True)


def list_devices(ctx: ReadCtx) -> list[Device]:
    mine = select(SignInSession).where(
        SignInSession.person_id == ctx.actor.id,
        SignInSession.expires_at > ctx.now,
        SignInSession.idle_expires_at > ctx.now,
    )
    rows = ctx.db.scalars(mine.order_by(SignInSession.seen_at.desc()).limit(100))
    return [
        Device(
            row.id,
            devices.name_of(row.agent) or _("Unknown device"),
            devices.is_phone(row.agent),
            row.address,
            row.created_at,
            row.seen_at,
            row.id == ctx.origin.session_id,
        )
        for row in rows
    ]


def end_device(ctx: Ctx, session_id: int) -> None:
    """Sign one of the own devices out.

    Raises: NotFound for a session of somebody else's, as for none.
    """
    mine = delete(SignInSession).where(SignInSession.id == session_id, SignInSession.person_id == ctx.actor.id)
    if not ctx.db.change(mine):
        raise NotFound
    audit(ctx, "core.session.end", myself(ctx))


def end_other_devices(ctx: Ctx) -> None:
    person = myself(ctx)
    sessions.end_sessions(ctx.db, person.id, but=ctx.origin.session_id)
    audit(ctx, "core.session.end-others", person)


def list_tokens(ctx: ReadCtx) -> Sequence[ApiToken]:
    return ctx.db.scalars(select(ApiToken).where(ApiToken.person_id == ctx.actor.id).order_by(ApiToken.id.desc())).all()


def add_token(ctx: Ctx, *, name: str, scopes: Sequence[str], days: int, areas: Sequence[str]) -> str:
    """Make a key to the API and return its secret, which is not kept. `days` of 0 means that it does not end.

    Raises: Invalid; RuleBroken when there are too many.
    """
    person, wrong = myself(ctx), dict[str, object]()
    clean = " ".join(name.split())
    if not clean or len(clean) > MOST_TOKEN_NAME or not clean.isprintable():
        wrong["name"] = _("Say what the key is for, in up to 100 letters.")
    known = {f"{area}:{level}" for area in ("all", *areas) for level in LEVELS}
    if not scopes or set(scopes) - known:
        wrong["scopes"] = _("Choose what the key may do.")
    if days not in (0, *DAYS):
        wrong["days"] = _("Choose how long the key works.")
    if wrong:
        raise Invalid(wrong)
    if len(list_tokens(ctx)) >= MOST_TOKENS:
        raise RuleBroken(_("You have 50 keys already. Remove one first."))
    secret = sessions.TOKEN_PREFIX + secrets.token_urlsafe(32)
    ctx.db.add(
        ApiToken(
            token_hash=sessions.digest(secret),
            person_id=person.id,
            name=clean,
            scopes=sorted(set(scopes)),
            networks=rules.terms_of(ctx, person).networks,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=days) if days else None,
        )
    )
    audit(ctx, "core.token.add", person, after={"name": clean, "scopes": sorted(set(scopes)), "days": days})
    return secret


def remove_token(ctx: Ctx, token_id: int) -> None:
    """Raises: NotFound for a key of somebody else's, as for none."""
    token = one(ctx.db, select(ApiToken).where(ApiToken.id == token_id, ApiToken.person_id == ctx.actor.id))
    audit(ctx, "core.token.remove", myself(ctx), before={"name": token.name})
    ctx.db.delete(token)
