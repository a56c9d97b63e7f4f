"""Saved views of lists over the API."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.kernel.lists import views
from boxportal.kernel.lists.kept import KEEP
from boxportal.sdk.api import Input, RowId, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.list_kept import Audience, SavedView
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/views")
Reader = Annotated[ReadCtx, reads()]
Keeper = Annotated[Ctx, writes(KEEP)]
Name = Annotated[str, Field(max_length=1000)]


class ViewIn(Input):
    """A view of a list: the query of its address under a name. `audience` is own, team (with `team_id`) or all."""

    list: Annotated[str, Field(max_length=80)]
    name: Name
    query: Annotated[str, Field(max_length=8000)] = ""
    audience: Audience = "own"
    team_id: RowId | None = None


class ViewChange(Input):
    """What shall be otherwise; `is_pinned` and `is_default` are the token's person's own."""

    name: Name | None = None
    query: Annotated[str, Field(max_length=8000)] | None = None
    audience: Audience | None = None
    team_id: RowId | None = None
    is_pinned: bool | None = None
    is_default: bool | None = None


class ViewOut(BaseModel):
    """A view as it is kept; `url` opens it in the portal."""

    id: int
    list: str
    name: str
    query: str
    url: str
    audience: Audience
    team_id: int | None
    owner_id: int
    is_pinned: bool
    is_default: bool
    can_change: bool
    version: int


class ViewsOut(BaseModel):
    """The views that may be opened, list by list, by name."""

    items: list[ViewOut]
    next: str | None = None


@router.get("")
def view_list(ctx: Reader, list: Annotated[str, Query(max_length=80)] = "") -> ViewsOut:  # noqa: A002 as it is called in the API
    """Views that the token's person may open: of one list, or of all."""
    keys = [list] if list else [kind.key for kind in views.lists_of(ctx)]
    return ViewsOut(items=[out(ctx, view) for key in keys for view in views.views_of(ctx, key)])


@router.get("/{view_id}", response_model=ViewOut)
def view_show(ctx: Reader, view_id: RecordId) -> Response:
    """One view, with its version as ETag."""
    return answer(ctx, view_id)


@router.post("", response_model=ViewOut, status_code=201)
def view_create(ctx: Keeper, body: ViewIn) -> Response:
    """Keep a view."""
    wish = views.ViewWish(name=body.name, audience=body.audience, team_id=body.team_id)
    view = views.save_view(ctx, body.list, body.query, wish)
    return created(ctx, out(ctx, views.view_of(ctx, view.id)), location=f"/api/v1/views/{view.id}")


@router.patch("/{view_id}", response_model=ViewOut)
def view_change(ctx: Keeper, view_id: RecordId, body: ViewChange, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    if body.model_fields_set & {"name", "query", "audience", "team_id"}:
        now = views.view_of(ctx, view_id)
        wish = views.ViewWish(
            name=now.name if body.name is None else body.name,
            audience=body.audience or now.audience,
            team_id=body.team_id if "team_id" in body.model_fields_set else now.team_id,
        )
        views.change_view(ctx, view_id, wish, query=body.query, version=version_in(if_match))
    if body.is_pinned is not None:
        views.pin_view(ctx, view_id, pinned=body.is_pinned)
    if body.is_default is not None:
        views.set_default(ctx, view_id, default=body.is_default)
    ctx.db.flush()
    return answer(ctx, view_id)


@router.delete("/{view_id}", status_code=204)
def view_delete(ctx: Keeper, view_id: RecordId) -> Response:
    """Delete a view, for everybody who uses it."""
    views.delete_view(ctx, view_id)
    return Response(status_code=204)


def answer(ctx: ReadCtx, view_id: int) -> Response:
    view = views.view_of(ctx, view_id)
    return answered(ctx, out(ctx, view), etag=f'"{view.version}"')


def out(ctx: ReadCtx, view: SavedView) -> ViewOut:
    return ViewOut(
        id=view.id,
        list=view.list_key,
        name=view.name,
        query=view.query,
        url=views.url_of(ctx, view),
        audience=view.audience,
        team_id=view.team_id if view.audience == "team" else None,
        owner_id=view.owner_id,
        is_pinned=view.is_pinned,
        is_default=view.is_default,
        can_change=view.can_change,
        version=view.version,
    )
