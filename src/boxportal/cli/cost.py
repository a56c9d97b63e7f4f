"""`boxportal module cost`: what each module costs in memory and on disk, and measuring it anew."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.catalog import Cost, load_catalog
from boxportal.kernel.switch.cost import Measured, known_costs, measure
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken

MeasureNow = Annotated[bool, typer.Option("--measure", help="Measure now, and keep it with its date.")]
WriteToo = Annotated[bool, typer.Option("--write", help="Also into module.toml of a checkout, for a release.")]


def cost(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Only these modules.")] = None,
    *,
    measure_now: MeasureNow = False,
    write: WriteToo = False,
) -> None:
    """What modules cost: the memory that importing one takes in a fresh process, and its files on disk."""
    options: Globals = context.obj
    with answering("module.cost", options) as output:
        catalog = load_catalog()
        unknown = [name for name in names or [] if name not in catalog.entries]
        if unknown:
            raise NotFound(f"There is no module {', '.join(unknown)}.")
        if write and not measure_now:
            raise Invalid({"--write": "goes with --measure"})
        chosen = names or catalog.in_order(set(catalog.entries))
        here = known_costs(options.data)
        if measure_now:
            here = measure(options.data, chosen, keep=not options.dry_run)
        if write and not options.dry_run:
            for name in chosen:
                write_cost(catalog.entries[name].folder / "module.toml", here[name])
        costs = {name: here.get(name) or catalog.entries[name].manifest.cost for name in chosen}
        output.data["costs"] = {
            name: found.model_dump(mode="json", exclude={"version"}) for name, found in costs.items()
        }
        rows = [(name, f"{c.memory_mb:.1f} MB", f"{c.disk_mb:.1f} MB", when(c)) for name, c in costs.items()]
        output.say(table(("MODULE", "MEMORY", "ON DISK", "MEASURED"), rows))


def when(found: Cost) -> str:
    """On this machine and when, or for the release."""
    return f"here, {found.at:%Y-%m-%d %H:%M} UTC" if isinstance(found, Measured) else "for the release"


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
