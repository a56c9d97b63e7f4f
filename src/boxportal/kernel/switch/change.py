"""Switches modules on and off in a company's database: tables, rows, revision and audit line in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, text, update
from sqlalchemy.orm import Session

from boxportal.kernel.catalog import Catalog, load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.database.pending import lacks
from boxportal.kernel.database.schema import NOTHING, change_schema, content_of, contents
from boxportal.kernel.module import KERNEL
from boxportal.kernel.notify.switching import tell_of_switch
from boxportal.kernel.runtime import Snapshot, load_module
from boxportal.kernel.search.index import FILLING
from boxportal.kernel.services import Renderer, Services
from boxportal.kernel.state import raise_revision, read_revision, snapshot_in
from boxportal.kernel.switch.orders import Order, targets_of
from boxportal.kernel.switch.states import NEVER, OFF, Standing, standings
from boxportal.kernel.switch.walk import Tell, Walk, or_as_it_was, silent
from boxportal.kernel.tables import EnabledModule, Revision, Setting
from boxportal.kernel.work import reconcile
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, Ctx, Origin
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.module import Module

SEED = "core.seed."


@dataclass(frozen=True, slots=True)
class Acting:
    """Who switches, in which company, and from where."""

    company: Company
    actor: Actor
    renderer: Renderer
    address: str = ""

    def ctx(self, db: WriteSession, snapshot: Snapshot) -> Ctx:
        """A context of this actor within a transaction."""
        services = Services(self.company, snapshot, self.renderer)
        return Ctx(company=snapshot.info, actor=self.actor, now=utcnow(), services=services, db=db,
                   origin=Origin(address=self.address))  # fmt: skip


def turn_on(acting: Acting, order: Order, tell: Tell = silent) -> list[str]:
    """Make the tables, run each module's `on_enable` where it has none yet, and say that they are on, or preparing.

    One that was off and kept its rows puts them right by its `reconcile`.

    Returns what was changed. Raises: NotFound, InTheWay, Busy; RolledBack that says which step failed, and why.
    """
    catalog, engines, walk = load_catalog(), acting.company.engines, Walk(tell)
    walk.to("load")
    needs_tables = load_targets(acting.company, order)  # before the transaction: writers do not wait for an import

    def change(connection: Connection, db: WriteSession) -> tuple[list[str], Ctx | None]:
        hold_switches(db)
        targets = targets_of(order, catalog, standings(db, catalog))
        return targets, bring_up(connection, db, acting, targets, order, walk=walk) if targets else None

    with or_as_it_was(walk, order.modules):
        if needs_tables:
            targets, ctx = change_schema(engines, change)
        else:
            with engines.writer.begin() as connection, Session(bind=connection, expire_on_commit=False) as session:
                targets, ctx = change(connection, WriteSession(session))
    for act in ctx.after_commit if ctx else ():
        act()
    return targets


def load_targets(company: Company, order: Order) -> bool:
    """Import the code of the modules to turn on; whether one of them lacks tables, so that Alembic is needed.

    Raises: NotFound, InTheWay, RuleBroken when the code can't be loaded.
    """
    catalog = load_catalog()
    with read_session(company.engines) as db:
        targets = targets_of(order, catalog, standings(db, catalog))
    for module_id in targets:
        load_module(module_id)
    return lacks_tables(company, targets)


def lacks_tables(company: Company, modules: Sequence[str]) -> bool:
    """Whether one of the modules has migrations that were not run in the company."""
    with company.engines.reader.connect() as connection:
        return lacks(connection, load_catalog().branch_folders(), modules)


def bring_up(
    connection: Connection,
    db: WriteSession,
    acting: Acting,
    modules: Sequence[str],
    order: Order,
    *,
    walk: Walk | None = None,
) -> Ctx:
    """Do what `turn_on` promises for these modules, inside the caller's transaction."""
    catalog, walk = load_catalog(), walk or Walk()
    before = standings(db, catalog)
    if lacks(connection, catalog.branch_folders(), modules):
        from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

        walk.to("tables")
        migrate.upgrade(connection, catalog.branch_folders(), list(modules))
    walk.to("rows")
    for module_id in modules:
        note_state(db, module_id, "on" if order.verb == "enable" else "preparing", order.allowed)
    raise_revision(db)
    db.flush()
    ctx = acting.ctx(db, snapshot_in(db, acting.company, KERNEL))
    put_in_order(ctx, modules, before, standings(db, catalog))
    walk.to("check")
    for module_id in modules:
        require_readable(ctx, load_module(module_id))
    for module_id in modules:
        note_act(ctx, catalog, module_id, order.verb, before[module_id])
    db.flush()
    return ctx


def put_in_order(
    ctx: Ctx, modules: Sequence[str], before: Mapping[str, Standing], after: Mapping[str, Standing]
) -> None:
    """Let new modules put their first rows down, and those that come back set right what they have."""
    fresh = [m for m in modules if is_fresh(before[m], after[m])]
    for module_id in fresh:
        hook = load_module(module_id).on_enable
        if hook is not None:
            hook(ctx)
    ctx.db.flush()
    for module_id in fresh:
        remember_seed(ctx.db, module_id, after[module_id].tables)
    for module_id in modules:
        if before[module_id].state == OFF and module_id not in fresh:
            reconcile.begin(ctx, module_id)
    ctx.db.flush()


