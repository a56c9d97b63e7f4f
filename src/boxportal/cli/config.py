"""`boxportal config`: the settings of the box, which stand in one TOML file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import boxed, system_actor
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.config import load_config, parse_config
from boxportal.kernel.configuring.change import file_of, read_value, set_values
from boxportal.kernel.configuring.registry import Entry, entries, entry_of, shown, value_in, written
from boxportal.kernel.configuring.told import tell_changed
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken

app = typer.Typer(no_args_is_help=True, help="The settings of the box.")
Key = Annotated[str, typer.Argument(metavar="KEY", help="The setting's name, as in box.threads.")]
RESTART = "Takes effect when the server starts anew: systemctl restart boxportal, or the page Administration, Settings."


@app.command("list")
def config_list(context: typer.Context) -> None:
    """All settings with the values that hold; a star marks those that the file changes."""
    options: Globals = context.obj
    with answering("config.list", options) as output:
        config, path = load_config(options.data), file_of(options.data)
        values = {entry: value_in(config, entry) for entry in entries()}
        output.data |= {"file": str(path), "settings": [as_data(entry, value) for entry, value in values.items()]}
        rows = [(e.key, shown(e, v) + (" *" if v != e.default else ""), e.said.title) for e, v in values.items()]
        output.say(f"{path}" if path.exists() else f"There is no {path}: the defaults hold.")
        output.say(table(("SETTING", "VALUE", "WHAT"), rows))


@app.command("get")
def config_get(context: typer.Context, key: Key) -> None:
    """Print one value, as it stands in the file; of a secret only whether it is set."""
    options: Globals = context.obj
    with answering("config.get", options) as output:
        entry = entry_of(key)
        value = value_in(load_config(options.data), entry)
        output.data |= as_data(entry, value)
        is_plain = entry.is_text and not entry.said.secret
        output.say(str(value) if is_plain else shown(entry, value))


@app.command("set")
def config_set(
    context: typer.Context,
    key: Key,
    value: Annotated[str | None, typer.Argument(help="The value, as in the file; a plain list with commas.")] = None,
    *,
    default: Annotated[bool, typer.Option("--default", help="Take it out of the file: its default holds.")] = False,
) -> None:
    """Change one setting in the file; its comments stay, and the file as it was is kept with .former."""
    options: Globals = context.obj
    with answering("config.set", options) as output:
        entry = entry_of(key)
        if (value is None) is not default:
            raise Invalid({"VALUE": "give a value, or --default"})
        wished = None if value is None else read_value(entry, value)
        with by_key():
            changed = set_values(options.data, {key: wished}, dry_run=options.dry_run)
        if changed and not options.dry_run:
            say_in_audit(options, changed)
        now = value_in(load_config(options.data), entry) if not options.dry_run else changed.get(key)
        output.data |= {"key": key, "changed": bool(changed), "restart": entry.said.restart}
        output.say(f"{key} = {shown(entry, now)}" if changed else f"{key} holds that value already.")
        if changed and entry.said.restart:
            output.say(RESTART)


@app.command("explain")
def config_explain(context: typer.Context, key: Key) -> None:
    """Say what a setting does, its default, an example, and whether the server must start anew."""
    options: Globals = context.obj
    with answering("config.explain", options) as output:
        entry = entry_of(key)
        value = value_in(load_config(options.data), entry)
        output.data |= as_data(entry, value)
        output.say(f"{key}: {entry.said.title}\n\n{entry.said.text}\n")
        facts = [("now", shown(entry, value)), ("default", written(entry.default))]
        if entry.said.example is not None:
            facts.append(("example", f"{entry.path[-1]} = {written(entry.said.example)}"))
        if entry.choices:
            facts.append(("one of", ", ".join(entry.choices)))
        facts.append(("in force", "when the server starts anew" if entry.said.restart else "at once"))
        output.say("\n".join(f"  {name:<9} {text}" for name, text in facts))


@app.command("validate")
def config_validate(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A file to look at, instead of the box's own.")] = None,
) -> None:
    """Say whether a file of settings is right; a wrong key is named with the nearest that there is."""
    options: Globals = context.obj
    with answering("config.validate", options) as output:
        path = file or file_of(options.data)
        output.data["file"] = str(path)
        try:
            parse_config(path.read_text("utf-8"))
        except FileNotFoundError:
            if file is not None:
                raise RuleBroken(f"There is no {path}.") from None
            output.say(f"There is no {path}: the defaults hold.")
            return
        except (OSError, ValueError) as error:
            raise RuleBroken(f"{path}: {error}") from error
        output.say(f"{path} is right.")


def as_data(entry: Entry, value: object) -> dict[str, object]:
    is_hidden = entry.said.secret and value not in ("", entry.default)
    return {
        "key": entry.key, "value": None if is_hidden else value, "is_set": value != entry.default,
        "default": entry.default, "title": entry.said.title, "text": entry.said.text, "example": entry.said.example,
        "restart": entry.said.restart, "secret": entry.said.secret,
    }  # fmt: skip


@contextmanager
def by_key() -> Iterator[None]:
    """A mistake that is not in what was typed is the file's: a condition, not a wrong usage."""
    try:
        yield
    except Invalid as error:
        if "" in error.fields:
            raise RuleBroken(str(error.fields[""])) from error
        raise


def say_in_audit(options: Globals, changed: dict[str, object]) -> None:
    """Write it into the first company's audit log; a box that has none yet, or whose database is down, goes on."""
    try:
        with boxed(options) as box:
            if company := box.first():
                tell_changed(company, system_actor(), changed)
    except DomainError:
        return
