"""Which notices a person wants where: for each kind, in the inbox and by mail."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from boxportal.kernel.notify.models import NoticeChoice
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.module import NoticeKind

Kinds = Mapping[str, NoticeKind]


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """A kind of notice with what a person chose for it, or the default."""

    kind: NoticeKind
    inbox: bool
    mail: bool


def wants_inbox(db: ReadSession, person_id: int, kind: str) -> bool:
    choice = db.get(NoticeChoice, (person_id, kind))
    return choice.inbox if choice else True


def wants_mail(db: ReadSession, person_id: int, kind: str, kinds: Kinds) -> bool:
    choice = db.get(NoticeChoice, (person_id, kind))
    if choice is not None:
        return choice.mail
    return kinds[kind].mail if kind in kinds else True


def list_choices(ctx: ReadCtx, kinds: Kinds) -> list[ChoiceLine]:
    """What is on, in the order of the modules."""
    mine = ctx.db.scalars(select(NoticeChoice).where(NoticeChoice.person_id == ctx.actor.id))
    chosen = {choice.kind: choice for choice in mine}
    return [
        ChoiceLine(
            kind,
            chosen[kind.id].inbox if kind.id in chosen else True,
            chosen[kind.id].mail if kind.id in chosen else kind.mail,
        )
        for kind in kinds.values()
    ]


def set_choices(ctx: Ctx, kinds: Kinds, *, inbox: set[str], mail: set[str]) -> None:
    """Keep the choices of the kinds that are on; those of modules that are off stay as they are."""
    for kind in kinds:
        choice = ctx.db.get(NoticeChoice, (ctx.actor.id, kind))
        if choice is None:
            ctx.db.add(NoticeChoice(person_id=ctx.actor.id, kind=kind, inbox=kind in inbox, mail=kind in mail))
        else:
            choice.inbox, choice.mail = kind in inbox, kind in mail
