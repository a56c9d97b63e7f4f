"""Wrong, missing, huge and hostile words at every command: a sentence, a known exit code, never a crash."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from boxportal.cli.nouns import line_for
from tests.cli.conftest import Ran, Run
from tests.cli.test_every_command import COMMANDS
from tests.support.hostile import TEXTS
from tests.support.portal import Portal

pytestmark = [pytest.mark.slow, pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
CASES, SEED = int(os.environ.get("HOSTILE_COMMANDS", "300")), int(os.environ.get("HOSTILE_SEED", "7"))
CODES = range(11)
# The system itself hands no zero byte to a program. Folders to write into stay within the test's own.
WORDS = tuple(text for text in TEXTS if "\0" not in text)
FOLDERS = frozenset({"--to"})
LONG = frozenset({"--help", "--measure"})  # shows a page, starts servers


def options_of(command: str) -> list[str]:
    """The options that a command of its own has."""
    found = typer.main.get_command(line_for())
    for word in command.split():
        found = getattr(found, "commands")[word]  # noqa: B009 Click's groups have it, its commands not
    names = [name for parameter in getattr(found, "params") for name in parameter.opts]  # noqa: B009 as above
    return [name for name in names if name.startswith("--") and name not in LONG]


def commands(chance: random.Random, folder: Path) -> Iterator[list[str]]:
    """So many command lines, of all commands by turns: right ones in which one word or two are wrong."""
    known = list(COMMANDS)
    for n in range(CASES):
        command = known[n % len(known)]
        words = list(COMMANDS[command][0])
        for _ in range(chance.choice((1, 1, 2))):
            spoil(words, options_of(command), chance, folder)
        yield [*command.split(), *words]


def spoil(words: list[str], options: list[str], chance: random.Random, folder: Path) -> None:
    """Put another word in the place of one, or one more, or take one away."""
    way = chance.random()
    if options and way < 0.4:
        option = chance.choice(options)
        wrong = chance.choice(WORDS)
        value = str(folder / (wrong.replace("/", "") or "x")[:300]) if option in FOLDERS else wrong
        words += chance.choice(([option, value], [f"{option}={value}"], [option]))
    elif words and way < 0.8:
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    elif words and way < 0.9:
        words.pop(chance.randrange(len(words)))
    else:
        words.append(chance.choice(WORDS))


def complaint(answer: Ran, *, as_json: bool) -> str:
    if answer.code not in CODES:
        return f"exit {answer.code}"
    if "Traceback" in answer.out + answer.err:
        return "traceback"
    if as_json and json.loads(answer.out).keys() != {"ok", "command", "version", "data", "warnings", "error"}:
        return "another document"
    return ""


def test_no_command_crashes_on_hostile_words(portal: Portal, run: Run, tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 words to try are no secrets
    bad: dict[str, str] = {}
    for words in commands(chance, tmp_path):
        as_json = chance.random() < 0.5
        try:
            answer = run(*words, "--no-input", *(["--json"] if as_json else []), stdin=chance.choice(WORDS) or "x")
            what = complaint(answer, as_json=as_json)
        except Exception as error:  # noqa: BLE001 whatever a command lets out is what is looked for
            what = repr(error)
        if what:
            bad.setdefault(f"{' '.join(words[:2])}: {what}"[:120], f"{what[:300]}: {str(words)[:400]}")
    assert bad == {}, "\n".join(bad.values())
    print(f"{CASES} command lines")
