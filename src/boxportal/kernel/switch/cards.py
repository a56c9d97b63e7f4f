"""The modules as the administration's page lists them: cheap to read, however much they hold."""

import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.catalog import Catalog, Manifest
from boxportal.kernel.switch.preview import people_of
from boxportal.kernel.switch.states import Standing, standings
from boxportal.sdk.context import ReadCtx


@dataclass(frozen=True, slots=True)
class Card:
    """One module: what it is, how it stands, what it needs and what needs it, and how many used it in thirty days."""

    manifest: Manifest
    standing: Standing
    needs: tuple[str, ...]
    needed_by: tuple[str, ...]
    people: int

    @property
    def kept(self) -> bool:
        """Whether it is off and its data is kept."""
        return not self.standing.works and bool(self.standing.tables)


def cards_of(ctx: ReadCtx, catalog: Catalog) -> Sequence[Card]:
    """All modules; what is required stands before what requires it."""
    found, people = standings(ctx.db, catalog), people_of(ctx)
    return [
        Card(
            catalog.entries[module_id].manifest,
            found[module_id],
            titles(catalog, catalog.requires(module_id)),
            titles(catalog, {d for d in catalog.dependants(module_id) if found[d].works}),
            people(module_id) if found[module_id].left else 0,
        )
        for module_id in catalog.in_order(set(catalog.entries))
    ]


def titles(catalog: Catalog, modules: set[str]) -> tuple[str, ...]:
    return tuple(catalog.entries[module_id].manifest.title for module_id in catalog.in_order(modules))


def server_memory() -> int:
    """The memory that this server process takes now, in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
