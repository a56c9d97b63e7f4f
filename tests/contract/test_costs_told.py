"""The figures that the README tells are those that were measured."""

from pathlib import Path

import pytest

from boxportal.kernel.catalog import CatalogEntry, own_modules

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("entry", own_modules(), ids=lambda entry: str(entry.id))
def test_readme_tells_what_a_module_costs_as_it_was_measured(entry: CatalogEntry) -> None:
    row = next(line for line in README.read_text("utf-8").splitlines() if line.startswith(f"| `{entry.id}` |"))
    needs = ", ".join(f"`{other}`" for other in entry.manifest.requires) or "–"
    assert [cell.strip() for cell in row.split("|")][-3:-1] == [needs, f"{entry.manifest.cost.memory_mb:.1f} MB"]
