"""Rules for the project's own files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "boxportal"
LOCK_LINE = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+")


def test_lock_holds_versions_and_no_address() -> None:
    lines = (ROOT / "installer" / "requirements.lock").read_text().splitlines()
    packages = [line for line in lines if not line.startswith("#")]
    assert len(packages) > 50
    assert [line for line in packages if not LOCK_LINE.fullmatch(line)] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_init_file_is_empty(path: Path) -> None:
    assert path.read_text() == ""


def test_modules_never_commit() -> None:
    modules = sorted((PACKAGE / "modules").rglob("*.py"))
    assert modules
    assert [str(path) for path in modules if re.search(r"\.(commit|rollback)\(", path.read_text())] == []
