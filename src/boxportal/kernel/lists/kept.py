"""Reads what the actor keeps of a list: one statement, for every list page asks for it."""

from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, or_, select
from sqlalchemy.orm import aliased

from boxportal.kernel.identity.models import Person, Team, TeamMember
from boxportal.kernel.lists.models import ListChoice, ListPin, ListView
from boxportal.sdk.access import Scope
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.list_kept import KeptOfList, SavedView
from boxportal.sdk.list_state import MAX_QUERY

KEEP = "core.list_view.edit"
MOST_SHOWN = 200
Owner = aliased(Person)
_ME = bindparam("me", type_=Person.__table__.c.id.type)
_KEY = bindparam("key", type_=ListView.__table__.c.list_key.type)
_OPEN = bindparam("opened", type_=ListView.__table__.c.id.type)


# Of very many views those stay in sight that the person uses: the limit is for what others share.
_FIRST = case(
    (or_(ListView.id == _OPEN, ListView.id == ListChoice.view_id, ListPin.view_id.is_not(None)), 0),
    (ListView.owner_id == _ME, 1),
    else_=2,
)


def within_reach(me: ColumnElement[int]) -> ColumnElement[bool]:
    """The views that a person may open: their own, those of their teams, and everybody's."""
    teams = select(TeamMember.team_id).where(TeamMember.person_id == me)
    of_team = and_(ListView.audience == "team", ListView.team_id.in_(teams))
    return or_(ListView.owner_id == me, ListView.audience == "all", of_team)


def _statement() -> Select[*tuple[object, ...]]:
    """From the person, so that there is a row also where nothing was saved yet."""
    view = and_(ListView.list_key == _KEY, within_reach(_ME))
    mine = and_(ListChoice.person_id == Person.id, ListChoice.list_key == _KEY)
    return (
        select(
            ListChoice.columns, ListChoice.view_id.label("default_id"), ListView.id, ListView.list_key, ListView.name,
            ListView.query, ListView.owner_id, Owner.name.label("owner"), ListView.audience, ListView.team_id,
            Team.name.label("team"), ListView.version, ListPin.view_id.label("pinned_id"),
        )
        .select_from(Person)
        .outerjoin(ListChoice, mine)
        .outerjoin(ListView, view)
        .outerjoin(Owner, Owner.id == ListView.owner_id)
        .outerjoin(Team, Team.id == ListView.team_id)
        .outerjoin(ListPin, and_(ListPin.view_id == ListView.id, ListPin.person_id == Person.id))
        .where(Person.id == _ME)
        .order_by(_FIRST, ListView.name, ListView.id)
        .limit(MOST_SHOWN)
    )  # fmt: skip


KEPT = _statement()


def kept_of(ctx: ReadCtx, key: str, *, opened: int = 0) -> KeptOfList:
    """What the actor keeps of a list; nothing for whoever is no person.

    Of its views at most 200, by name; the `opened` one, if within reach, and the actor's own are always among them.
    """
    if ctx.actor.id is None:
        return KeptOfList(key=key)
    rows = ctx.db.rows(KEPT, {"me": ctx.actor.id, "key": key, "opened": opened})
    views = sorted((saved_view(ctx, row) for row in rows if row.id is not None), key=lambda view: (view.name, view.id))
    columns = tuple(rows[0].columns or ()) if rows else ()
    return KeptOfList(key=key, columns=columns, views=tuple(views), may_keep=ctx.can(KEEP))


def saved_view(ctx: ReadCtx, row: "Row[*tuple[object, ...]]") -> SavedView:
    is_mine = row.owner_id == ctx.actor.id
    shared = row.audience == "all" or (row.audience == "team" and row.team_id is not None)
    return SavedView(
        id=row.id,
        list_key=row.list_key,
        name=row.name,
        query=row.query,
        owner_id=row.owner_id,
        owner=row.owner,
        audience=row.audience if shared else "own",
        team_id=row.team_id,
        team=row.team or "",
        version=row.version,
        can_change=ctx.can(KEEP) and (is_mine or (shared and ctx.actor.scope(KEEP) is Scope.ALL)),
        is_mine=is_mine,
        is_pinned=row.pinned_id is not None,
        is_default=row.default_id == row.id,
    )


def opened_view(query: str) -> int:
    """The saved view that an address of a list names; 0 for none."""
    named = dict(parse_qsl(query[:MAX_QUERY])).get("_view", "")
    return int(named) if named.isascii() and named.isdecimal() and len(named) < len(str(MAX_ID)) else 0
