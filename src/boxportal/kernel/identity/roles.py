"""Roles: how far each permission of what is on reaches for the people who have them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from boxportal.kernel.identity import rules
from boxportal.kernel.identity.models import PersonRole, Role, RoleGrant
from boxportal.sdk.access import Scope
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.module import Permission

Permissions = Mapping[str, Permission]
MOST_TITLE = 100


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role as the list shows it."""

    id: int
    title: str
    built_in: bool
    people: int


def list_roles(ctx: ReadCtx) -> list[RoleLine]:
    people = select(func.count()).where(PersonRole.role_id == Role.id).scalar_subquery()
    rows = ctx.db.execute(select(Role, people).order_by(Role.key.is_(None), Role.id)).all()
    return [RoleLine(role.id, _(role.title), role.key is not None, number or 0) for role, number in rows]


def role_choices(ctx: ReadCtx) -> list[tuple[int, str]]:
    return [(line.id, line.title) for line in list_roles(ctx)]


def role_of(ctx: ReadCtx, role_id: int) -> Role:
    """Raises: NotFound."""
    return one(ctx.db, select(Role).where(Role.id == role_id))


def scopes_of(ctx: ReadCtx, role: Role | None, permissions: Permissions) -> dict[str, Scope]:
    """How far each permission reaches for a role: its own grant, else what the module gives a built-in one."""
    explicit = {}
    if role is not None:
        rows = select(RoleGrant.permission, RoleGrant.scope).where(RoleGrant.role_id == role.id)
        explicit = dict(ctx.db.execute(rows).all())
    return {p.id: Scope(explicit.get(p.id, default_of(role, p))) for p in permissions.values()}


def default_of(role: Role | None, permission: Permission) -> Scope:
    return permission.defaults.get(role.key, Scope.NONE) if role is not None and role.key else Scope.NONE


def add_role(ctx: Ctx, title: str, wished: Mapping[str, Scope], permissions: Permissions) -> Role:
    """Raises: Invalid."""
    role = Role(key=None, title=checked_title(ctx, title, but=None))
    ctx.db.add(role)
    ctx.db.flush()
    set_grants(ctx, role, wished, permissions)
    audit(ctx, "core.role.add", role, after=named(wished))
    return role


def change_role(ctx: Ctx, role_id: int, title: str, wished: Mapping[str, Scope], permissions: Permissions) -> Role:
    """Change a role. Grants of modules that are off stay as they are; everyone's next request follows the new ones.

    Raises: NotFound, Invalid.
    """
    role = role_of(ctx, role_id)
    before = scopes_of(ctx, role, permissions)
    wished = {name: scope for name, scope in wished.items() if name in permissions}
    if role.key is None:
        role.title = checked_title(ctx, title, but=role.id)
    set_grants(ctx, role, wished, permissions)
    changed = {name: scope for name, scope in wished.items() if before.get(name) != scope}
    audit(ctx, "core.role.edit", role, before=named({name: before[name] for name in changed}), after=named(changed))
    return role


def remove_role(ctx: Ctx, role_id: int) -> None:
    """Raises: NotFound; RuleBroken for a built-in one, or while people have it."""
    role = role_of(ctx, role_id)
    if role.key is not None:
        raise RuleBroken(_("Built-in roles can be changed, not removed."))
    if ctx.db.scalar(select(func.count()).where(PersonRole.role_id == role.id)):
        raise RuleBroken(_("People have this role. Give them another one first."))
    audit(ctx, "core.role.remove", role)
    rules.forget_role(ctx, role.id)
    ctx.db.delete(role)


def checked_title(ctx: ReadCtx, title: str, *, but: int | None) -> str:
    """Raises: Invalid."""
    clean = " ".join(title.split())
    if not clean or len(clean) > MOST_TITLE or not clean.isprintable():
        raise Invalid({"title": _("Type a title of up to 100 letters.")})
    others = ctx.db.execute(select(Role.id, Role.title))
    if any(i != but and clean.casefold() in (other.casefold(), _(other).casefold()) for i, other in others):
        raise Invalid({"title": _("There is a role of this title already.")})
    return clean


def set_grants(ctx: Ctx, role: Role, wished: Mapping[str, Scope], permissions: Permissions) -> None:
    """Keep what differs from the modules' defaults, so that a later default reaches who never chose."""
    known = [name for name in wished if name in permissions]
    mine = delete(RoleGrant).where(RoleGrant.role_id == role.id)
    ctx.db.change(mine.where(RoleGrant.permission.in_(known)))
    for name in known:
        permission = permissions[name]
        scope = wished[name] if permission.scoped or wished[name] is Scope.NONE else Scope.ALL
        if scope != default_of(role, permission):
            ctx.db.add(RoleGrant(role_id=role.id, permission=name, scope=int(scope)))
    ctx.db.flush()


def named(scopes: Mapping[str, Scope]) -> dict[str, object]:
    return {name: scope.name.lower() for name, scope in scopes.items()}


def audit(ctx: Ctx, action: str, role: Role, **change: dict[str, object]) -> None:
    before, after = change.get("before", {}), change.get("after", {})
    ref = RecordRef("core.role", role.id)
    ctx.audit(AuditEntry(action=action, ref=ref, title=_(role.title), before=before, after=after))
