"""What modules exist, read from their `module.toml` without importing any code."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boxportal.kernel.paths import migrations_folder, modules_folder
from boxportal.sdk.errors import RuleBroken

RESERVED = frozenset({
    "core", "kernel", "login", "logout", "hello", "account", "admin", "form", "s", "live", "healthz", "readyz", "api",
    "assets", "door", "files", "inbox", "lists", "pictures", "search", "trash", "invite", "reset", "sdk", "contracts",
    "help", "views", "modules", "outgoing",
})  # fmt: skip

GROUP = "boxportal.modules"


class Cost(BaseModel):
    """What the module costs, measured by `boxportal module cost --measure --write` for a release."""

    model_config = ConfigDict(extra="forbid")
    memory_mb: float = 0.0
    disk_mb: float = 0.0


class Manifest(BaseModel):
    """A module's `module.toml`. Unknown keys are errors.

    `public` names the first parts of the addresses that outsiders reach (`form`, `s`), so that they stay polite while
    the module is off; what is sent to those in `keeps` meanwhile waits for the module's `<id>.kept-post` handler.
    """

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
    keeps: tuple[str, ...] = ()
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
    broken: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._drop_incomplete()

    def _drop_incomplete(self) -> None:
        """Leave out what requires a module that this installation does not have."""
        while True:
            lacking = [(e, m) for e in self.entries.values() for m in e.manifest.requires if m not in self.entries]
            if not lacking:
                return
            for entry, missing in lacking:
                self.broken[entry.id] = f"module {entry.id} requires {missing}, which this installation does not have"
                self.entries.pop(entry.id, None)

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


def read_manifest(path: Path, name: str) -> Manifest:
    """Read the `module.toml` of the module that must be called `name`.

    Raises: RuleBroken that names the file and each wrong key.
    """
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise RuleBroken(f"{path}: {error}") from error
    if manifest.id != name or manifest.id in RESERVED:
        raise RuleBroken(f"{path}: the id must be {name!r} and none of the kernel's own words")
    return manifest


@cache
def load_catalog() -> Catalog:
    """Read the manifests of the modules that come with the program and of installed packages.

    A package of someone else that can't be read is left out and named in `broken`: it must not stop the box.
    """
    entries = {entry.id: entry for entry in own_modules()}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        if point.name in entries:
            broken[point.name] = f"the package {point.module} brings a module {point.name}, which is there already"
            continue
        try:
            entries[point.name] = packaged_module(point)
        except RuleBroken as error:
            broken[point.name] = str(error)
    return Catalog(entries, broken)


def own_modules() -> list[CatalogEntry]:
    """The modules that come with the program; their migrations lie beside the kernel's."""
    return [
        CatalogEntry(
            manifest := read_manifest(path, path.parent.name),
            f"boxportal.modules.{manifest.id}",
            path.parent,
            migrations_folder() / manifest.id,
        )
        for path in sorted(modules_folder().glob("*/module.toml"))
    ]


def packaged_module(point: EntryPoint) -> CatalogEntry:
    """A module in an installed package, `id = "its.package"` under the entry points; nothing of it is imported.

    Raises: RuleBroken when the package or its manifest can't be read.
    """
    top, *inner = point.module.split(".")
    spec = find_spec(top)  # of the topmost package only: finding an inner one would import those around it
    if spec is None or not spec.submodule_search_locations:
        raise RuleBroken(f"the package {point.module!r} is not installed")
    folder = Path(next(iter(spec.submodule_search_locations))).joinpath(*inner)
    manifest = read_manifest(folder / "module.toml", point.name)
    return CatalogEntry(manifest, point.module, folder, folder / "migrations")
