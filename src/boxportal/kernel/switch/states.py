"""How each module stands in a company: on, being prepared, off with its data kept, or never on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from boxportal.kernel.catalog import Catalog
from boxportal.kernel.database.schema import table_names
from boxportal.kernel.search.index import PREFIX
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.database import ReadSession

State = Literal["on", "preparing", "off", "never"]
ON, PREPARING, OFF, NEVER = "on", "preparing", "off", "never"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one module stands. `allowed` are the ids of those who see it while it is being prepared.

    `tables` are its own; `indexes` are the search tables that the kernel keeps of its record kinds.
    """

    id: str
    state: State
    since: datetime | None = None
    allowed: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether its code runs: on, or being prepared."""
        return self.state in (ON, PREPARING)

    @property
    def left(self) -> bool:
        """Whether a purge would find anything of it."""
        return self.state != NEVER or bool(self.tables)


def standings(db: ReadSession, catalog: Catalog) -> dict[str, Standing]:
    """How every module of the catalog stands in this database."""
    rows = {row.id: row for row in db.scalars(select(EnabledModule))}
    names = table_names(db)
    tables = tables_by_module(names, catalog)
    indexes = tables_by_module(names, catalog, before=PREFIX)
    found: dict[str, Standing] = {}
    for module_id in catalog.entries:
        row = rows.get(module_id)
        state: State = state_of(row.state) if row else "never"
        since, allowed = (row.since, tuple(row.allowed)) if row else (None, ())
        found[module_id] = Standing(module_id, state, since, allowed, tables.get(module_id, ()),
                                    indexes.get(module_id, ()))  # fmt: skip
    return found


def state_of(text: str) -> State:
    return "on" if text == ON else "preparing" if text == PREPARING else "off"


def tables_by_module(names: Sequence[str], catalog: Catalog, *, before: str = "") -> Mapping[str, tuple[str, ...]]:
    """Sort tables by the module whose prefix they carry; of two that fit the longer one owns the table."""
    owned: dict[str, tuple[str, ...]] = {}
    for name in names:
        owners = [module_id for module_id in catalog.entries if name.startswith(f"{before}{module_id}_")]
        if owners:
            owner = max(owners, key=len)
            owned[owner] = (*owned.get(owner, ()), name)
    return owned
