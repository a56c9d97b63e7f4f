"""Texts and pairs as the template takes them: cleaned, and marked where they run from right to left."""

from collections.abc import Iterable

from boxportal.modules.sales.printing.characters import one_line, paragraph, runs_right_to_left
from boxportal.modules.sales.printing.document import Pair

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

LONGEST_VALUE = 300
LONGEST_NAME = 60
"""What goes on one line ends with an ellipsis past these; notes, terms and descriptions may be of any length."""


def text(value: str) -> Json:
    """A text that is clean already."""
    return {"rtl": value} if runs_right_to_left(value) else value


def value(raw: str, most: int = LONGEST_VALUE) -> Json:
    return text(clipped(raw, most))


def clipped(raw: str, most: int = LONGEST_VALUE) -> str:
    line = one_line(raw)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def long_text(raw: str) -> Json:
    """Text of several lines, or None where there is none."""
    return text(paragraph(raw)) or None


def values(lines: Iterable[str]) -> list[Json]:
    return [value(line) for line in lines if one_line(line)]


def pairs(given: Iterable[Pair]) -> list[Json]:
    return [[value(pair.name, LONGEST_NAME), value(pair.value)] for pair in given]
