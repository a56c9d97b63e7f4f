"""Rules for templates, styles and scripts: strict content policy, both writing directions, no raw markup."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "boxportal"
ASSETS = PACKAGE / "kernel" / "web" / "assets"
TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))
STYLES = sorted((ASSETS / "css").glob("*.css"))
SCRIPTS = sorted((ASSETS / "js").glob("*.js"))

IN_TEMPLATES = {
    "an inline style": r"""\bstyle\s*=\s*["']|<style\b""",
    "an inline script": r"<script\b(?![^>]*\bsrc=)",
    "an inline handler": r"""\son[a-z]+\s*=\s*["']""",
    "an htmx handler": r"hx-on\b",
    "a value that is evaluated": r"""\b(?:js|javascript):""",
    "a trigger filter, which is evaluated": r"""hx-trigger\s*=\s*["'][^"']*\[""",
    "unescaped output": r"\|\s*safe\b",
    "an outside address": r"""(?:href|src|action)\s*=\s*["'](?:https?:)?//""",
    "an import that is run anew for each page": r"with context\b",
}
IN_STYLES = {
    "a side by its physical name": r"(?<![\w-])(?:scroll-)?(?:margin|padding|border|inset)-(?:left|right|top|bottom)\b",
    "a position by its physical name": r"(?<![\w-])(?:left|right|top|bottom)\s*:",
    "a physical alignment": r"(?:text-align|float|clear)\s*:\s*(?:left|right)\b",
    "an outside address": r"https?://(?!www\.w3\.org/)|url\(\s*[\"']?//",
}
IN_SCRIPTS = {
    "evaluation": r"\beval\(|new Function\b|setTimeout\(\s*[\"'`]",
    "raw markup": r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write",
    "an outside address": r"""["'`](?:https?:)?//(?!www\.w3\.org/)""",
}
FOUR_SIDES = re.compile(r"(?<![\w-])(?:margin|padding|inset)\s*:\s*([^;{}]+);")


def breaches(text: str, rules: dict[str, str]) -> list[str]:
    return [f"{name}: {found.group(0)}" for name, rule in rules.items() if (found := re.search(rule, text))]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|\{#.*?#\}|^\s*//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def values_of(shorthand: str) -> list[str]:
    """The parts of a shorthand's value, `calc(…)` being one."""
    return re.findall(r"[\w-]+\((?:[^()]|\([^()]*\))*\)|[^\s]+", shorthand)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_holds_nothing_that_the_content_policy_forbids(path: Path) -> None:
    assert breaches(without_comments(path.read_text()), IN_TEMPLATES) == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_works_in_both_writing_directions(path: Path) -> None:
    text = without_comments(path.read_text())
    assert breaches(text, IN_STYLES) == []
    sides = [values_of(found) for found in FOUR_SIDES.findall(text)]
    assert [four for four in sides if len(four) == 4 and four[1] != four[3]] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_evaluates_nothing_and_writes_no_markup(path: Path) -> None:
    assert breaches(without_comments(path.read_text()), IN_SCRIPTS) == []


def test_there_is_something_to_hold_to_the_rules() -> None:
    assert len(TEMPLATES) > 10
    assert len(STYLES) > 5
    assert len(SCRIPTS) > 10


BAD_TEMPLATES = (
    '<p style="x">',
    "<script>a()</script>",
    '<a onclick="x">',
    '<a href="//x">',
    "{{ x|safe }}",
    '<b hx-on:click="x">',
    '<b hx-trigger="click[ctrlKey]">',
    "<b hx-vals='js:{x: 1}'>",
    '{% import "components/ui.html" as ui with context %}',
)


@pytest.mark.parametrize("bad", BAD_TEMPLATES)
def test_rules_catch_what_they_are_for(bad: str) -> None:
    assert breaches(bad, IN_TEMPLATES)


@pytest.mark.parametrize("bad", ["margin-left: 1px", "left: 0", "text-align: right", "border-right: 0"])
def test_style_rules_catch_what_they_are_for(bad: str) -> None:
    assert breaches(bad, IN_STYLES)
    assert values_of("1px calc(1px + 2px) 3px 4px") == ["1px", "calc(1px + 2px)", "3px", "4px"]
