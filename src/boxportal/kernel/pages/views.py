"""Saved views of lists, and the columns that a person chose for a list."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.kernel.lists import views
from boxportal.kernel.lists.kept import KEEP
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.list_kept import SavedView
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, safe_path, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]
BACK = "/views"
MOST = 8_000
TEAM = "team:"


class ViewForm(BaseModel):
    """A view's name and whom it is for: `own`, `team:<id>` or `all`; as `replaces`, the view whose content it takes."""

    key: str = Field("", max_length=80)
    query: str = Field("", max_length=MOST)
    replaces: str = ""
    name: str = Field("", max_length=1000)
    share: str = "own"
    pinned: bool = False
    default: bool = False

    def wish(self) -> views.ViewWish:
        number = self.share.removeprefix(TEAM)
        if self.share.startswith(TEAM) and number.isascii() and number.isdecimal() and len(number) < 19:  # noqa: PLR2004 digits of a 64-bit number
            return views.ViewWish(name=self.name, audience="team", team_id=int(number))
        return views.ViewWish(name=self.name, audience="own" if self.share == "own" else "all")


@router.get("/views")
def view_list(ctx: Reader) -> Response:
    lists = [(kind, views.views_of(ctx, kind.key)) for kind in views.lists_of(ctx)]
    return page(ctx, "kernel/views/list.html", lists=[(kind, found) for kind, found in lists if found])


@router.get("/views/new")
def view_new(
    ctx: Annotated[ReadCtx, reads(KEEP)],
    key: Annotated[str, Query(max_length=80)] = "",
    query: Annotated[str, Query(max_length=MOST)] = "",
) -> Response:
    return new_page(ctx, ViewForm(key=key, query=query))


@router.post("/views/new")
def view_save(ctx: Annotated[Ctx, writes(KEEP)], form: Annotated[ViewForm, Form()]) -> Response:
    kind = views.list_kind(ctx, form.key)
    try:
        view_id = kept_as(ctx, form)
        views.pin_view(ctx, view_id, pinned=form.pinned)
        views.set_default(ctx, view_id, default=form.default)
    except (Invalid, RuleBroken) as error:
        return new_page(ctx, form, error)
    ctx.db.flush()
    return see_other(ctx, f"{kind.url}?{views.view_of(ctx, view_id).address}")


def kept_as(ctx: Ctx, form: ViewForm) -> int:
    """Keep the view as a new one, or as what a view shows that is there already."""
    if not form.replaces:
        return views.save_view(ctx, form.key, form.query, form.wish()).id
    known = next((v for v in replaceable(ctx, form.key) if str(v.id) == form.replaces), None)
    if known is None:
        raise Invalid({"replaces": _("Choose from the list.")})
    wish = views.ViewWish(name=known.name, audience=known.audience, team_id=known.team_id)
    return views.change_view(ctx, known.id, wish, query=form.query).id


def replaceable(ctx: ReadCtx, key: str) -> Sequence[SavedView]:
    return [view for view in views.views_of(ctx, key) if view.can_change]


def new_page(ctx: ReadCtx, form: ViewForm, error: DomainError | None = None) -> Response:
    kind = views.list_kind(ctx, form.key)
    return page(
        ctx,
        "kernel/views/new.html",
        status=error.status if error else 200,
        form=form,
        kind=kind,
        menu_at=kind.url,
        back=f"{kind.url}?{form.query}" if form.query else kind.url,
        known=[(view.id, view.name) for view in replaceable(ctx, form.key)],
        shares=shares(ctx),
        errors=errors_of(error) if error else {},
    )


def shares(ctx: ReadCtx) -> list[tuple[str, str]]:
    """Whom the actor may share with."""
    teams = [(f"{TEAM}{i}", _("The team %(name)s", name=name)) for i, name in views.teams_to_share_with(ctx)]
    everybody = [("all", _("Everybody"))] if ctx.actor.scope(KEEP) is Scope.ALL else []
    return [("own", _("Only me")), *teams, *everybody]


def share_of(view: SavedView) -> str:
    return f"{TEAM}{view.team_id}" if view.audience == "team" else view.audience


@router.get("/views/{view_id}")
def view_show(ctx: Reader, view_id: RecordId) -> Response:
    view = views.view_of(ctx, view_id)
    return view_page(ctx, view, {"name": view.name, "share": share_of(view)})


@router.post("/views/{view_id}")
def view_change(
    ctx: Writer, view_id: RecordId, form: Annotated[ViewForm, Form()], version: Annotated[int | None, Form(ge=1)] = None
) -> Response:
    view = views.view_of(ctx, view_id)
    try:
        views.change_view(ctx, view_id, form.wish(), version=version)
    except Invalid as error:
        return view_page(ctx, view, {"name": form.name, "share": form.share}, error)
    return see_other(ctx, BACK)


@router.post("/views/{view_id}/mine")
def view_mine(ctx: Writer, view_id: RecordId, form: Annotated[ViewForm, Form()]) -> Response:
    view = views.view_of(ctx, view_id)
    try:
        views.pin_view(ctx, view_id, pinned=form.pinned)
        views.set_default(ctx, view_id, default=form.default)
    except RuleBroken as error:
        return view_page(ctx, view, {"name": view.name, "share": share_of(view)}, error)
    return see_other(ctx, BACK)


@router.post("/views/{view_id}/delete")
def view_delete(ctx: Writer, view_id: RecordId) -> Response:
    views.delete_view(ctx, view_id)
    return see_other(ctx, BACK)


def view_page(
    ctx: ReadCtx, view: SavedView, values: Mapping[str, object], error: DomainError | None = None
) -> Response:
    offered = shares(ctx)
    now = share_of(view)
    if now not in dict(offered):  # as it is shared now it may stay, also where the actor could not share it so
        offered.append((now, _("The team %(name)s", name=view.team) if view.team else _("Everybody")))
    return page(
        ctx,
        "kernel/views/view.html",
        status=error.status if error else 200,
        view=view,
        kind=views.list_kind(ctx, view.list_key),
        url=views.url_of(ctx, view),
        values=values,
        shares=offered,
        errors=errors_of(error) if error else {},
    )


@router.post("/lists/{key}/columns")
def columns_choose(
    ctx: Writer,
    key: str,
    columns: Annotated[list[str], Form()] = [],  # noqa: B006 FastAPI copies it
    back: Annotated[str, Form(max_length=MOST)] = "",
    usual: Annotated[str, Form()] = "",
) -> Response:
    kind = views.list_kind(ctx, key)
    views.choose_columns(ctx, key, () if usual else columns)
    return see_other(ctx, safe_path(back, kind.url) if back.startswith(kind.url) else kind.url)
