"""How a setting of the box describes itself: one source for the command line, the page and the documentation."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field
from pydantic.fields import FieldInfo

T = TypeVar("T")
RESTART, SECRET, FIXED = "restart", "secret", "fixed"


def setting(
    default: T,
    *,
    title: str,
    text: str,
    example: object = None,
    restart: bool = True,
    secret: bool = False,
    fixed: bool = False,
) -> T:
    """The default of a setting in a section of `boxportal.toml`, with what people are told of it.

    `title` and `text` are marked for translation (`mark`). `example` is a value that shows how to write one, where the
    default does not. `restart` says that the server reads it only when it starts; `secret` that it is never shown;
    `fixed` that the installer writes it, and neither the page nor `config set` changes it.
    """
    return Field(
        default,
        title=title,
        description=text,
        examples=None if example is None else [example],
        json_schema_extra={RESTART: restart, SECRET: secret, FIXED: fixed},
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a field says of itself; a bare field (without `setting`) says nothing but its name."""

    title: str
    text: str
    example: object
    restart: bool
    secret: bool
    fixed: bool


def said_of(name: str, field: FieldInfo) -> Said:
    """Read what `setting` wrote."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Said(
        title=field.title or name.replace("_", " ").capitalize(),
        text=field.description or "",
        example=next(iter(field.examples or ()), None),
        restart=bool(extra.get(RESTART, True)),
        secret=bool(extra.get(SECRET, False)),
        fixed=bool(extra.get(FIXED, False)),
    )
