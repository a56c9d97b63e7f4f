"""Forgotten passwords: asked for by anyone, answered by an administrator or, with a mail server, by a mailed link.

What the page answers, and how long it takes, is the same whether the name exists: the request only leaves a note, and
what follows happens after it, in the outbox.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from boxportal.kernel.identity import known_devices, links, sessions
from boxportal.kernel.identity.entering import Entry, enter
from boxportal.kernel.identity.models import ApiToken, OneTimeLink, Person, ResetRequest
from boxportal.kernel.identity.people import audit, close_links, person_of
from boxportal.sdk.context import AuditEntry, Ctx, Notice, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.mailaddr import address_key

ASKED = "core.reset-asked"
KIND = "core.reset"
# Without letters and digits that sound or look alike, for it is read out by telephone: 31^8 are 10^11.8.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
CODE = "code"
LIFE = links.LIFE[links.RESET]


@dataclass(frozen=True, slots=True)
class RequestLine:
    """Somebody who waits for help."""

    person: int
    name: str
    email: str
    phone: str
    asked_at: datetime
    address: str


def ask(ctx: Ctx, name: str) -> None:
    """Note that somebody forgot the password of this name, whether it exists or not."""
    ctx.enqueue(ASKED, {"name": name, "address": ctx.origin.address})


def on_asked(ctx: Ctx, payload: Mapping[str, object]) -> None:
    """File the request for the administrators, and mail a link where a mail server is set: mails get lost too."""
    name, address = str(payload["name"]), str(payload["address"])
    person = ctx.db.scalar(select(Person).where(Person.email == name, Person.state == "active"))
    if person is None:
        return
    row = ctx.db.get(ResetRequest, person.id)
    if row is None:
        ctx.db.add(ResetRequest(person_id=person.id, asked_at=ctx.now, address=address))
    else:
        row.asked_at, row.address = ctx.now, address
    ref = RecordRef("core.person", person.id)
    ctx.audit(AuditEntry(action="core.reset.ask", ref=ref, title=person.name, after={"address": address}))
    tell_admins(ctx, person)
    if ctx.can_mail:
        mail_link(ctx, person)


def tell_admins(ctx: Ctx, person: Person) -> None:
    for admin in ctx.db.scalars(select(Person.id).where(Person.is_admin, Person.state == "active")):
        ctx.notify(
            Notice(
                to=admin,
                kind=KIND,
                text=_n("%(name)s forgot the password and asks for help."),
                values={"name": person.name},
                url="/admin/help",
                key=f"reset:{person.id}:{ctx.now.isoformat()}",
            )
        )


def mail_link(ctx: Ctx, person: Person) -> None:
    secret = links.make_link(ctx.db, links.RESET, person.id, ctx.now)
    with use_locale(person.language):
        subject = _("A new password for %(company)s", company=ctx.company.title)
        text = _(
            "Hello %(name)s,\n\nsomebody, probably you, asked for a new password. This link works once, for 30 minutes:"
            "\n\n%(link)s\n\nIf it was not you, do nothing: your password stays as it is.\n",
            name=person.name,
            link=reset_link(ctx, secret),
        )
        ctx.mail(person.email, subject, text)


def reset_link(ctx: ReadCtx, secret: str) -> str:
    return f"{ctx.company.address}/reset#t={secret}"


def list_requests(ctx: ReadCtx) -> list[RequestLine]:
    rows = ctx.db.execute(
        select(Person.id, Person.name, Person.email, Person.phone, ResetRequest.asked_at, ResetRequest.address)
        .join(ResetRequest, ResetRequest.person_id == Person.id)
        .where(Person.state == "active")
        .order_by(ResetRequest.asked_at.desc(), Person.id)
        .limit(200)
    )
    return [RequestLine(*row) for row in rows]


def answer_with_link(ctx: Ctx, person_id: int) -> tuple[Person, str]:
    """Make the link that an administrator hands over; what was made before stops working.

    Raises: NotFound, RuleBroken when the person can't sign in anyway.
    """
    person = person_to_help(ctx, person_id)
    close_links(ctx, person.id)
    audit(ctx, "core.reset.link", person)
    return person, reset_link(ctx, links.make_link(ctx.db, links.RESET, person.id, ctx.now))


def answer_with_code(ctx: Ctx, person_id: int, key: bytes) -> tuple[Person, str]:
    """Make the code that an administrator reads out by telephone.

    Raises: NotFound, RuleBroken when the person can't sign in anyway.
    """
    person = person_to_help(ctx, person_id)
    close_links(ctx, person.id)
    code = "".join(secrets.choice(ALPHABET) for _index in range(CODE_LENGTH))
    ctx.db.add(
        OneTimeLink(
            token_hash=code_hash(key, person.id, code),
            purpose=CODE,
            person_id=person.id,
            created_at=ctx.now,
            expires_at=ctx.now + LIFE,
        )
    )
    audit(ctx, "core.reset.code", person)
    return person, f"{code[:4]} {code[4:]}"


def person_to_help(ctx: Ctx, person_id: int) -> Person:
    person = person_of(ctx, person_id)
    if person.state != "active":
        raise RuleBroken(_("This person does not sign in with a password now. Invite them instead."))
    ctx.db.change(delete(ResetRequest).where(ResetRequest.person_id == person.id))
    return person


def dismiss(ctx: Ctx, person_id: int) -> None:
    """Close a request without helping.

    Raises: NotFound.
    """
    person = person_of(ctx, person_id)
    ctx.db.change(delete(ResetRequest).where(ResetRequest.person_id == person.id))
    audit(ctx, "core.reset.dismiss", person)


def find_by_link(ctx: ReadCtx, secret: str) -> OneTimeLink | None:
    return links.find_link(ctx.db, secret, links.RESET, ctx.now)


def find_by_code(ctx: ReadCtx, name: str, code: str, key: bytes) -> OneTimeLink | None:
    """The open code of a person; the same None for an unknown name and a wrong code."""
    known = ctx.db.scalar(select(Person.id).where(Person.email == address_key(name), Person.state == "active"))
    typed = "".join(code.upper().split()).replace("-", "")
    return ctx.db.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == code_hash(key, known or 0, typed),
            OneTimeLink.purpose == CODE,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > ctx.now,
        )
    )


def code_hash(key: bytes, person_id: int, code: str) -> str:
    """A code is short, so its hash is keyed: the database alone does not tell it."""
    return hmac.new(key, f"reset:{person_id}:{code}".encode(), hashlib.sha256).hexdigest()


def set_new_password(ctx: Ctx, link: OneTimeLink, password_hash: str) -> Entry:
    """Use a link or code up: new password, everything else that let somebody in dies. Returns a new session.

    Raises: RuleBroken when it was used meanwhile.
    """
    person = ctx.db.get(Person, link.person_id or 0)
    if person is None or person.state != "active" or not links.use_link(ctx.db, link, ctx.now):
        raise RuleBroken(links.dead_text())
    person.password_hash = password_hash
    sessions.end_sessions(ctx.db, person.id)
    known_devices.trust_none(ctx, person.id)
    ctx.db.change(delete(ApiToken).where(ApiToken.person_id == person.id))
    ctx.db.change(delete(ResetRequest).where(ResetRequest.person_id == person.id))
    close_links(ctx, person.id)
    ctx.actor = sessions.actor_of(person, {})
    audit(ctx, "core.reset.use", person)
    return enter(ctx, person)
