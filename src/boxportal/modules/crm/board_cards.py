"""The cards of the board: the newest deals of every column in one statement, and a column's next ones by key."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, any_, func, literal, select, true, tuple_
from sqlalchemy.orm import aliased, join

from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.i18n import ngettext
from boxportal.sdk.list_cursor import Cursor, read_cursor, write_cursor
from boxportal.sdk.money import Money, format_money
from boxportal.sdk.people import person

FIRST, NEXT = 10, 30
ORDER = "-moved"

# The first of these that is not empty; a company that was typed with nothing is as good as none.
CLIENT = func.coalesce(
    *(func.nullif(name, "") for name in (ClientCompany.name, Contact.name, Lead.company_name, Lead.name)), ""
)
OWNER = func.coalesce(person.c.name, "")
Face = tuple[int, int, str, int, int, str, datetime, datetime | None, int, str, str]
# What a card shows, put together once: that costs more than to run it. Which deals of which stages, says who asks.
SHOWN = aliased(Deal)
FACES: Select[*Face] = (
    select(
        SHOWN.id, SHOWN.stage_id, SHOWN.title, SHOWN.version, SHOWN.amount, SHOWN.currency, SHOWN.moved_at,
        SHOWN.next_at, SHOWN.open_activities, CLIENT, OWNER,
    )
    .select_from(join(Stage, SHOWN, true()))
    .outerjoin(ClientCompany, ClientCompany.id == SHOWN.client_company_id)
    .outerjoin(Contact, Contact.id == SHOWN.contact_id)
    .outerjoin(Lead, Lead.id == SHOWN.lead_id)
    .outerjoin(person, person.c.id == SHOWN.responsible_id)
    .order_by(SHOWN.moved_at.desc(), SHOWN.id.desc())
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board. `amount` in minor units of the company's currency; 0 where the deal has another one."""

    id: int
    title: str
    version: int
    amount: int
    amount_text: str
    client: str
    owner: str
    days: str
    next_at: datetime | None
    is_late: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards of a column, and the cursor of the last one if more come after it."""

    cards: Sequence[Card]
    after: str


def first_cards(ctx: ReadCtx, stage_ids: Sequence[int]) -> Mapping[int, Cards]:
    """The newest cards of each of these stages, by stage: a few index entries are read for each."""
    if not stage_ids:
        return {}
    by_stage: defaultdict[int, list[Row[*Face]]] = defaultdict(list)
    for row in ctx.db.execute(newest(ctx, stage_ids)):
        by_stage[row[1]].append(row)
    return {stage_id: cards_of(ctx, rows, FIRST) for stage_id, rows in by_stage.items()}


def next_cards(ctx: ReadCtx, stage_id: int, after: str) -> Cards:
    """The cards of a stage that come after a place.

    Raises: NotFound for what is no place.
    """
    try:
        place = read_cursor(after, ORDER, Deal.moved_at.type)
    except ValueError as error:
        raise NotFound from error
    here = tuple_(literal(place.value, Deal.moved_at.type), place.id)
    older = visible_deals(ctx).where(Deal.stage_id == stage_id, tuple_(Deal.moved_at, Deal.id) < here)
    rows = ctx.db.execute(FACES.where(Stage.id == stage_id, SHOWN.id.in_(ids_of(older, NEXT + 1)))).all()
    return cards_of(ctx, rows, NEXT)


def newest(ctx: ReadCtx, stage_ids: Sequence[int]) -> Select[*Face]:
    """The newest deals of each stage, and one more that tells whether there are others.

    Each stage's part ends at its limit, so the index of stages serves it at any number of deals, stage by stage.
    """
    ids = ids_of(visible_deals(ctx).where(Deal.stage_id == Stage.id), FIRST + 1).correlate(Stage)
    # Postgres would look a correlated IN up for every deal there is; an array it makes once a stage.
    here = SHOWN.id.in_(ids) if ctx.db.dialect == "sqlite" else SHOWN.id == any_(func.array(ids.scalar_subquery()))
    return FACES.where(Stage.id.in_(stage_ids), here)


def ids_of(deals: Select[Deal], most: int) -> Select[int]:
    """The newest of these deals.

    The index holds them so: `deleted_at`, the same in all, is named because Postgres sorts them all otherwise.
    """
    newest_first = deals.order_by(Deal.deleted_at.desc(), Deal.moved_at.desc(), Deal.id.desc())
    return newest_first.limit(most).with_only_columns(Deal.id)


def cards_of(ctx: ReadCtx, rows: Sequence[Row[*Face]], most: int) -> Cards:
    """The first cards of these rows; one row more than `most` tells that the column goes on."""
    kept = rows[:most]
    after = write_cursor(ORDER, Cursor(kept[-1][6], kept[-1][0])) if len(rows) > most else ""
    return Cards([card_of(ctx, row) for row in kept], after)


def card_of(ctx: ReadCtx, row: Row[*Face]) -> Card:
    deal_id, _stage, title, version, amount, currency, moved_at, next_at, open_activities, client, owner = row
    days = (ctx.now - moved_at).days
    return Card(
        id=deal_id,
        title=title,
        version=version,
        amount=amount if currency == ctx.company.currency else 0,
        amount_text=format_money(Money(amount, currency)) if amount else "",
        client=client,
        owner=owner,
        days=ngettext("%(num)s day", "%(num)s days", days, num=days) if days else "",
        next_at=next_at,
        is_late=next_at is not None and next_at < ctx.now,
        has_next=open_activities > 0,
    )
