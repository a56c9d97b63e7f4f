"""Reads the global options from anywhere on the command line, and their environment variables."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from boxportal.cli.output import Globals
from boxportal.kernel.config import installed_data
from boxportal.sdk.errors import Invalid

FLAGS = {
    "--json": "as_json", "--yes": "yes", "-y": "yes", "--no-input": "no_input", "--dry-run": "dry_run",
    "--quiet": "quiet", "-q": "quiet",
}  # fmt: skip
VALUES = {"--data": "data", "--company": "company", "--progress": "progress"}
VARIABLES = {
    "BOXPORTAL_JSON": "as_json", "BOXPORTAL_YES": "yes", "BOXPORTAL_NO_INPUT": "no_input",
    "BOXPORTAL_DRY_RUN": "dry_run", "BOXPORTAL_QUIET": "quiet",
}  # fmt: skip
TRUE = frozenset({"1", "true", "yes", "on"})


def split_globals(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> tuple[Globals, list[str]]:
    """Take the global options out of the arguments; what stands after `--` is left alone.

    Raises: Invalid when an option lacks its value.
    """
    options = from_environment(environment)
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        name, has_value, value = word.partition("=")
        if word == "--":
            return options, [*rest, word, *waiting]
        if word in FLAGS:
            setattr(options, FLAGS[word], True)
        elif name in VALUES:
            if not has_value and not waiting:
                raise Invalid({name: "needs a value"})
            value = value if has_value else waiting.pop(0)
            set_value(options, name, value)
            options.given += (name, value) if name != "--progress" else ()
        else:
            rest.append(word)
    return options, rest


def set_value(options: Globals, name: str, value: str) -> None:
    if name == "--data":
        options.data = Path(value).absolute()
    elif name == "--company":
        options.company = value
    elif value == "json":
        options.progress = True
    else:
        raise Invalid({"--progress": "must be json"})


def from_environment(environment: Mapping[str, str]) -> Globals:
    options = Globals(data=installed_data() or Path("/var/lib/boxportal"))
    for variable, attribute in VARIABLES.items():
        if environment.get(variable, "").lower() in TRUE:
            setattr(options, attribute, True)
    if data := environment.get("BOXPORTAL_DATA"):
        set_value(options, "--data", data)
    if progress := environment.get("BOXPORTAL_PROGRESS"):
        set_value(options, "--progress", progress)
    if company := environment.get("BOXPORTAL_COMPANY"):
        options.company = company
    return options
