"""A figure with its bar, and how a run's figures are shown: a plain table, or JSON."""

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

Sense = Literal["at least", "at most", "for information"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number: the row of the bars that it answers, what it is held to, and what stands behind it."""

    bar: str
    what: str
    value: float
    unit: str = "ratio"
    limit: float | None = None
    sense: Sense = "for information"
    note: str = ""

    @property
    def passes(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.sense == "at least" else self.value <= self.limit


def at_least(bar: str, what: str, value: float, limit: float, *, unit: str = "ratio", note: str = "") -> Figure:
    return Figure(bar, what, value, unit, limit, "at least", note)


def at_most(bar: str, what: str, value: float, limit: float, *, unit: str = "ratio", note: str = "") -> Figure:
    return Figure(bar, what, value, unit, limit, "at most", note)


def known(bar: str, what: str, value: float, *, unit: str = "ratio", note: str = "") -> Figure:
    """A figure without a bar, which helps to read the others."""
    return Figure(bar, what, value, unit, note=note)


def as_table(figures: Iterable[Figure]) -> str:
    """The figures in columns, the widest cell of each deciding its width."""
    rows = [("bar", "what", "measured", "limit", "result", "behind it")]
    rows += [(f.bar, f.what, shown(f.value, f.unit), limit_of(f), result_of(f), f.note) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def as_json(question: str, figures: Sequence[Figure]) -> str:
    """The figures as one document, with when and on what they were measured."""
    rows = [asdict(figure) | {"passes": figure.passes} for figure in figures]
    head = {"question": question, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": platform.machine()}
    return json.dumps(head | {"python": platform.python_version(), "figures": rows}, indent=2)


def shown(value: float, unit: str) -> str:
    return f"{value:.2f}" if unit == "ratio" else f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"


def limit_of(figure: Figure) -> str:
    if figure.limit is None:
        return "-"
    return f"{'>=' if figure.sense == 'at least' else '<='} {figure.limit:g}"


def result_of(figure: Figure) -> str:
    return {True: "pass", False: "SHORT", None: ""}[figure.passes]
