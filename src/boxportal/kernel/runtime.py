"""The snapshot of what is on in a company, and the only import of module code in the program."""

import contextlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.door import NO_DOOR, Door
from boxportal.sdk.access import Actor
from boxportal.sdk.context import CompanyInfo, Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import Event
from boxportal.sdk.logs import get_logger
from boxportal.sdk.module import (
    Due,
    HomeCard,
    Job,
    ListKind,
    MenuItem,
    Module,
    NoticeKind,
    Outgoing,
    Panel,
    Permission,
    RecordKind,
    SearchSource,
    Text,
    TimelineSource,
)
from boxportal.sdk.routing import Later

log = get_logger()
Handler = Callable[[Ctx, Event], None]
OnKind = TypeVar("OnKind", Panel, TimelineSource)


@dataclass(frozen=True, slots=True)
class BoundHandler:
    """A subscriber with the module it belongs to; `id` finds it again when the outbox repeats it."""

    id: str
    module: str
    run: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is on, as one immutable value. A toggle builds another; requests in flight keep the one they began with."""

    revision: int
    info: CompanyInfo
    modules: Mapping[str, Module]
    public: Mapping[str, APIRouter]
    resting: Mapping[str, str]
    preparing: Mapping[str, frozenset[str]]
    menu: tuple[MenuItem, ...]
    permissions: Mapping[str, Permission]
    kinds: Mapping[str, RecordKind]
    lists: Mapping[str, ListKind]
    handlers: Mapping[type[Event], tuple[BoundHandler, ...]]
    events: Mapping[str, type[Event]]
    due: Mapping[str, Due]
    outgoing: Mapping[str, Outgoing]
    notices: Mapping[str, NoticeKind]
    jobs: Mapping[str, Job]
    providers: Mapping[type, Callable[[ReadCtx], object]]
    home: tuple[HomeCard, ...]
    panels: Mapping[str, tuple[Panel, ...]]
    timeline: Mapping[str, tuple[TimelineSource, ...]]
    search: Mapping[str, SearchSource]
    actions: Mapping[str, Text]
    door: Door = NO_DOOR

    def router_for(self, path: str) -> APIRouter | None:
        """The router of the module that a path belongs to, or None when that module is not on."""
        parts = path.split("/", 4)
        if parts[0] or len(parts) == 1:  # `*` of an OPTIONS request, say
            return None
        if path.startswith("/api/v1/"):
            module = self.modules.get(parts[3])
            return module.api if module else None
        if parts[1] in self.public:
            return self.public[parts[1]]
        module = self.modules.get(parts[1])
        return module.pages if module else None

    def narrowed(self, actor: Actor) -> Actor:
        """The actor without the permissions of modules being prepared that they are not named for.

        So all pages close at once that the kernel has for modules: lists, views, search, menu, comments, files.
        """
        closed = {m for m, people in self.preparing.items() if str(actor.id) not in people}
        if actor.is_admin or not closed:
            return actor
        return replace(actor, grants={p: s for p, s in actor.grants.items() if p.partition(".")[0] not in closed})

    def handler(self, handler_id: str) -> BoundHandler | None:
        """Find a subscriber by the id that the outbox kept."""
        return next((h for hs in self.handlers.values() for h in hs if h.id == handler_id), None)


def load_module(module_id: str) -> Module:
    """Import a module's code and return its `MODULE`. In the server only for modules that some company has on.

    Raises: RuleBroken when the code can't be loaded.
    """
    entry = load_catalog().entries[module_id]
    try:
        module = importlib.import_module(f"{entry.package}.module").MODULE
    except Exception as error:  # a module's own mistake: it must not take the server or the other modules along
        log.exception("module failed to load", module=module_id)
        raise RuleBroken(f"The module {module_id} can't be loaded: {error}") from error
    if not isinstance(module, Module) or module.id != module_id:
        raise RuleBroken(f"{entry.package}.module.MODULE is not the module {module_id!r}")
    wrong = next(misplaced(module, entry.manifest.public), "")
    if wrong:
        raise RuleBroken(f"The module {module_id} can't be used: {wrong}")
    return module


def misplaced(module: Module, public: Iterable[str]) -> Iterator[str]:
    """What of a module stands at addresses that never lead to it, each as a sentence."""
    places = (
        (module.pages, [f"/{module.id}"], "pages"),
        (module.api, [f"/api/v1/{module.id}"], "api"),
        (module.public, [f"/{word}" for word in public], "public"),
    )
    for router, fronts, name in places:
        where = " or ".join(fronts) or "a word of `public` in module.toml"
        if router is None or isinstance(router, Later):  # its file is not read yet
            continue
        paths = (str(context.path) for context in iter_route_contexts(router.routes))
        for path in paths:
            if not any(path == front or path.startswith(f"{front}/") for front in fronts):
                yield f"{path} of its {name} must be under {where}."
    for item in module.menu:
        if not (item.url == f"/{module.id}" or item.url.startswith((f"/{module.id}/", f"/{module.id}?"))):
            yield f"{item.url} of its menu must be under /{module.id}."


def load_modules(module_ids: Iterable[str]) -> dict[str, Module]:
    """Load modules in order. One that can't be loaded is left out, and so is what requires it."""
    catalog = load_catalog()
    loaded: dict[str, Module] = {}
    for module_id in module_ids:
        if catalog.requires(module_id) <= set(loaded):
            with contextlib.suppress(RuleBroken):  # logged where it was raised
                loaded[module_id] = load_module(module_id)
    return loaded


