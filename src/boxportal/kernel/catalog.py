"""What modules exist, read from their `module.toml` without importing any code."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boxportal.kernel.paths import migrations_folder, modules_folder
from boxportal.sdk.errors import RuleBroken

RESERVED = frozenset({
    "core", "kernel", "login", "logout", "hello", "account", "admin", "form", "s", "live", "healthz", "readyz", "api",
    "assets", "files", "inbox", "search", "trash", "invite", "reset", "sdk", "contracts", "help",
})  # fmt: skip


class Cost(BaseModel):
    """What the module costs, measured by `boxportal module cost --measure`."""

    model_config = ConfigDict(extra="forbid")
    memory_mb: float = 0.0
    disk_mb: float = 0.0


class Manifest(BaseModel):
    """A module's `module.toml`. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)
    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    title: str
    summary: str
    for_: str = Field(alias="for")
    not_for: str
    version: str
    category: str
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    default: bool = False
    public: tuple[str, ...] = ()
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A module that could be switched on: its manifest and where its files are."""

    manifest: Manifest
    package: str
    folder: Path
    migrations: Path

    @property
    def id(self) -> str:
        return self.manifest.id


@dataclass(frozen=True, slots=True)
class Catalog:
    """All modules that this installation has, by id, in the order they can be switched on."""

    entries: dict[str, CatalogEntry]

    def get(self, module_id: str) -> CatalogEntry | None:
        return self.entries.get(module_id)

    def requires(self, module_id: str) -> set[str]:
        """Everything the module needs, also indirectly."""
        needed: set[str] = set()
        waiting = [module_id]
        while waiting:
            for other in self.entries[waiting.pop()].manifest.requires:
                if other not in needed:
                    needed.add(other)
                    waiting.append(other)
        return needed

    def dependants(self, module_id: str) -> set[str]:
        """Everything that needs the module, also indirectly."""
        return {other for other in self.entries if module_id in self.requires(other)}

    def in_order(self, modules: set[str]) -> list[str]:
        """Sort modules so that each comes after what it requires."""
        return sorted(modules, key=lambda m: (len(self.requires(m) & set(self.entries)), m))

    def branch_folders(self) -> dict[str, Path]:
        """The migration folders of the kernel and of every module."""
        return {"core": migrations_folder() / "core"} | {e.id: e.migrations for e in self.entries.values()}


def read_manifest(path: Path) -> Manifest:
    """Read one `module.toml`.

    Raises: RuleBroken that names the file and each wrong key.
    """
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        msg = f"{path}: {error}"
        raise RuleBroken(msg) from error
    if manifest.id != path.parent.name or manifest.id in RESERVED:
        msg = f"{path}: the id must be the folder's name and none of the kernel's own words"
        raise RuleBroken(msg)
    return manifest


@cache
def load_catalog() -> Catalog:
    """Read the manifests of the modules that come with the program and of installed packages."""
    found = [
        CatalogEntry(
            manifest := read_manifest(path),
            f"boxportal.modules.{manifest.id}",
            path.parent,
            migrations_folder() / manifest.id,
        )
        for path in sorted(modules_folder().glob("*/module.toml"))
    ]
    catalog = Catalog({entry.id: entry for entry in found})
    for entry in found:
        missing = set(entry.manifest.requires) - set(catalog.entries)
        if missing:
            msg = f"module {entry.id} requires {', '.join(sorted(missing))}, which this installation does not have"
            raise RuleBroken(msg)
    return catalog
