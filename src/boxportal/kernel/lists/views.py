"""Saved views of lists: made, changed, shared, pinned, chosen to open with, handed over, deleted.

A view is a query of its list's address, nothing more. Opening one runs the list as whoever opens it: what they may not
see is not in it, whoever saved it. `me` in a shared view is its reader.

Who may share: the permission `core.list_view.edit`. Own: views for oneself; team: also for a team that one belongs to;
all: for any team and for everybody. A view is changed by its owner; a shared one also by who may share with everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError

from boxportal.contracts.people import PersonLeft
from boxportal.kernel.identity.models import Person, Team, TeamMember
from boxportal.kernel.lists.kept import KEEP, kept_of
from boxportal.kernel.lists.models import ListChoice, ListPin, ListView
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, NotPermitted, RuleBroken, Stale
from boxportal.sdk.events import Event, RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.list_kept import Audience, SavedView
from boxportal.sdk.lists import Listing, read_state
from boxportal.sdk.lists_web import list_env
from boxportal.sdk.module import ListKind
from boxportal.sdk.names import clean_line

MOST_NAME, MOST_QUERY = 100, 6_000
MOST_OWN, MOST_PINNED = 100, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWish:
    """What a view shall be called, and who shall see it."""

    name: str
    audience: Audience = "own"
    team_id: int | None = None


def list_kind(ctx: ReadCtx, key: str) -> ListKind:
    """A list whose module is on and whose records the actor may see.

    Raises: NotFound.
    """
    kind = snapshot_of(ctx).lists.get(key)
    if kind is None or not ctx.can(kind.permission):
        raise NotFound
    return kind


def lists_of(ctx: ReadCtx) -> Sequence[ListKind]:
    """Every list that the actor may open."""
    return [kind for kind in snapshot_of(ctx).lists.values() if ctx.can(kind.permission)]


def views_of(ctx: ReadCtx, key: str) -> Sequence[SavedView]:
    """The views of a list that the actor may open, by name.

    Raises: NotFound.
    """
    list_kind(ctx, key)
    return kept_of(ctx, key).views


def view_of(ctx: ReadCtx, view_id: int) -> SavedView:
    """Raises: NotFound when it is missing, not shared with the actor, or its list is out of reach."""
    row = one(ctx.db, select(ListView).where(ListView.id == view_id))
    list_kind(ctx, row.list_key)
    found = kept_of(ctx, row.list_key, opened=view_id).view(str(view_id))
    if found is None:
        raise NotFound
    return found


def url_of(ctx: ReadCtx, view: SavedView) -> str:
    """Where the view opens."""
    return f"{list_kind(ctx, view.list_key).url}?{view.address}"


def whole_query(ctx: ReadCtx, key: str, query: str) -> str:
    """A query of a list's address as a view keeps it: with order and columns spelt out.

    Raises: NotFound, Invalid when the list can't read it.
    """
    listing = listing_of(ctx, key, query)
    columns = kept_of(ctx, key).columns
    state = read_state(listing.spec, query, list_env(ctx, listing.choices), columns=columns)
    state.require_valid()
    if len(state.whole) > MOST_QUERY:
        raise Invalid({"query": _("This view is too long to be kept.")})
    return state.whole


def listing_of(ctx: ReadCtx, key: str, query: str) -> Listing:
    """Raises: NotFound."""
    return list_kind(ctx, key).listing(ctx, query)


def save_view(ctx: Ctx, key: str, query: str, wish: ViewWish) -> ListView:
    """Keep what a list shows under a name.

    Raises: NotFound, NotPermitted, Invalid, RuleBroken when the actor has very many.
    """
    ctx.require(KEEP)
    whole = whole_query(ctx, key, query)
    wish = checked(ctx, key, wish, but=None)
    mine = select(func.count()).where(ListView.owner_id == ctx.actor.id, ListView.list_key == key)
    if (ctx.db.scalar(mine) or 0) >= MOST_OWN:
        raise RuleBroken(_("You keep very many views of this list. Delete some first."))
    view = ListView(
        list_key=key, owner_id=ctx.actor.id, name=wish.name, query=whole, audience=wish.audience,
        team_id=wish.team_id, version=1, created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip
    ctx.db.add(view)
    ctx.db.flush()
    audit(ctx, "core.list_view.add", view)
    return view


def change_view(
    ctx: Ctx, view_id: int, wish: ViewWish, *, query: str | None = None, version: int | None = None
) -> ListView:
    """Rename a view, share it otherwise, or with a `query` let it show something else.

    Raises: NotFound, NotPermitted, Invalid, Stale.
    """
    view = changeable(ctx, view_id)
    if version is not None and version != view.version:
        raise Stale({"name": view.name, "query": view.query})
    before = shown(view)
    wish = checked(ctx, view.list_key, wish, but=view)
    view.name, view.audience, view.team_id = wish.name, wish.audience, wish.team_id
    if query is not None:
        view.query = whole_query(ctx, view.list_key, query)
    view.version, view.updated_at = view.version + 1, ctx.now
    audit(ctx, "core.list_view.edit", view, before)
    return view


def delete_view(ctx: Ctx, view_id: int) -> str:
    """Delete a view, for everybody who used it. Returns the key of its list.

    Raises: NotFound, NotPermitted.
    """
    view = changeable(ctx, view_id)
    key = view.list_key
    audit(ctx, "core.list_view.remove", view)
    ctx.db.delete(view)
    return key


def changeable(ctx: Ctx, view_id: int) -> ListView:
    """Raises: NotFound; NotPermitted when the actor may open it, but not change it."""
    found = view_of(ctx, view_id)
    if not found.can_change:
        raise NotPermitted
    return one(ctx.db, select(ListView).where(ListView.id == view_id).with_for_update())


def checked(ctx: ReadCtx, key: str, wish: ViewWish, *, but: ListView | None) -> ViewWish:
    """The wish as it is kept.

    Raises: Invalid, for all fields at once.
    """
    name = clean_line(wish.name)
    wrong: dict[str, object] = {}
    if not name or len(name) > MOST_NAME:
        wrong["name"] = _("Type a name of up to 100 letters.")
    owner = but.owner_id if but else ctx.actor.id
    same = select(ListView.id, ListView.name).where(ListView.list_key == key, ListView.owner_id == owner)
    others = [other for i, other in ctx.db.execute(same) if but is None or i != but.id]
    if name.casefold() in (other.casefold() for other in others):
        wrong["name"] = _("There is a view of this name already.")
    stays = but is not None and (but.audience, but.team_id) == (wish.audience, wish.team_id)
    if not stays and not may_share(ctx, wish):
        wrong["share"] = _("You may not share with them.")
    if wrong:
        raise Invalid(wrong)
    return ViewWish(name=name, audience=wish.audience, team_id=wish.team_id if wish.audience == "team" else None)


def may_share(ctx: ReadCtx, wish: ViewWish) -> bool:
    if wish.audience == "own":
        return True
    if wish.audience == "all":
        return ctx.actor.scope(KEEP) is Scope.ALL
    return wish.team_id in {team_id for team_id, _name in teams_to_share_with(ctx)}


def teams_to_share_with(ctx: ReadCtx) -> Sequence[tuple[int, str]]:
    """The teams that the actor may share with, by name."""
    scope = ctx.actor.scope(KEEP)
    if scope < Scope.TEAM:
        return []
    teams = select(Team.id, Team.name).order_by(Team.name, Team.id)
    if scope is not Scope.ALL:
        mine = select(TeamMember.team_id).where(TeamMember.person_id == ctx.actor.id)
        teams = teams.where(Team.id.in_(mine))
    return [(row[0], row[1]) for row in ctx.db.execute(teams)]


def shown(view: ListView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "audience": view.audience, "team_id": view.team_id}


def audit(ctx: Ctx, action: str, view: ListView, before: dict[str, object] | None = None) -> None:
    """What others see is written down; what somebody keeps for themselves concerns nobody."""
    if view.audience == "own" and (before or {}).get("audience", "own") == "own":
        return
    ref = RecordRef("core.list_view", view.id)
    ctx.audit(AuditEntry(action=action, ref=ref, title=view.name, before=before or {}, after=shown(view)))


def pin_view(ctx: Ctx, view_id: int, *, pinned: bool) -> None:
    """Keep a view in sight above its list, or no longer: for the actor alone.

    Raises: NotFound, RuleBroken when five are pinned.
    """
    view, me = view_of(ctx, view_id), person_id(ctx)
    if pinned == view.is_pinned:
        return
    if not pinned:
        ctx.db.change(delete(ListPin).where(ListPin.person_id == me, ListPin.view_id == view_id))
        return
    if sum(other.is_pinned for other in kept_of(ctx, view.list_key).views) >= MOST_PINNED:
        raise RuleBroken(_("Five views are pinned already. Let one of them go first."))
    ctx.db.add(ListPin(person_id=me, view_id=view_id))
    ctx.db.flush()


def set_default(ctx: Ctx, view_id: int, *, default: bool) -> None:
    """Open the list with this view from now on, or no longer: for the actor alone.

    Raises: NotFound.
    """
    view = view_of(ctx, view_id)
    if default != view.is_default:
        choice_of(ctx, view.list_key).view_id = view_id if default else None


def choose_columns(ctx: Ctx, key: str, columns: Sequence[str]) -> None:
    """Show these columns of a list to the actor, in this order, whenever an address names none; none: the usual ones.

    Raises: NotFound, Invalid.
    """
    known = listing_of(ctx, key, "").spec.by_key
    if any(column not in known for column in columns):
        raise Invalid({"columns": _("This list has no such column.")})
    choice_of(ctx, key).columns = list(dict.fromkeys(columns))


def choice_of(ctx: Ctx, key: str) -> ListChoice:
    choice = ctx.db.scalar(chosen(ctx, key))
    if choice is None:
        return first_choice(ctx, key)
    return choice


def first_choice(ctx: Ctx, key: str) -> ListChoice:
    """The person's first choice about a list; the same person's other request may have made it a moment before."""
    choice = ListChoice(person_id=person_id(ctx), list_key=key, columns=[], view_id=None)
    try:
        with ctx.db.savepoint():
            ctx.db.add(choice)
    except IntegrityError:
        return one(ctx.db, chosen(ctx, key))
    return choice


def chosen(ctx: ReadCtx, key: str) -> Select[ListChoice]:
    return select(ListChoice).where(ListChoice.person_id == person_id(ctx), ListChoice.list_key == key)


def person_id(ctx: ReadCtx) -> int:
    if ctx.actor.id is None:
        raise NotPermitted
    return ctx.actor.id


def hand_views_over(ctx: Ctx, left: Event) -> None:
    """Shared views of who left go to the successor; without one they stay as they are, and still open."""
    if not isinstance(left, PersonLeft):
        raise TypeError(left)
    if left.successor is None:
        return
    theirs = select(ListView).where(ListView.owner_id == left.person, ListView.audience != "own")
    taken = select(ListView.list_key, ListView.name).where(ListView.owner_id == left.successor)
    names = {(key, name.casefold()) for key, name in ctx.db.execute(taken)}
    former = ctx.db.scalar(select(Person.name).where(Person.id == left.person)) or ""
    for view in ctx.db.scalars(theirs.order_by(ListView.id)).all():
        if (view.list_key, view.name.casefold()) in names:
            view.name = f"{view.name[: MOST_NAME - len(former[:40]) - 3]} ({former[:40]})"
        view.owner_id, view.version = left.successor, view.version + 1