def build_snapshot(
    revision: int,
    info: CompanyInfo,
    enabled: Iterable[str],
    preparing: Mapping[str, frozenset[str]],
    kernel: Module,
    *,
    off: Iterable[str] = (),
    door: Door = NO_DOOR,
) -> Snapshot:
    """Gather everything that the kernel and the enabled modules contribute. Unknown modules are left out.

    `off` are modules that were on: outsiders who come to their addresses get a polite page.
    """
    catalog = load_catalog()
    on = load_modules(catalog.in_order(set(enabled) & set(catalog.entries)))
    parts = (kernel, *on.values())
    permissions = {p.id: p for part in parts for p in part.permissions}
    return Snapshot(
        revision=revision,
        info=info,
        door=door,
        modules=MappingProxyType(on),
        public=MappingProxyType(_public({m: module for m, module in on.items() if m not in preparing})),
        resting=MappingProxyType(_resting({*off, *preparing})),
        preparing=MappingProxyType({m: people for m, people in preparing.items() if m in on}),
        menu=tuple(sorted((item for part in parts for item in part.menu), key=lambda item: item.order)),
        permissions=MappingProxyType(permissions),
        kinds=MappingProxyType({kind.id: kind for part in parts for kind in part.records}),
        lists=MappingProxyType({one.key: one for part in parts for one in part.lists}),
        handlers=MappingProxyType(_handlers(parts)),
        events=MappingProxyType({event_id(s.event): s.event for part in parts for s in part.subscriptions}),
        due=MappingProxyType({due.topic: due for part in parts for due in part.due}),
        outgoing=MappingProxyType({out.topic: out for part in parts for out in part.outgoing}),
        notices=MappingProxyType({kind.id: kind for part in parts for kind in part.notices}),
        jobs=MappingProxyType({f"{part.id}.{job.id}": job for part in parts for job in part.jobs}),
        providers=MappingProxyType({k: v for part in parts for k, v in part.provides.items()}),
        home=tuple(sorted((card for part in parts for card in part.home), key=lambda card: card.order)),
        panels=MappingProxyType(_by_kind(sorted((p for x in parts for p in x.panels), key=lambda p: p.order))),
        search=MappingProxyType({source.kind: source for part in parts for source in part.search}),
        actions=MappingProxyType({action: text for part in parts for action, text in part.actions.items()}),
        timeline=MappingProxyType(_by_kind([t for part in parts for t in part.timeline])),
    )


def event_id(event: type[Event]) -> str:
    """How the outbox names an event type: stable while the contract's file and class keep their names."""
    return f"{event.__module__}.{event.__qualname__}"


def _public(on: Mapping[str, Module]) -> dict[str, APIRouter]:
    """The first words of outsiders' paths (`form`, `s`), as the manifests claim them, and who answers there."""
    entries = load_catalog().entries
    return {word: module.public for m, module in on.items() if module.public for word in entries[m].manifest.public}


def _resting(modules: Iterable[str]) -> dict[str, str]:
    """The words of outsiders' paths whose module is off or being prepared, and that module."""
    entries = load_catalog().entries
    return {word: module for module in modules if module in entries for word in entries[module].manifest.public}


def _handlers(parts: Iterable[Module]) -> dict[type[Event], tuple[BoundHandler, ...]]:
    handlers: dict[type[Event], tuple[BoundHandler, ...]] = {}
    for part in parts:
        for subscription in part.subscriptions:
            name = f"{part.id}:{event_id(subscription.event)}:{subscription.handler.__name__}"
            bound = BoundHandler(name, part.id, subscription.handler)
            handlers[subscription.event] = (*handlers.get(subscription.event, ()), bound)
    return handlers


def _by_kind(items: Iterable[OnKind]) -> dict[str, tuple[OnKind, ...]]:
    grouped: dict[str, list[OnKind]] = {}
    for item in items:
        grouped.setdefault(item.on, []).append(item)
    return {kind: tuple(of_kind) for kind, of_kind in grouped.items()}


EMPTY_KERNEL = Module(id="kernel")


def empty_snapshot() -> Snapshot:
    """The snapshot of a company whose database was not read yet: nothing is on."""
    return build_snapshot(-1, CompanyInfo("", "", "en", "UTC", "USD", ""), (), {}, EMPTY_KERNEL)
