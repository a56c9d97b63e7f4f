"""How modules and switches read on the command line."""

from collections.abc import Mapping, Sequence

from boxportal.cli.tables import counted, megabytes, table
from boxportal.kernel.switch.preview import Facts, Parts, Preview

HEADS = ("MODULE", "STATE", "RAM", "DISK", "TABLES", "JOBS", "NEEDS", "WHAT IT IS FOR")


def state_word(fact: Facts) -> str:
    """`off*` is a module that is off and whose data is kept."""
    state = fact.standing.state
    if state in ("on", "preparing"):
        return state
    return "off*" if fact.standing.tables else "off"


def listing(facts: Sequence[Facts], jobs: Mapping[str, int]) -> str:
    """The table of all modules, with what the stars mean."""
    rows = []
    for fact in facts:
        works = fact.standing.works
        memory = fact.manifest.cost.memory_mb
        cost = f"{memory:.1f} MB" if works else f"0 (on: +{memory:.1f} MB)"
        needs = ", ".join(fact.manifest.requires) or "-"
        rows.append((fact.manifest.id, state_word(fact), cost if memory else "-", megabytes(fact.size),
                     fact.held.tables, jobs.get(fact.manifest.id, 0), needs, fact.manifest.summary))  # fmt: skip
    text = table(HEADS, rows) if rows else "There are no modules."
    kept = any(state_word(fact) == "off*" for fact in facts)
    return text + ("\n* switched off, data kept" if kept else "")


def describe(fact: Facts, parts: Parts) -> str:
    """One module in words."""
    manifest = fact.manifest
    since = f" since {fact.standing.since:%Y-%m-%d %H:%M} UTC" if fact.standing.since else ""
    lines = [
        f"{manifest.title} ({manifest.id}) {manifest.version}: {manifest.summary}",
        f"For: {manifest.for_}",
        f"Not for: {manifest.not_for}",
        f"State: {state_word(fact)}{since}",
        f"Needs: {', '.join(manifest.requires) or '-'}   Needed by: {', '.join(fact.dependants) or '-'}",
        f"Adds: {adds(parts)}",
        f"Holds: {holds(fact.held.tables, fact.held.rows, fact.size)}",
        f"People who used it in 30 days: {fact.people}",
    ]
    if manifest.cost.memory_mb:
        lines.append(f"Costs: {manifest.cost.memory_mb:.1f} MB of memory, {manifest.cost.disk_mb:.1f} MB on disk")
    return "\n".join(lines)


def adds(parts: Parts) -> str:
    return ", ".join((
        counted(parts.pages, "page", "pages"), counted(parts.api, "API route", "API routes"),
        counted(parts.public, "public address", "public addresses"), counted(parts.jobs, "job", "jobs"),
        counted(parts.tables, "table", "tables"),
    ))  # fmt: skip


def holds(tables: int, rows: int, size: int) -> str:
    return f"{counted(tables, 'table', 'tables')}, {counted(rows, 'row', 'rows')}, {megabytes(size)}"


def effect(seen: Preview) -> str:
    """What an order will do, before it is done."""
    names = ", ".join(fact.manifest.id for fact in seen.facts)
    held = holds(seen.held.tables, seen.held.rows, seen.size)
    together = seen.together
    if seen.order.verb in ("enable", "prepare"):
        who = " for administrators and those you name" if seen.order.verb == "prepare" else ""
        return f"On{who}: {names}\nAdds: {adds(together)}."
    verb = "Off" if seen.order.verb == "disable" else "Deleted for good"
    kept = "Keeps" if seen.order.verb == "disable" else "Deletes"
    end = " (nothing is deleted)" if seen.order.verb == "disable" else " (a backup is made first)"
    working = any(fact.standing.works for fact in seen.facts)
    holds_what = f"{kept}: {held}{end}"
    if seen.unused:
        holds_what = "Nobody stored anything in it: its tables go, and come again with it"
    lines = [f"{verb}: {names}", *([f"Stops: {stops(together)}."] if working else []), f"{holds_what}."]
    if working and together.menu:
        lines.append(f"Goes away for people: {', '.join(together.menu)}.")
    if seen.outside:
        lines.append("Rests outside: " + ", ".join(f"{number} {label}" for label, number in seen.outside) + ".")
    lines.append(f"People who used it in 30 days: {seen.people}.")
    return "\n".join(lines)


def stops(parts: Parts) -> str:
    return ", ".join((
        counted(parts.pages, "page", "pages"), counted(parts.api, "API route", "API routes"),
        counted(parts.public, "public address", "public addresses"), counted(parts.jobs, "job", "jobs"),
    ))  # fmt: skip


def facts_json(fact: Facts) -> dict[str, object]:
    """One module for programs."""
    manifest = fact.manifest
    return {
        "id": manifest.id,
        "title": manifest.title,
        "summary": manifest.summary,
        "for": manifest.for_,
        "not_for": manifest.not_for,
        "version": manifest.version,
        "state": fact.standing.state,
        "data_kept": bool(fact.standing.tables) and not fact.standing.works,
        "since": fact.standing.since.isoformat() if fact.standing.since else None,
        "requires": list(manifest.requires),
        "dependants": list(fact.dependants),
        "tables": fact.held.tables,
        "rows": fact.held.rows,
        "bytes": fact.size,
        "files": fact.files,
        "people_30_days": fact.people,
        "cost": manifest.cost.model_dump(mode="json"),
    }