def require_readable(ctx: Ctx, module: Module) -> None:
    """Read once what people would read first: a record of each kind, what is searched, and the settings.

    Raises: whatever the module or the database raises; its pages would too.
    """
    for kind in module.records:
        ctx.db.scalars(kind.visible(ctx).limit(1)).first()
    for source in module.search:
        source.rows(ctx, [])
    if module.settings is not None:
        ctx.settings(module.settings)


def is_fresh(before: Standing, after: Standing) -> bool:
    """Whether a module has nothing of its own yet: its tables were made just now, or it has none and was never on."""
    return not before.tables if after.tables else before.state == NEVER


def turn_off(ctx: Ctx, order: Order) -> list[str]:
    """Say that modules are off; their tables, files and settings stay. Returns what was changed.

    Raises: NotFound, InTheWay.
    """
    catalog = load_catalog()
    hold_switches(ctx.db)
    before = standings(ctx.db, catalog)
    targets = [m for m in targets_of(order, catalog, before) if before[m].works]
    for module_id in targets:
        note_state(ctx.db, module_id, OFF, ())
        note_act(ctx, catalog, module_id, "disable", before[module_id])
    if targets:
        raise_revision(ctx.db)
    return targets


def turn_off_now(acting: Acting, order: Order) -> list[str]:
    """`turn_off` in a transaction of its own."""
    with write_session(acting.company.engines) as db:
        ctx = acting.ctx(db, snapshot_in(db, acting.company, KERNEL))
        changed = turn_off(ctx, order)
    for act in ctx.after_commit:
        act()
    return changed


def untouched(db: ReadSession, standing: Standing) -> bool:
    """Whether nobody stored anything in the module's tables: they hold what `on_enable` put there, or nothing."""
    row = db.get(Setting, SEED + standing.id)
    seed = row.value if row else {}
    as_seeded = (content_of(db, name) == seed.get(name, NOTHING) for name in standing.tables)
    return bool(standing.tables) and all(as_seeded)


def untouched_modules(db: ReadSession, catalog: Catalog) -> list[str]:
    """The modules that are off and whose tables nobody stored anything in, dependants first."""
    found: list[str] = []
    all_standings = standings(db, catalog)
    for module_id in reversed(catalog.in_order(set(catalog.entries))):
        standing = all_standings[module_id]
        leaning = [d for d in catalog.dependants(module_id) if all_standings[d].tables and d not in found]
        if standing.state == OFF and not leaning and untouched(db, standing):
            found.append(module_id)
    return found


def has_untouched(company: Company) -> bool:
    """Whether there are tables that `drop_untouched` would take away."""
    with read_session(company.engines) as db:
        return bool(untouched_modules(db, load_catalog()))


def drop_untouched(acting: Acting) -> list[str]:
    """Take away the tables of modules that are off and in which nobody stored anything."""
    catalog = load_catalog()
    with read_session(acting.company.engines) as db:
        if not untouched_modules(db, catalog):
            return []
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    def drop(connection: Connection, db: WriteSession) -> list[str]:
        hold_switches(db)
        all_standings = standings(db, catalog)
        modules = untouched_modules(db, catalog)
        for module_id in modules:
            migrate.downgrade(connection, catalog.branch_folders(), module_id)
            drop_indexes(connection, all_standings[module_id])
            db.change(delete(Setting).where(Setting.key == SEED + module_id))
            unfilled = Setting.key.startswith(f"{module_id}.", autoescape=True)
            db.change(delete(Setting).where(unfilled, Setting.key.endswith(FILLING, autoescape=True)))
        return modules

    return change_schema(acting.company.engines, drop)


def drop_indexes(connection: Connection, standing: Standing) -> None:
    """Drop the search tables of a module's record kinds."""
    for name in standing.indexes:
        connection.execute(text(f"DROP TABLE {name}"))


def hold_switches(db: WriteSession) -> None:
    """Let switches of one company wait for each other: from here to the commit no other one runs."""
    db.change(update(Revision).where(Revision.id == 1).values(number=Revision.number))


def note_state(db: WriteSession, module_id: str, state: str, allowed: Sequence[str]) -> None:
    row = db.get(EnabledModule, module_id)
    if row is None:
        db.add(EnabledModule(id=module_id, state=state, since=utcnow(), allowed=list(allowed)))
    else:
        row.state, row.since, row.allowed = state, utcnow(), list(allowed)


def note_act(ctx: Ctx, catalog: Catalog, module_id: str, verb: str, before: Standing) -> None:
    title = catalog.entries[module_id].manifest.title
    entry = AuditEntry(action=f"core.module.{verb}", title=title, before={"module": module_id, "state": before.state})
    ctx.audit(entry)
    tell_of_switch(ctx, verb, title)


def remember_seed(db: WriteSession, module_id: str, tables: Sequence[str]) -> None:
    """Keep what `on_enable` put into the tables, to know later whether anybody stored more."""
    held: Mapping[str, object] = contents(db, tables)
    row = db.get(Setting, SEED + module_id)
    if row is None:
        db.add(Setting(key=SEED + module_id, value=dict(held)))
    else:
        row.value = dict(held)


def revision_now(company: Company) -> int:
    """The revision that serving processes should have applied."""
    with read_session(company.engines) as db:
        return read_revision(db)
