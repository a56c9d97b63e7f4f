"""What the wheel carries: everything that the installed box needs, and nothing that only the build needs."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "boxportal"
PLANTED = {
    "modules/planted/locale/sw/LC_MESSAGES/planted.po": 'msgid "Deal"\nmsgstr "Biashara"\n',
    "modules/planted_too/module.toml": 'id = "planted_too"\n',
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a wheel that was built from a copy of the checkout, so that nothing is left behind here."""
    copy = tmp_path_factory.mktemp("copy") / "checkout"
    left_out = shutil.ignore_patterns(".git", ".venv", ".trial", "__pycache__", "build", ".*_cache", "tests")
    shutil.copytree(ROOT, copy, ignore=left_out)
    for name, text in PLANTED.items():
        (copy / "src" / "boxportal" / name).parent.mkdir(parents=True)
        (copy / "src" / "boxportal" / name).write_text(text, "utf-8")
    out = copy.parent / "wheels"
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
        str(copy),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("boxportal-*.whl")
    with ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def sources(pattern: str, root: Path = PACKAGE) -> Iterator[str]:
    return (path.relative_to(root).as_posix() for path in root.rglob(pattern) if "node_modules" not in path.parts)


@pytest.mark.parametrize("pattern", ["*.py", "*.html", "module.toml", "py.typed"])
def test_every_file_of_its_kind_is_carried(carried: frozenset[str], pattern: str) -> None:
    found = {*sources(pattern), *(name for name in PLANTED if Path(name).match(pattern))}
    wanted = {f"boxportal/{name}" for name in found if not name.startswith("kernel/web/assets/")}
    assert wanted
    assert wanted - carried == set()


def test_every_translation_is_carried_compiled(carried: frozenset[str]) -> None:
    found = {*sources("*.po"), *(name for name in PLANTED if name.endswith(".po"))}
    wanted = {f"boxportal/{name.removesuffix('.po')}.mo" for name in found}
    assert wanted
    assert wanted - carried == set()


def test_every_template_is_carried_compiled(carried: frozenset[str]) -> None:
    compiled = {name for name in carried if name.startswith("boxportal/_templates/")}
    assert len(compiled) >= sum(1 for folder in PACKAGE.rglob("templates") for _ in folder.rglob("*.html"))


def test_built_assets_are_carried_with_their_manifest(carried: frozenset[str]) -> None:
    assets = {name for name in carried if name.startswith("boxportal/_assets/")}
    assert "boxportal/_assets/manifest.json" in assets
    assert any(name.endswith(".css.br") for name in assets)


@pytest.mark.parametrize("folder", ["migrations", "installer"])
def test_folder_beside_the_package_is_carried_inside_it(carried: frozenset[str], folder: str) -> None:
    wanted = {f"boxportal/_data/{folder}/{name}" for name in sources("*.py", ROOT / folder)}
    assert wanted
    assert wanted - carried == set()


def test_what_only_the_build_needs_stays_out(carried: frozenset[str]) -> None:
    assert [name for name in carried if name.endswith((".po", ".pot", "package-lock.json", ".pyc"))] == []
    assert [name for name in carried if name.startswith(("tests/", "boxportal/kernel/web/assets/"))] == []
