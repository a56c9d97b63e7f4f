"""Who may do what: an actor, and how far a permission reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from sqlalchemy import ColumnElement, SQLColumnExpression, false, true

from boxportal.sdk.people import teammates


class Scope(IntEnum):
    """How far a grant reaches; a wider one contains the narrower."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


ActorKind = Literal["person", "token", "system", "public"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, a token of theirs, the system itself, or an outsider."""

    kind: ActorKind
    id: int | None
    name: str
    email: str = ""
    language: str = "en"
    timezone: str = "UTC"
    is_admin: bool = False
    grants: Mapping[str, Scope] = field(default_factory=dict)
    picture: str = ""

    def scope(self, permission: str) -> Scope:
        """How far the permission reaches for this actor. Administrators and the system reach everything."""
        if self.is_admin or self.kind == "system":
            return Scope.ALL
        return self.grants.get(permission, Scope.NONE)

    def can(self, permission: str) -> bool:
        return self.scope(permission) > Scope.NONE

    def reach(self, permission: str, owner: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
        """The condition on a record's owner column that this permission allows."""
        return within(self.scope(permission), self.id, owner)


def within(scope: Scope, person: int | None, owner: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """The condition on a record's owner column that a scope allows to a person."""
    if scope is Scope.ALL:
        return true()
    if scope is Scope.NONE or person is None:
        return false()
    if scope is Scope.OWN:
        return owner == person
    return (owner == person) | owner.in_(teammates(person))


SYSTEM = Actor(kind="system", id=None, name="BoxPortal")
