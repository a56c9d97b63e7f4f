"""Which records an actor reaches: the one question that comments, files, timelines and panels ask first."""

from collections.abc import Sequence
from dataclasses import replace

from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.sessions import actor_of, grants_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef


def require_visible(ctx: ReadCtx, ref: RecordRef) -> None:
    """Raises: NotFound when the record is missing, its kind is off, or the actor may not see it."""
    if not is_visible(ctx, ref):
        raise NotFound


def is_visible(ctx: ReadCtx, ref: RecordRef) -> bool:
    kind = snapshot_of(ctx).kinds.get(ref.kind)
    if kind is None:
        return False
    identity = kind.model.__table__.c.id
    return ctx.db.scalar(ctx.visible(ref.kind).where(identity == ref.id).limit(1)) is not None


def title_of(ctx: ReadCtx, ref: RecordRef) -> str:
    """The record's title, or nothing when the actor may not see it."""
    kind = snapshot_of(ctx).kinds.get(ref.kind)
    if kind is None:
        return ""
    table = kind.model.__table__.c
    statement = kind.visible(ctx).with_only_columns(kind.title).where(table.id == ref.id)
    return str(ctx.db.scalar(statement.limit(1)) or "")


def may_see(ctx: ReadCtx, person_id: int, ref: RecordRef) -> bool:
    """Whether another person may see the record: what a mention must ask before it tells anything."""
    person = ctx.db.get(Person, person_id)
    if person is None or person.state != "active":
        return False
    permissions = snapshot_of(ctx).permissions
    grants = {} if person.is_admin else grants_of(ctx.db, person.id, permissions)
    as_person = ReadCtx(
        company=ctx.company,
        actor=snapshot_of(ctx).narrowed(actor_of(person, grants)),
        now=ctx.now,
        services=ctx.services,
        db=ctx.db,
        origin=replace(ctx.origin, csrf=""),
    )
    return is_visible(as_person, ref)


def active_people_named(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[Person]:
    """Those of the ids who work here now."""
    people = [ctx.db.get(Person, person_id) for person_id in dict.fromkeys(ids)]
    return [person for person in people if person is not None and person.state == "active"]
