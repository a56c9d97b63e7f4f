"""Links that work once: the first administrator's, invitations, and password resets."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from boxportal.kernel.identity.models import OneTimeLink, Person
from boxportal.kernel.identity.sessions import digest
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.i18n import gettext as _

ADMIN, INVITE, RESET = "admin", "invite", "reset"
LIFE = {ADMIN: timedelta(hours=24), INVITE: timedelta(days=7), RESET: timedelta(minutes=30)}


def dead_text() -> str:
    """What is said of a link or code that does not work; it never tells why."""
    return _("This link or code was used before, or has ended. Ask for another one.")


def has_admin(db: ReadSession) -> bool:
    """Whether the company has an administrator who can sign in."""
    admins = select(func.count()).select_from(Person).where(Person.is_admin, Person.state == "active")
    return bool(db.scalar(admins))


def make_link(
    db: WriteSession, purpose: str, person_id: int | None, now: datetime, life: timedelta | None = None
) -> str:
    """Make a link's secret; older open ones of the same purpose and person stop working.

    But for the administrator's: each start before the first use prints one, and the one that was noted stays good.
    """
    secret = secrets.token_urlsafe(24)
    if purpose != ADMIN:
        close_links(db, purpose, person_id, now)
    db.add(
        OneTimeLink(
            token_hash=digest(secret),
            purpose=purpose,
            person_id=person_id,
            created_at=now,
            expires_at=now + (life or LIFE[purpose]),
        )
    )
    return secret


def close_links(db: WriteSession, purpose: str, person_id: int | None, now: datetime) -> None:
    """Let the open links of this purpose and person work no more."""
    whose = OneTimeLink.person_id == person_id if person_id is not None else OneTimeLink.person_id.is_(None)
    open_ones = update(OneTimeLink).where(OneTimeLink.purpose == purpose, whose, OneTimeLink.used_at.is_(None))
    db.change(open_ones.values(used_at=now))


def find_link(db: ReadSession, secret: str, purpose: str, now: datetime) -> OneTimeLink | None:
    """The open link of this secret and purpose, or None."""
    return db.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == digest(secret),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
    )


def use_link(db: WriteSession, link: OneTimeLink, now: datetime) -> bool:
    """Use the link up; False when somebody else was quicker."""
    mine = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
    return db.change(mine.values(used_at=now)) == 1
