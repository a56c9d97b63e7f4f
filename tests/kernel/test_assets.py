"""What the browser gets: complete, small, precompressed, and nothing from outside."""

import gzip
import json
import re
import runpy
from pathlib import Path

import pytest

from tests.support.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src/boxportal/kernel/web/assets"
TEMPLATES = sorted((ROOT / "src/boxportal").rglob("templates/**/*.html"))
KB = 1024


@pytest.fixture(scope="module")
def manifest(assets: Path) -> dict[str, str]:
    names: dict[str, str] = json.loads((assets / "manifest.json").read_text())
    return names


def wire_size(assets: Path, name: str) -> int:
    return (assets / f"{name}.gz").stat().st_size


def test_every_file_of_the_manifest_is_there_with_its_packed_twins(assets: Path, manifest: dict[str, str]) -> None:
    assert {"app.css", "app.js", "bare.js", "theme.js", "icons.svg", "favicon.svg"} <= set(manifest)
    for logical, hashed in manifest.items():
        stem, _, ending = logical.rpartition(".")
        assert re.fullmatch(rf"{re.escape(stem)}-[0-9A-Z]{{8}}\.{ending}", hashed)
        assert gzip.decompress((assets / f"{hashed}.gz").read_bytes()) == (assets / hashed).read_bytes()
        assert (assets / f"{hashed}.br").stat().st_size < (assets / hashed).stat().st_size


def test_templates_name_only_assets_that_exist(manifest: dict[str, str]) -> None:
    named = {name for path in TEMPLATES for name in re.findall(r"""asset\(["']([\w.-]+)["']\)""", path.read_text())}
    assert named <= set(manifest)


def test_first_page_is_light(assets: Path, manifest: dict[str, str]) -> None:
    assert wire_size(assets, manifest["app.css"]) <= 35 * KB
    assert sum(wire_size(assets, manifest[name]) for name in ("app.js", "theme.js")) <= 40 * KB
    first_page = ("app.css", "app.js", "theme.js", "icons.svg", "favicon.svg")
    assert sum(wire_size(assets, manifest[name]) for name in first_page) <= 90 * KB


def test_islands_are_light_and_apart(assets: Path, manifest: dict[str, str]) -> None:
    islands = [name for name in manifest if name.endswith(".js") and name not in {"app.js", "bare.js", "theme.js"}]
    assert "board.js" in islands
    assert all(wire_size(assets, manifest[name]) <= 60 * KB for name in islands)
    assert wire_size(assets, manifest["bare.js"]) <= 4 * KB
    assert "Sortable" not in (assets / manifest["app.js"]).read_text()


def test_no_file_names_an_outside_address(assets: Path, manifest: dict[str, str]) -> None:
    for hashed in manifest.values():
        text = (assets / hashed).read_text()
        addresses = set(re.findall(r"""(?:https?:)?//[a-z0-9][a-z0-9.-]*\.[a-z]{2,}""", text, re.IGNORECASE))
        assert addresses <= {"http://www.w3.org"}, hashed
        assert "sourceMappingURL" not in text


def test_licences_of_what_is_bundled_travel_along(assets: Path) -> None:
    text = (assets / "licences.txt").read_text()
    assert all(name in text for name in ("htmx.org", "sortablejs", "@tabler/core", "@tabler/icons"))
    assert "The Tabler Authors" in text


def test_lock_file_holds_no_download_address() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert len(packages) > 1
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_nothing_is_rebuilt_while_the_inputs_are_the_same(assets: Path) -> None:
    before = (assets / "manifest.json").stat().st_mtime_ns
    runpy.run_path(str(ROOT / "installer/build_assets.py"))["build"](ROOT)
    assert (assets / "manifest.json").stat().st_mtime_ns == before


def test_every_icon_named_in_the_program_is_in_the_sprite(assets: Path, manifest: dict[str, str]) -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (assets / manifest["icons.svg"]).read_text()))
    in_templates = r"""\bicon(?:\(|=)["']([\w-]+)["']"""
    named = {name for path in TEMPLATES for name in re.findall(in_templates, path.read_text())}
    for path in (ROOT / "src/boxportal").rglob("*.py"):
        named |= set(re.findall(r"""\bicon(?:: str)? ?= ?"([a-z][\w-]*)\"""", path.read_text()))
    for path in (SOURCES / "js").glob("*.js"):
        named |= set(re.findall(r"""\bicon\("([\w-]+)"\)""", path.read_text()))
    assert {"circle", "file", "x"} <= named
    assert named <= sprite


def test_browsers_find_the_icon_where_they_ask_for_it_by_themselves(portal: Portal) -> None:
    answer = portal.client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "immutable" not in answer.headers["cache-control"]
