"""Whether a database lacks migrations of this program, found out without Alembic: a server asks it at every start."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Step:
    """A migration: its branch, and the revisions that it stands on."""

    branch: str
    stands_on: tuple[str, ...]


def is_behind(connection: Connection, folders: Mapping[str, Path]) -> bool:
    """Whether a branch that has tables here has migrations that were not run yet."""
    return bool(lag_of(set(connection.scalars(text("SELECT version_num FROM alembic_version"))), steps_in(folders)))


def lag_of(heads: set[str], steps: Mapping[str, Step]) -> list[str]:
    """The migrations that a branch which has tables lacks, from the heads that its database names."""
    applied = with_ancestors(heads, steps)
    present = {steps[revision].branch for revision in applied if revision in steps}
    return sorted(revision for revision, step in steps.items() if step.branch in present and revision not in applied)


def lacks(connection: Connection, folders: Mapping[str, Path], branches: Iterable[str]) -> bool:
    """Whether one of these branches has migrations that were not run here yet."""
    steps = steps_in({branch: folders[branch] for branch in branches})
    applied = with_ancestors(set(connection.scalars(text("SELECT version_num FROM alembic_version"))), steps)
    return not applied.issuperset(steps)


def with_ancestors(heads: set[str], steps: Mapping[str, Step]) -> set[str]:
    """The revisions and all that they stand on."""
    found: set[str] = set()
    waiting = list(heads)
    while waiting:
        revision = waiting.pop()
        if revision not in found:
            found.add(revision)
            waiting += steps[revision].stands_on if revision in steps else ()
    return found


def steps_in(folders: Mapping[str, Path]) -> dict[str, Step]:
    """Every migration file of the branches, read and not run."""
    steps: dict[str, Step] = {}
    for branch, folder in folders.items():
        for path in sorted(folder.glob("*.py")):
            said = dict(assignments(path))
            if isinstance(said.get("revision"), str):
                stands_on = (*names(said.get("down_revision")), *names(said.get("depends_on")))
                steps[str(said["revision"])] = Step(branch, stands_on)
    return steps


def assignments(path: Path) -> Iterator[tuple[str, object]]:
    """The plain values that a file gives to names."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                yield node.targets[0].id, ast.literal_eval(node.value)
            except ValueError:
                continue


def names(value: object) -> tuple[str, ...]:
    """A revision, several, or none, as Alembic lets it be written."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(name) for name in value) if isinstance(value, tuple | list) else ()
