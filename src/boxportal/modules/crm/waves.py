"""Waves: many requests by one form within minutes make one notice and one reminder, not a hundred."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import Ctx, ReadCtx

WAVE = timedelta(minutes=10)
WAVE_FROM = 5
MOST = 100


@dataclass(frozen=True, slots=True)
class Wave:
    """What a request is part of. `began`: the ids of those before it when it makes the wave, none when one goes on."""

    began: Sequence[int]


def wave_of(ctx: Ctx, lead: Lead) -> Wave | None:
    """The wave that a new request is part of; None while those by its form for its person come singly."""
    if lead.form_id is None:
        return None
    before = select(Lead.id, Lead.created_at).where(
        Lead.form_id == lead.form_id,
        Lead.responsible_id == lead.responsible_id,
        Lead.created_at > lead.created_at - 2 * WAVE,
        Lead.id < lead.id,
    )
    rows = ctx.db.execute(before.order_by(Lead.id.desc()).limit(WAVE_FROM)).all()
    own = rows[: WAVE_FROM - 1]
    if len(own) < WAVE_FROM - 1 or own[-1].created_at <= lead.created_at - WAVE:
        return None
    goes_on = len(rows) == WAVE_FROM and rows[-1].created_at > rows[0].created_at - WAVE
    return Wave(() if goes_on else [row.id for row in own])


def is_reminded_with_others(ctx: ReadCtx, lead: Lead) -> bool | None:
    """How a request that waits is reminded of: None singly, True for its whole wave, False by an earlier one of it.

    An earlier one that came before the wave was one is reminded of singly, and speaks for nobody.
    """
    if lead.form_id is None:
        return None
    waiting = select(Lead.id, Lead.created_at).where(
        Lead.form_id == lead.form_id,
        Lead.responsible_id == lead.responsible_id,
        Lead.created_at.between(lead.created_at - 2 * WAVE, lead.created_at + WAVE),
        Lead.status == "new",
        Lead.answered_at.is_(None),
        Lead.deleted_at.is_(None),
    )
    before = ctx.db.execute(waiting.where(Lead.id < lead.id).order_by(Lead.id.desc()).limit(MOST)).all()
    after = ctx.db.execute(waiting.where(Lead.id >= lead.id).order_by(Lead.id).limit(WAVE_FROM)).all()
    times = [row.created_at for row in (*before, *after)]
    if not _is_among_many(lead.created_at, times):
        return None
    near = (row.created_at for row in before if row.created_at >= lead.created_at - WAVE)
    return not any(_is_among_many(earlier, times) for earlier in near)


def _is_among_many(moment: datetime, times: Sequence[datetime]) -> bool:
    return sum(abs(other - moment) <= WAVE for other in times) >= WAVE_FROM
