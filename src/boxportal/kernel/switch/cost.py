"""What a module costs: the memory that importing it takes in a fresh process, and its files on disk.

Memory of one module in a running process can't be read from the system, so it is measured aside, and kept with its date
in the data folder: it is the same for all companies of the box.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from boxportal.kernel.catalog import Cost, Manifest, load_catalog
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken, StorageFull

CHILD = "boxportal.cli.cost_child"
FILE = "costs.json"
TIMES = 3
SECONDS = 120


class Measured(Cost):
    """A cost that was measured on this machine, and when. `version` is the module's: that of another is out of date."""

    at: AwareDatetime
    version: str = ""


COSTS = TypeAdapter(dict[str, Measured])


def known_costs(data: Path) -> Mapping[str, Measured]:
    """What was measured on this machine of the modules as they are installed; what can't be read counts for nothing."""
    try:
        found = COSTS.validate_json((data / FILE).read_bytes())
    except (OSError, ValidationError):
        return {}
    entries = load_catalog().entries
    return {m: cost for m, cost in found.items() if m in entries and cost.version == entries[m].manifest.version}


def with_cost(manifest: Manifest, here: Mapping[str, Measured]) -> Manifest:
    """The manifest with what the module costs on this machine, where that was measured."""
    return manifest.model_copy(update={"cost": here[manifest.id]}) if manifest.id in here else manifest


def measure(data: Path, modules: Sequence[str], *, keep: bool = True) -> Mapping[str, Measured]:
    """Measure modules one after the other, and keep what was found.

    Raises: RuleBroken when one can't be imported; StorageFull.
    """
    found = {module_id: measured(module_id) for module_id in modules}
    if keep and data.is_dir():
        write(data, {**known_costs(data), **found})
    return found


def write(data: Path, costs: Mapping[str, Measured]) -> None:
    text = json.dumps({name: cost.model_dump(mode="json") for name, cost in costs.items()}, indent=1)
    fresh = data / f".{FILE}.{os.getpid()}"
    try:
        fresh.write_text(text + "\n", "utf-8")
        fresh.replace(data / FILE)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageFull(f"{data / FILE} can't be written: {error.strerror}") from error


def measured(name: str) -> Measured:
    """Measure in fresh processes, with all that the module requires loaded before: the median of three."""
    entry = load_catalog().entries[name]
    memory = statistics.median(memory_of(name) for _ in range(TIMES))
    size = sum(size_of(folder) for folder in {entry.folder, entry.migrations})
    return Measured(
        memory_mb=round(memory / 1e6, 1), disk_mb=round(size / 1e6, 1), at=utcnow(), version=entry.manifest.version
    )


def memory_of(name: str) -> int:
    """Bytes that importing the module adds to a process with the rest of the program.

    Raises: RuleBroken when the module can't be imported.
    """
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", CHILD, name], capture_output=True, text=True, check=False, timeout=SECONDS,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise RuleBroken(f"{name} can't be measured: {' '.join(done.stderr.strip().splitlines()[-1:])}")
    return max(0, int(done.stdout))


def size_of(folder: Path) -> int:
    """Bytes of a module's files, without what Python compiles beside them."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files)
