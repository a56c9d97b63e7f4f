"""Plain tables and numbers as commands print them."""

from collections.abc import Sequence

SMALL = 100_000


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns of equal width, the last one as long as it is."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def megabytes(size: int) -> str:
    """Bytes as people say them; what is less than a tenth of a megabyte in kilobytes."""
    if 0 < size < SMALL:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB"


def number(value: int) -> str:
    """Digits in groups of three with thin spaces."""
    return f"{value:,}".replace(",", "\u202f")


def counted(value: int, one: str, many: str) -> str:
    return f"{number(value)} {one if value == 1 else many}"
