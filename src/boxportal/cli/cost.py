"""`boxportal module cost`: what each module costs in memory and on disk, and measuring it anew."""

import statistics
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.catalog import Cost, load_catalog
from boxportal.sdk.errors import NotFound, RuleBroken

CHILD = "boxportal.cli.cost_child"
TIMES = 3
SECONDS = 120


def cost(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Only these modules.")] = None,
    *,
    measure: Annotated[bool, typer.Option("--measure", help="Measure, and write it into module.toml.")] = False,
) -> None:
    """What modules cost: the memory that importing one takes in a fresh process, and its files on disk."""
    options: Globals = context.obj
    with answering("module.cost", options) as output:
        catalog = load_catalog()
        unknown = [name for name in names or [] if name not in catalog.entries]
        if unknown:
            raise NotFound(f"There is no module {', '.join(unknown)}.")
        chosen = names or catalog.in_order(set(catalog.entries))
        costs = {name: measured(name) if measure else catalog.entries[name].manifest.cost for name in chosen}
        if measure and not options.dry_run:
            for name, found in costs.items():
                write_cost(catalog.entries[name].folder / "module.toml", found)
        output.data["costs"] = {name: found.model_dump() for name, found in costs.items()}
        rows = [(name, f"{c.memory_mb:.1f} MB", f"{c.disk_mb:.1f} MB") for name, c in costs.items()]
        output.say(table(("MODULE", "MEMORY", "ON DISK"), rows))


def measured(name: str) -> Cost:
    """Measure in fresh processes, with all that the module requires loaded before: the median of three."""
    entry = load_catalog().entries[name]
    memory = statistics.median(memory_of(name) for _ in range(TIMES))
    size = sum(size_of(folder) for folder in {entry.folder, entry.migrations})
    return Cost(memory_mb=round(memory / 1e6, 1), disk_mb=round(size / 1e6, 1))


def memory_of(name: str) -> int:
    """Bytes that importing the module adds to a process with the rest of the program.

    Raises: RuleBroken when the module can't be imported.
    """
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", CHILD, name], capture_output=True, text=True, check=False, timeout=SECONDS,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise RuleBroken(f"{name} can't be measured: {done.stderr.strip().splitlines()[-1:]}")
    return max(0, int(done.stdout))


def size_of(folder: Path) -> int:
    """Bytes of a module's files, without what Python compiles beside them."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files)


def write_cost(path: Path, found: Cost) -> None:
    """Put the measured cost into a `module.toml`, and leave the rest of it as it stands.

    Raises: RuleBroken when the file can't be written.
    """
    text = path.read_text("utf-8")
    head, _, rest = text.partition("[cost]")
    _, following, tail = rest.partition("\n[")
    section = f"[cost]\nmemory_mb = {found.memory_mb}\ndisk_mb = {found.disk_mb}\n"
    new = head.rstrip() + "\n\n" + section + (f"\n[{tail}" if following else "")
    tomllib.loads(new)
    try:
        path.write_text(new, "utf-8")
    except OSError as error:
        raise RuleBroken(f"{path} can't be written: {error.strerror}. Measure in a checkout.") from error
