"""The settings as a page shows them, and as its form sends them back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from boxportal.kernel.config import BoxConfig, load_config
from boxportal.kernel.configuring.change import read_value, set_values
from boxportal.kernel.configuring.registry import Entry, entries, shown, value_in, written
from boxportal.kernel.configuring.told import audit_entry
from boxportal.sdk.context import Ctx
from boxportal.sdk.i18n import gettext as _

LONG = 80


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on the page. `waiting` is what the file says while the server still works with another value."""

    key: str
    label: str
    kind: str
    value: str
    text: str
    default: str
    options: tuple[tuple[str, str], ...]
    waiting: str


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the file."""

    title: str
    fields: tuple[Field, ...]


def groups(data: Path, running: BoxConfig, typed: Mapping[str, str] | None = None) -> list[Group]:
    """The settings that can be changed, section by section, as they stand in the file or were typed.

    Raises: RuleBroken when the file is wrong.
    """
    config = load_config(data)
    fields = [(entry, _field(entry, config, running)) for entry in entries() if not entry.said.fixed]
    if typed is not None:
        fields = [(e, f if e.said.secret else replace(f, value=typed.get(e.key, ""))) for e, f in fields]
    sections = groupby(fields, key=lambda pair: pair[0].section_title)
    return [Group(_(title), tuple(field for _entry, field in pairs)) for title, pairs in sections]


def change_settings(ctx: Ctx, data: Path, typed: Mapping[str, str]) -> list[str]:
    """Write what the form sent, whole or not at all; returns the names of what changed.

    An empty field stands for the default, an empty secret for the one that is kept.

    Raises: Invalid (by name), RuleBroken.
    """
    wished = dict(_wished(load_config(data), typed))
    if not wished:
        return []
    changed = set_values(data, wished, dry_run=True)
    if changed:  # the line first: what can't be told is not done
        ctx.audit(audit_entry(changed))
        ctx.db.flush()
        set_values(data, wished)
    return list(changed)


def waiting(data: Path, running: BoxConfig) -> list[str]:
    """The names of the settings that the file says otherwise than the server works with."""
    config = load_config(data)
    return [e.key for e in entries() if e.said.restart and value_in(config, e) != value_in(running, e)]


def _wished(config: BoxConfig, typed: Mapping[str, str]) -> Iterator[tuple[str, object | None]]:
    for entry in entries():
        text = typed.get(entry.key, "false" if entry.kind is bool else None)
        if entry.said.fixed or text is None or (entry.said.secret and not text.strip()):
            continue
        if text.strip() != _typable(entry, value_in(config, entry)):
            yield entry.key, read_value(entry, text.strip()) if text.strip() else None


def _field(entry: Entry, config: BoxConfig, running: BoxConfig) -> Field:
    value = value_in(config, entry)
    text = "" if entry.said.secret else _typable(entry, value)
    is_waiting = entry.said.restart and value != value_in(running, entry)
    options = tuple((one, one) for one in entry.choices)
    return Field(
        entry.key, _(entry.said.title), _kind(entry, text), text, _(entry.said.text), _told_default(entry), options,
        shown(entry, value_in(running, entry)) if is_waiting else "",
    )  # fmt: skip


def _kind(entry: Entry, text: str) -> str:
    if entry.said.secret:
        return "password"
    if entry.choices:
        return "select"
    if entry.kind is bool:
        return "switch"
    if entry.kind in (int, float):
        return "number"
    return "textarea" if len(text) > LONG else "text"


def _typable(entry: Entry, value: object) -> str:
    """A value as somebody would type it."""
    if entry.is_text:
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str) and "," not in one for one in value):
        return ", ".join(value)
    return written(value)


def _told_default(entry: Entry) -> str:
    return "" if entry.kind is bool else _typable(entry, entry.default)
