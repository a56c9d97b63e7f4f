"""Which notices a person wants where: for each kind, in the inbox and by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from boxportal.kernel.notify.models import NoticeChoice
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.module import NoticeKind

Kinds = Mapping[str, NoticeKind]


class Way(StrEnum):
    """How a kind of notice is mailed."""

    OFF = ""
    ONCE = "once"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """A kind of notice with what a person chose for it, or the default."""

    kind: NoticeKind
    inbox: bool
    mail: Way


def kinds_for(ctx: ReadCtx) -> Kinds:
    """What is on; kinds that only administrators get are not shown to others."""
    notices = snapshot_of(ctx).notices
    return {name: kind for name, kind in notices.items() if ctx.actor.is_admin or not kind.admin}


def mail_way(db: ReadSession, person_id: int, kind: str, kinds: Kinds) -> Way:
    """How a person wants a kind of notice mailed: as they chose, else as the kind says."""
    return way_of(db.get(NoticeChoice, (person_id, kind)), kinds[kind].mail if kind in kinds else True)


def way_of(choice: NoticeChoice | None, is_mailed: bool) -> Way:  # noqa: FBT001 the kind's default
    if choice is None:
        return Way.ONCE if is_mailed else Way.OFF
    if not choice.mail:
        return Way.OFF
    return Way.DAILY if choice.daily else Way.ONCE


def list_choices(ctx: ReadCtx, kinds: Kinds) -> list[ChoiceLine]:
    """What is on, in the order of the modules."""
    mine = ctx.db.scalars(select(NoticeChoice).where(NoticeChoice.person_id == ctx.actor.id))
    chosen = {choice.kind: choice for choice in mine}
    return [
        ChoiceLine(kind, chosen[kind.id].inbox if kind.id in chosen else True, way_of(chosen.get(kind.id), kind.mail))
        for kind in kinds.values()
    ]


def set_choices(ctx: Ctx, kinds: Kinds, *, inbox: set[str], mail: Mapping[str, Way]) -> None:
    """Keep the choices of the kinds that are on; those of modules that are off stay as they are."""
    for kind in kinds:
        way = mail.get(kind, Way.OFF)
        choice = ctx.db.get(NoticeChoice, (ctx.actor.id, kind))
        if choice is None:
            choice = NoticeChoice(person_id=ctx.actor.id, kind=kind)
            ctx.db.add(choice)
        choice.inbox, choice.mail, choice.daily = kind in inbox, way is not Way.OFF, way is Way.DAILY
