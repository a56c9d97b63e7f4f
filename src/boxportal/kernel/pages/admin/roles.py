"""Administration: roles, as a table of what people may do and how far it reaches."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from boxportal.kernel.identity import roles
from boxportal.kernel.identity.models import Role
from boxportal.kernel.pages.admin.doors import ADMIN, AdminRead, AdminWrite
from boxportal.kernel.pages.admin.sign_in_rules import rule_lines
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import plazy
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, edge_of, page, see_other

router = Router(prefix="/admin/roles")
BACK = "/admin/roles"
PREFIX = "scope:"
VERBS = {
    "see": plazy("permission", "See"),
    "create": plazy("permission", "Create"),
    "edit": plazy("permission", "Edit"),
    "delete": plazy("permission", "Delete"),
    "export": plazy("permission", "Export"),
    "use": plazy("permission", "Use"),
    "manage": plazy("permission", "Manage"),
    "issue": plazy("permission", "Issue"),
    "send": plazy("permission", "Send"),
    "accept": plazy("permission", "Accept"),
    "cancel": plazy("permission", "Cancel"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One permission of a row: `scoped` says whether it has a reach or is only given or not."""

    permission: str
    verb: str
    scoped: bool
    scope: int


@dataclass(frozen=True, slots=True)
class Row:
    """What the permissions of one record kind, or one thing to do, are called."""

    title: str
    cells: tuple[Cell, ...]


@router.get("")
def role_list(ctx: AdminRead) -> Response:
    return page(ctx, "kernel/admin/roles.html", lines=roles.list_roles(ctx), rules=rule_lines(ctx))


@router.get("/new")
def role_new(ctx: AdminRead) -> Response:
    return role_page(ctx, None, "", roles.scopes_of(ctx, None, permissions_of(ctx)))


@router.post("/new")
async def role_add(request: Request) -> Response:
    form = await request.form()
    async with edge_of(request).writing(request, ADMIN) as ctx:
        return await run_in_threadpool(save, ctx, None, form)


@router.get("/{role_id}")
def role_show(ctx: AdminRead, role_id: RecordId) -> Response:
    role = roles.role_of(ctx, role_id)
    return role_page(ctx, role, role.title, roles.scopes_of(ctx, role, permissions_of(ctx)))


@router.post("/{role_id}")
async def role_change(request: Request, role_id: RecordId) -> Response:
    form = await request.form()
    async with edge_of(request).writing(request, ADMIN) as ctx:
        return await run_in_threadpool(save, ctx, role_id, form)


@router.post("/{role_id}/remove")
def role_remove(ctx: AdminWrite, role_id: RecordId) -> Response:
    try:
        roles.remove_role(ctx, role_id)
    except RuleBroken as error:
        role = roles.role_of(ctx, role_id)
        return role_page(ctx, role, role.title, roles.scopes_of(ctx, role, permissions_of(ctx)), error)
    return see_other(ctx, BACK)


def save(ctx: Ctx, role_id: int | None, form: FormData) -> Response:
    """Keep what the table says; permissions that it does not name stay as they are."""
    title, wished = str(form.get("title", ""))[:1000], wished_of(form)
    permissions = permissions_of(ctx)
    role = roles.role_of(ctx, role_id) if role_id is not None else None
    try:
        if role is None:
            roles.add_role(ctx, title, wished, permissions)
        else:
            roles.change_role(ctx, role.id, title, wished, permissions)
    except Invalid as error:
        return role_page(ctx, role, title, roles.scopes_of(ctx, role, permissions) | wished, error)
    return see_other(ctx, BACK)


def wished_of(form: FormData) -> dict[str, Scope]:
    """The scopes of a sent table. What is no scope is none."""
    known = {str(int(scope)): scope for scope in Scope}
    named = ((name.removeprefix(PREFIX), str(value)) for name, value in form.items() if name.startswith(PREFIX))
    return {name: known.get(value, Scope.NONE) for name, value in named}


def permissions_of(ctx: ReadCtx) -> roles.Permissions:
    return snapshot_of(ctx).permissions


def role_page(
    ctx: ReadCtx, role: Role | None, title: str, scopes: Mapping[str, Scope], error: DomainError | None = None
) -> Response:
    return page(
        ctx,
        "kernel/admin/role.html",
        status=error.status if error else 200,
        role=role,
        title=_(title) if role and role.key else title,
        errors=errors_of(error) if error else {},
        rows=rows_of(permissions_of(ctx), scopes),
        scopes=[(0, _("no")), (1, _("own")), (2, _("team")), (3, _("all"))],
    )


def rows_of(permissions: roles.Permissions, scopes: Mapping[str, Scope]) -> list[Row]:
    """Permissions that share a name are one row, in the order in which the modules declare them."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for permission in permissions.values():
        module, verb = permission.id.split(".", 1)[0], permission.id.rsplit(".", 1)[-1]
        cell = Cell(permission.id, str(VERBS.get(verb, verb)), permission.scoped, int(scopes.get(permission.id, 0)))
        cells.setdefault((module, str(permission.title)), []).append(cell)
    return [Row(title, tuple(of_row)) for (_module, title), of_row in cells.items()]
