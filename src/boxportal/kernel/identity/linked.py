"""People whose password is not kept here, but in the company's directory."""

from sqlalchemy import select

from boxportal.kernel.identity.models import DirectoryPerson, Person
from boxportal.sdk.context import ReadCtx


def linked_person(ctx: ReadCtx, name: str) -> Person | None:
    """The active person whose password the directory keeps, by mail address or by login."""
    linked = select(Person).join(DirectoryPerson, DirectoryPerson.person_id == Person.id)
    here = linked.where(Person.state == "active", DirectoryPerson.gone_at.is_(None))
    return ctx.db.scalar(here.where(Person.email == name)) or ctx.db.scalar(here.where(DirectoryPerson.login == name))


def is_linked(ctx: ReadCtx, person_id: int) -> bool:
    link = ctx.db.get(DirectoryPerson, person_id)
    return link is not None and link.gone_at is None
