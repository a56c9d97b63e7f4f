"""Who is responsible for a request: named, in turn, or whoever heads the first team."""

from collections.abc import Sequence

from sqlalchemy import func, select

from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.people import person, team, team_member

_WORKING = person.c.state == "active"
_HEADS = select(team.c.head_id).join(person, person.c.id == team.c.head_id).where(_WORKING).order_by(team.c.id)
_ADMINS = select(person.c.id).where(person.c.is_admin, _WORKING).order_by(person.c.id)
_FALLBACK = select(func.coalesce(_HEADS.limit(1).scalar_subquery(), _ADMINS.limit(1).scalar_subquery()))


def choose_responsible(ctx: Ctx, settings: CrmSettings, form_id: int | None) -> int | None:
    """Who takes a request that names nobody: the actor, else the next in turn, else whoever heads the first team.

    The form's own turn comes before the company's.
    """
    if ctx.actor.kind == "person" and ctx.actor.id is not None and form_id is None:
        return ctx.actor.id
    form = held_form(ctx, form_id) if form_id is not None else None
    if form is not None and form.turn:
        chosen, form.next_turn = next_in_turn(ctx, form.turn, form.next_turn)
        return chosen if chosen is not None else fallback_responsible(ctx)
    chosen, position = next_in_turn(ctx, settings.turn, settings.next_turn)
    if chosen is None:
        return fallback_responsible(ctx)
    ctx.save_settings(settings.model_copy(update={"next_turn": position}))
    return chosen


def held_form(ctx: Ctx, form_id: int) -> WebForm | None:
    return ctx.db.scalar(select(WebForm).where(WebForm.id == form_id).with_for_update())


def next_in_turn(ctx: ReadCtx, turn: Sequence[int], position: int) -> tuple[int | None, int]:
    """The next person of a turn who works here, and the position to go on from; None when nobody does."""
    if not turn:
        return None, position
    working = set(ctx.db.scalars(select(person.c.id).where(person.c.id.in_(turn), person.c.state == "active")))
    for step in range(len(turn)):
        candidate = turn[(position + step) % len(turn)]
        if candidate in working:
            return candidate, (position + step + 1) % len(turn)
    return None, position


def fallback_responsible(ctx: ReadCtx) -> int | None:
    """Nobody was named: the head of the first team, else the first administrator, so that a request never lies."""
    chosen: int | None = ctx.db.scalar(_FALLBACK)
    return chosen


def head_over(ctx: ReadCtx, person_id: int | None) -> int | None:
    """Whom to tell when a person does not act: the head of their team, else its deputy; never the person themselves."""
    from_teams = teams_of(ctx, person_id) if person_id is not None else []
    for head_id, deputy_id in from_teams:
        for candidate in (head_id, deputy_id):
            if candidate is not None and candidate != person_id:
                return candidate
    fallback = fallback_responsible(ctx)
    return fallback if fallback != person_id else None


def teams_of(ctx: ReadCtx, person_id: int) -> Sequence[tuple[int | None, int | None]]:
    mine = select(team.c.head_id, team.c.deputy_id).join(team_member, team_member.c.team_id == team.c.id)
    rows = ctx.db.execute(mine.where(team_member.c.person_id == person_id).order_by(team.c.id)).all()
    return [(row[0], row[1]) for row in rows]
