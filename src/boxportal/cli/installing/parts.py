"""The modules that can be chosen, from their `module.toml` alone, with what they cost."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
BASE = tomllib.loads((Path(__file__).parent / "base.toml").read_text("utf-8"))
PROFILES = {
    "sales": ("clients and sales", ("sales",)),
    "team": ("team work", ("team",)),
    "both": ("both", ("sales", "team")),
}
"""What people say they want a portal for, and the categories of modules that are for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A module; `memory` and `disk` in MB, measured for the release."""

    id: str
    title: str
    summary: str
    category: str
    is_default: bool
    requires: tuple[str, ...]
    memory: float
    disk: float


def read_parts(folder: Path = PACKAGE / "modules") -> dict[str, Part]:
    """All modules that come with the program, by id."""
    read = [tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*/module.toml"))]
    return {said["id"]: part_of(said) for said in read}


def part_of(said: dict[str, object]) -> Part:
    cost = said.get("cost")
    measured = cost if isinstance(cost, dict) else {}
    needs = said.get("requires")
    return Part(
        id=str(said["id"]),
        title=str(said["title"]),
        summary=str(said["summary"]),
        category=str(said["category"]),
        is_default=bool(said.get("default")),
        requires=tuple(map(str, needs)) if isinstance(needs, list) else (),
        memory=float(measured.get("memory_mb", 0)),
        disk=float(measured.get("disk_mb", 0)),
    )


def with_required(chosen: Collection[str], parts: dict[str, Part]) -> tuple[str, ...]:
    """The chosen modules and everything that they need."""
    found: list[str] = []
    waiting = list(chosen)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += parts[name].requires
    return tuple(name for name in parts if name in found)


def of_profile(profile: str, parts: dict[str, Part]) -> tuple[str, ...]:
    """The modules that a profile begins with: those of its categories that need no further server."""
    _words, categories = PROFILES[profile]
    return with_required([p.id for p in parts.values() if p.is_default and p.category in categories], parts)


def offered_profiles(parts: dict[str, Part]) -> list[tuple[str, tuple[str, ...]]]:
    """The profiles that have modules, each choice once."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for profile in PROFILES:
        modules = of_profile(profile, parts)
        if modules and modules not in [known for _name, known in found]:
            found.append((profile, modules))
    return found


def cost_of(chosen: Collection[str], parts: dict[str, Part]) -> tuple[float, float]:
    """Memory and disk in MB of the program with these modules on."""
    memory = float(BASE["memory_mb"]) + sum(parts[name].memory for name in chosen)
    return memory, float(BASE["disk_mb"]) + sum(parts[name].disk for name in chosen)
