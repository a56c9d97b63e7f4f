"""What the documentation names is there: pages and headings behind links, pictures, commands with their options."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import typer

from boxportal.cli.globals import FLAGS, VALUES
from boxportal.cli.nouns import line_for

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
COMMAND = re.compile(r"(?:^|[\s`(])(?:\.venv/bin/)?boxportal((?: [^\s`|&;<>#()]+)+)")
Command = typer.core.TyperCommand | typer.core.TyperGroup
ROOT_COMMAND = cast("typer.core.TyperGroup", typer.main.get_command(line_for()))
MOST_README_LINES, MOST_PICTURE_BYTES = 250, 120_000


def prose(page: Path) -> str:
    """A page without its blocks of code, where brackets mean something else."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def commands_of(page: Path) -> Iterator[str]:
    """Every `boxportal …` that stands in code: in blocks of commands, up to two spaces, and between back-ticks."""
    text = page.read_text("utf-8")
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            yield from (match.group(1) for match in COMMAND.finditer(line))
    for code in re.findall(r"`([^`\n]+)`", prose(page)):
        if code.removeprefix(".venv/bin/").startswith("boxportal "):
            yield from (match.group(1) for match in COMMAND.finditer(code))


def wrong_with(typed: str) -> str:
    """What of a command the command line does not know; empty when it knows all of it."""
    command: Command | None = ROOT_COMMAND
    waiting = iter([word for word in shlex.split(typed.replace("…", "")) if word])
    for word in waiting:
        if command is None:
            break
        if word.startswith("-"):
            wrong = wrong_option(command, word, waiting)
        else:
            command, wrong = after_word(command, word)
        if wrong:
            return wrong
    return ""


def wrong_option(command: Command, word: str, waiting: Iterator[str]) -> str:
    """What is wrong with an option; takes its value from the words that wait."""
    name = word.partition("=")[0]
    options = {option: p for p in command.params for option in (*p.opts, *p.secondary_opts)}
    if name in VALUES or (name in options and not getattr(options[name], "is_flag", False)):
        return "" if "=" in word or next(waiting, None) is not None else f"{name} lacks its value"
    return "" if name in {*FLAGS, "--help", *options} else f"there is no option {name}"


def after_word(command: Command, word: str) -> tuple[Command | None, str]:
    """The command that a noun or verb leads to, None after several verbs at once, and what is wrong with the word."""
    verbs = getattr(command, "commands", None)
    if verbs is None:
        takes = any(p.param_type_name == "argument" for p in command.params)
        return command, "" if takes else f"{word} is one word too many"
    alternatives = word.split("|")
    missing = [verb for verb in alternatives if verb not in verbs]
    if missing:
        return None, f"there is no command {missing[0]}"
    return (verbs[word] if len(alternatives) == 1 else None), ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = prose(page)
    pictures = [first or second for first, second in PICTURE.findall(text)]
    lost = []
    for goal in [*LINK.findall(text), *pictures]:
        if re.match(r"[a-z]+:", goal):
            continue
        path, _, anchor = goal.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors_of(there)):
            lost.append(goal)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    found = {typed.strip(): wrong_with(typed) for typed in commands_of(page)}
    assert {typed: wrong for typed, wrong in found.items() if wrong} == {}


def test_page_of_the_command_line_names_every_command_and_option() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    missing = []
    for path, command in leaves(ROOT_COMMAND, "boxportal"):
        line = next((line for line in text.splitlines() if line.startswith(f"| `{path}")), "")
        options = {o for p in command.params for o in p.opts if p.param_type_name == "option" and o != "--help"}
        missing += [path] if not line else [f"{path} {option}" for option in sorted(options) if option not in line]
    assert missing == []


def leaves(command: typer.core.TyperGroup, path: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, child in command.commands.items():
        if isinstance(child, typer.core.TyperGroup):
            yield from leaves(child, f"{path} {name}")
        elif isinstance(child, typer.core.TyperCommand):
            yield f"{path} {name}", child


def test_readme_and_its_pictures_stay_small() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= MOST_README_LINES
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > MOST_PICTURE_BYTES] == []


def test_every_picture_is_shown_somewhere() -> None:
    shown = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert [p.name for p in (ROOT / "docs" / "pictures").glob("*.png") if p.name not in shown] == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (" module disable sales crm", ""),
        (" --data DIR backup restore FILE --key-stdin", ""),
        (" backup create|list|verify", ""),
        (" module destroy crm", "there is no command destroy"),
        (" backup create|sing", "there is no command sing"),
        (" module enable crm --now", "there is no option --now"),
        (" backup create --to", "--to lacks its value"),
        (" version now", "now is one word too many"),
    ],
)
def test_wrong_commands_are_noticed(typed: str, wrong: str) -> None:
    assert wrong_with(typed) == wrong
