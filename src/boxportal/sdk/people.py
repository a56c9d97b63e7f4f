"""The kernel's people and teams as tables to join: a module may read them and point foreign keys at them."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Boolean, Column, ForeignKey, Select, String, Table, select

from boxportal.sdk.database import Base, Id, ReadSession, UtcDateTime

person = Table(
    "core_person",
    Base.metadata,
    Column("id", Id, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("is_admin", Boolean, nullable=False),
    Column("password_hash", String(255)),
    Column("language", String(8), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("phone", String(40), nullable=False, server_default=""),
    Column("picture", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("successor_id", Id),  # who took over from somebody who left; people are never deleted
)

team = Table(
    "core_team",
    Base.metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("head_id", Id, ForeignKey("core_person.id", ondelete="SET NULL"), index=True),
    Column("deputy_id", Id, ForeignKey("core_person.id", ondelete="SET NULL"), index=True),
)

team_member = Table(
    "core_team_member",
    Base.metadata,
    Column("team_id", Id, ForeignKey("core_team.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Id, ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True, index=True),
)


def active_people() -> Select[int, str]:
    """Select id and name of everyone who works here now, by name."""
    return select(person.c.id, person.c.name).where(person.c.state == "active").order_by(person.c.name, person.c.id)


MOST_TO_CHOOSE = 500
_TO_CHOOSE = active_people().limit(MOST_TO_CHOOSE)


def people_to_choose(db: ReadSession) -> list[tuple[int, str]]:
    """Who works here, as the choices of a form; of more than 500 the first by name."""
    return [(row[0], row[1]) for row in db.rows(_TO_CHOOSE)]


@lru_cache(maxsize=1_000)
def teammates(person_id: int) -> Select[int]:
    """Select the ids of everyone who shares a team with this person, the person included."""
    mine = select(team_member.c.team_id).where(team_member.c.person_id == person_id)
    return select(team_member.c.person_id).where(team_member.c.team_id.in_(mine))


def heirs(db: ReadSession) -> Mapping[int, int]:
    """Who takes over from whom: everyone who left, with the last of those who followed one another."""
    left = select(person.c.id, person.c.successor_id).where(person.c.state == "left")
    after: dict[int, int] = {row[0]: row[1] for row in db.execute(left) if row[1] is not None}
    found: dict[int, int] = {}
    for leaver, successor in after.items():
        seen, heir = {leaver}, successor
        while heir in after and heir not in seen:
            seen.add(heir)
            heir = after[heir]
        if heir not in seen:
            found[leaver] = heir
    return found
