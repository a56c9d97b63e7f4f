"""Every setting of `boxportal.toml`, read from the sections of `BoxConfig`: there is no second list of them."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from boxportal.kernel.config import BoxConfig
from boxportal.kernel.described import Said, said_of
from boxportal.sdk.errors import NotFound
from boxportal.sdk.i18n import gettext as _


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One setting: where it stands in the file, what it says of itself, and what it holds when the file is silent."""

    path: tuple[str, ...]
    section_title: str
    said: Said
    default: object
    kind: type | None
    choices: tuple[str, ...]

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def is_text(self) -> bool:
        """Whether what is typed is the value itself; else it is read as TOML."""
        return self.kind is str


@cache
def entries() -> tuple[Entry, ...]:
    """Every setting, in the order of the sections."""
    return tuple(_below(BoxConfig, (), ""))


def entry_of(key: str) -> Entry:
    """The setting of this name. Raises: NotFound, with the nearest that there is."""
    known = {entry.key: entry for entry in entries()}
    if key in known:
        return known[key]
    near = get_close_matches(key, known, n=1)
    text = _("There is no setting %(key)s.", key=key)
    raise NotFound(f"{text} {_('Did you mean %(key)s?', key=near[0])}" if near else text)


def value_in(config: BoxConfig, entry: Entry) -> object:
    """What a configuration says of a setting."""
    value: object = config
    for name in entry.path:
        value = getattr(value, name)
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _below(model: type[BaseModel], path: tuple[str, ...], title: str) -> Iterator[Entry]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            own = str(getattr(inner, "title", "")) or field.title or name.replace("_", " ").capitalize()
            yield from _below(inner, (*path, name), title or own)
        else:
            yield _entry((*path, name), title, field)


def _entry(path: tuple[str, ...], title: str, field: FieldInfo) -> Entry:
    kind = _plain(field.annotation)
    choices = tuple(str(one) for one in get_args(kind)) if get_origin(kind) is Literal else ()
    found = str if choices else (kind if isinstance(kind, type) else get_origin(kind))
    default = field.get_default(call_default_factory=True)
    return Entry(path, title, said_of(path[-1], field), default, found, choices)


def _plain(kind: Any) -> Any:  # noqa: ANN401 what an annotation is
    """The type without its rules, and without its None."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        others = [one for one in get_args(kind) if one is not type(None)]
        return _plain(others[0]) if len(others) == 1 else kind
    return kind


def written(value: object) -> str:
    """A value as it stands in the file (TOML 1.0)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(one) for one in value)}]"
    if isinstance(value, BaseModel):
        return written(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} = {written(one)}" for name, one in value.items() if one is not None)
        return f"{{{inner and f' {inner} '}}}"
    return "" if value is None else str(value)


def shown(entry: Entry, value: object) -> str:
    """A value for people's eyes: of a secret only whether it is set."""
    if entry.said.secret and value not in ("", entry.default):
        return "***"
    return written(value)
