"""Every kind of notice that the code sends can be chosen on the notifications page."""

import ast
from pathlib import Path

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.module import KERNEL
from boxportal.kernel.runtime import load_module

SOURCE = Path(__file__).resolve().parents[2] / "src" / "boxportal"


def kinds_in(file: Path) -> set[str]:
    """The kinds that a file's `Notice(kind="…")` name outright."""
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    notices = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Notice"]
    values = [keyword.value for call in notices for keyword in call.keywords if keyword.arg == "kind"]
    return {str(value.value) for value in values if isinstance(value, ast.Constant)}


def test_every_kind_of_notice_can_be_chosen() -> None:
    modules = [KERNEL, *(load_module(name) for name in load_catalog().entries)]
    known = {kind.id for module in modules for kind in module.notices}
    sent = {kind for file in SOURCE.rglob("*.py") for kind in kinds_in(file)}
    assert len(sent) > 3
    assert sent <= known
    assert all(kind.id.startswith(f"{module.id}.") for module in modules for kind in module.notices)
