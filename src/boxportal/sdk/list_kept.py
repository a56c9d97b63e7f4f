"""What a person keeps of a list (saved views, columns), and where its rows are opened and edited."""

from dataclasses import dataclass
from typing import Literal

from boxportal.sdk.i18n import Text

Audience = Literal["own", "team", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view with a name. `query` says everything that it shows; `team` names whom it is shared with, if a team."""

    id: int
    list_key: str
    name: str
    query: str
    owner_id: int
    owner: str
    audience: Audience
    team_id: int | None
    team: str
    version: int
    can_change: bool
    is_mine: bool
    is_pinned: bool = False
    is_default: bool = False

    @property
    def address(self) -> str:
        """The query that opens it: the view itself, and which one it is, should a part of it be gone."""
        return f"{self.query}&_view={self.id}"


@dataclass(frozen=True, slots=True)
class OfferedAct:
    """What the actor may do to chosen rows."""

    id: str
    title: Text
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOfList:
    """What the actor keeps of one list: read in one statement. Without `columns` the list's usual ones are shown.

    `opens` and `edits` are the addresses of a row's record, with `{id}`; empty where there is none for the actor.
    `acts` and `exports` are what may be done to chosen rows.
    """

    key: str
    columns: tuple[str, ...] = ()
    views: tuple[SavedView, ...] = ()
    may_keep: bool = False
    opens: str = ""
    edits: str = ""
    acts: tuple[OfferedAct, ...] = ()
    exports: bool = False

    @property
    def default(self) -> SavedView | None:
        """The view that the list opens with."""
        return next((view for view in self.views if view.is_default), None)

    def view(self, view_id: str) -> SavedView | None:
        """The view of this id, as it stands in an address."""
        return next((view for view in self.views if str(view.id) == view_id), None)
