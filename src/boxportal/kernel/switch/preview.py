"""What a switch would change, in numbers, before anybody decides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from sqlalchemy import ColumnElement, distinct, func, or_, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.catalog import Catalog, Manifest, load_catalog
from boxportal.kernel.database.schema import Holding, holding
from boxportal.kernel.records.models import RecordFile
from boxportal.kernel.switch.change import untouched
from boxportal.kernel.switch.orders import Order, targets_of
from boxportal.kernel.switch.states import Standing, standings
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import Base, ReadSession
from boxportal.sdk.module import Module

USED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a module's code adds while it works. `tables` is how many it makes."""

    pages: int = 0
    api: int = 0
    public: int = 0
    jobs: int = 0
    tables: int = 0
    menu: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {"pages": self.pages, "api": self.api, "public": self.public, "jobs": self.jobs,
                "tables": self.tables, "menu": list(self.menu)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """One module as it stands in a company: what it is, what it holds, who used it within thirty days."""

    manifest: Manifest
    standing: Standing
    dependants: tuple[str, ...]
    held: Holding
    files: int
    file_bytes: int
    people: int

    @property
    def size(self) -> int:
        """Bytes of tables, indexes and files."""
        return self.held.size + self.file_bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do. `outside` is what rests beyond the portal, by label.

    `unused` says that nobody stored anything in the modules that go off: their tables go too, and come again.
    """

    order: Order
    facts: tuple[Facts, ...]
    parts: Mapping[str, Parts]
    outside: tuple[tuple[str, int], ...] = ()
    unused: bool = False

    @property
    def held(self) -> Holding:
        """All that the modules' tables hold together."""
        held = [f.held for f in self.facts]
        return Holding(sum(h.tables for h in held), sum(h.rows for h in held), sum(h.size for h in held))

    @property
    def size(self) -> int:
        return sum(f.size for f in self.facts)

    @property
    def people(self) -> int:
        return max((f.people for f in self.facts), default=0)

    @property
    def together(self) -> Parts:
        """The parts of all modules of the order, added up."""
        parts = list(self.parts.values())
        return Parts(
            pages=sum(p.pages for p in parts),
            api=sum(p.api for p in parts),
            public=sum(p.public for p in parts),
            jobs=sum(p.jobs for p in parts),
            tables=sum(p.tables for p in parts),
            menu=tuple(title for p in parts for title in p.menu),
        )


def facts_of(db: ReadSession, now_people: Callable[[str], int], module_ids: Sequence[str] | None = None) -> list[Facts]:
    """How modules stand, in the catalog's order."""
    catalog = load_catalog()
    all_standings = standings(db, catalog)
    wanted = catalog.in_order(set(catalog.entries)) if module_ids is None else list(module_ids)
    return [fact_of(db, catalog, all_standings, module_id, now_people(module_id)) for module_id in wanted]


def fact_of(
    db: ReadSession, catalog: Catalog, all_standings: Mapping[str, Standing], module_id: str, people: int
) -> Facts:
    standing = all_standings[module_id]
    own = holding(db, standing.tables)
    indexes = holding(db, standing.indexes)
    mine = RecordFile.kind.startswith(f"{module_id}.", autoescape=True)
    number, size = db.execute(select(func.count(), func.coalesce(func.sum(RecordFile.size), 0)).where(mine)).one()
    dependants = tuple(d for d in catalog.in_order(catalog.dependants(module_id)) if all_standings[d].left)
    held = Holding(own.tables, own.rows, own.size + indexes.size)
    return Facts(catalog.entries[module_id].manifest, standing, dependants, held, number, int(size), people)


def people_of(ctx: ReadCtx) -> Callable[[str], int]:
    """How many people did something in a module within thirty days, by the audit log."""

    def count(module_id: str) -> int:
        prefix = f"{module_id}."
        did: ColumnElement[bool] = or_(
            AuditLine.action.startswith(prefix, autoescape=True), AuditLine.ref_kind.startswith(prefix, autoescape=True)
        )
        people = select(func.count(distinct(AuditLine.actor_id))).where(AuditLine.actor_id.is_not(None), did)
        return ctx.db.scalar(people.where(AuditLine.at > ctx.now - USED_WITHIN)) or 0

    return count


def parts_of(module: Module) -> Parts:
    """Count what a module's code adds."""
    return Parts(
        pages=routes_in(module.pages, "GET"),
        api=routes_in(module.api),
        public=routes_in(module.public, "GET"),
        jobs=len(module.jobs),
        tables=sum(name.startswith(f"{module.id}_") for name in Base.metadata.tables),
        menu=tuple(str(item.title) for item in module.menu),
    )


def routes_in(router: APIRouter | None, method: str = "") -> int:
    """How many addresses a router answers; with a method only those that take it: a page is what can be looked at."""
    routes = iter_route_contexts(router.routes) if router else ()
    return sum(1 for route in routes if not method or method in (route.methods or ()))


def preview(ctx: ReadCtx, order: Order, parts: Mapping[str, Parts], on: Mapping[str, Module]) -> Preview:
    """Reckon what the order would do. `parts` counts the code of each module; `on` are those whose code runs here.

    Raises: NotFound; InTheWay that names what stands in the way.
    """
    catalog = load_catalog()
    targets = targets_of(order, catalog, standings(ctx.db, catalog))
    facts = tuple(facts_of(ctx.db, people_of(ctx), targets))
    outside: list[tuple[str, int]] = []
    for module_id in targets if order.verb in ("disable", "purge") else ():
        count = on[module_id].outside if module_id in on else None
        outside += [(str(label), number) for label, number in count(ctx)] if count else []
    mine = {module_id: parts[module_id] for module_id in targets if module_id in parts}
    unused = order.verb == "disable" and all(untouched(ctx.db, fact.standing) for fact in facts)
    return Preview(order, facts, mine, tuple(outside), unused)
