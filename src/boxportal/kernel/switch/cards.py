"""The modules as the administration's page lists them: cheap to read, however much they hold."""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from boxportal.kernel.catalog import Catalog, Manifest
from boxportal.kernel.running import snapshot_of
from boxportal.kernel.switch.cost import Measured, with_cost
from boxportal.kernel.switch.lacking import lacking_in
from boxportal.kernel.switch.preview import people_of
from boxportal.kernel.switch.states import PREPARING, Standing, standings
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.module import Lack


@dataclass(frozen=True, slots=True)
class Card:
    """One module: what it is, how it stands, what it needs and what needs it, and how many used it in thirty days."""

    manifest: Manifest
    standing: Standing
    needs: tuple[str, ...]
    needed_by: tuple[str, ...]
    people: int
    measured_at: datetime | None = None
    lacks: Sequence[Lack] = ()

    @property
    def kept(self) -> bool:
        """Whether it is off and its data is kept."""
        return not self.standing.works and bool(self.standing.tables)


def cards_of(ctx: ReadCtx, catalog: Catalog, here: Mapping[str, Measured]) -> Sequence[Card]:
    """All modules; what is required stands before what requires it. `here` is what they cost on this machine."""
    found, people = standings(ctx.db, catalog), people_of(ctx)
    return [
        Card(
            with_cost(catalog.entries[module_id].manifest, here),
            found[module_id],
            titles(catalog, catalog.requires(module_id)),
            titles(catalog, {d for d in catalog.dependants(module_id) if found[d].works}),
            people(module_id) if found[module_id].left else 0,
            here[module_id].at if module_id in here else None,
            lacking_in(ctx, snapshot_of(ctx), module_id) if found[module_id].state == PREPARING else (),
        )
        for module_id in catalog.in_order(set(catalog.entries))
    ]


def titles(catalog: Catalog, modules: set[str]) -> tuple[str, ...]:
    return tuple(catalog.entries[module_id].manifest.title for module_id in catalog.in_order(modules))


def server_memory() -> int:
    """The memory that this server process takes now, in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
