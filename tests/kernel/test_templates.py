"""Templates that the build compiled make the same pages, and never an older one."""

import shutil
import sys
from pathlib import Path

import pytest
from jinja2 import BaseLoader, DictLoader

from boxportal.kernel.web.filters import FILTERS
from boxportal.kernel.web.render import environment
from boxportal.kernel.web.templates import Built, new_environment

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installer"))
import build_templates  # noqa: E402 the folder is no package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with the kernel's templates, compiled."""
    shutil.copytree(ROOT / "src/boxportal/kernel/web/templates", tmp_path / "web" / "templates")
    assert build_templates.compile_all(tmp_path) > 0
    return tmp_path


def compiled_by_whom(package: Path, loader: BaseLoader, name: str) -> tuple[str, bool]:
    """What a template's page says, and whether the server had to compile it."""
    env = new_environment(loader, Built(package / build_templates.RESULT))
    env.filters.update(FILTERS)
    compiled: list[str] = []
    whole = env._compile  # noqa: SLF001 Jinja's own hook for it
    env._compile = lambda source, filename: compiled.append(filename) or whole(source, filename)  # type: ignore[method-assign]  # noqa: SLF001
    return env.get_template(name).render(), bool(compiled)


def test_second_build_compiles_nothing(package: Path) -> None:
    assert build_templates.compile_all(package) == 0


def test_template_is_taken_as_the_build_compiled_it(package: Path) -> None:
    (package / "web/templates/a.html").write_text("{{ 'x' | upper }} {% do [].append(1) %}now", "utf-8")
    build_templates.compile_all(package)
    loader = DictLoader({"a.html": "{{ 'x' | upper }} {% do [].append(1) %}now"})
    assert compiled_by_whom(package, loader, "a.html") == ("X now", False)


def test_template_that_changed_since_the_build_is_shown_as_it_is_now(package: Path) -> None:
    (package / "web/templates/a.html").write_text("before", "utf-8")
    build_templates.compile_all(package)
    assert compiled_by_whom(package, DictLoader({"a.html": "after"}), "a.html") == ("after", True)


def test_template_that_is_gone_leaves_nothing(package: Path) -> None:
    (package / "web/templates/a.html").write_text("text", "utf-8")
    build_templates.compile_all(package)
    before = set((package / build_templates.RESULT).iterdir())
    (package / "web/templates/a.html").unlink()
    build_templates.compile_all(package)
    assert len(before - set((package / build_templates.RESULT).iterdir())) == 1


def test_server_writes_no_compiled_template(package: Path) -> None:
    before = set((package / build_templates.RESULT).iterdir())
    assert compiled_by_whom(package, DictLoader({"new.html": "new"}), "new.html") == ("new", True)
    assert set((package / build_templates.RESULT).iterdir()) == before


def test_every_template_compiles_alike_for_the_build_and_for_the_server() -> None:
    """The build knows no filters: what it makes must call those of the server all the same."""
    ours, building = environment(), build_templates.for_building()
    ours_plain = ours.overlay(optimized=False)
    for name, path in build_templates.templates_of(ROOT / "src/boxportal"):
        source = path.read_text("utf-8")
        assert building.compile(source, name, raw=True) == ours_plain.compile(source, name, raw=True), name
