"""What a form's fields are, read from a Pydantic model: widget, label, choices, limits."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar, Union, get_args, get_origin

import annotated_types
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from boxportal.sdk.i18n import Text
from boxportal.sdk.money import Money

WidgetKind = Literal[
    "text", "email", "tel", "url", "password", "search", "number", "money", "date", "datetime", "time", "textarea",
    "lines", "select", "radio", "checks", "checkbox", "switch", "hidden", "rows",
]  # fmt: skip
Choice = tuple[str | int, Text]
MAX_ROWS = 200
MAX_LINE = 1_000
MAX_TEXT = 100_000
LONG_LINE = 300
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before the field; `one` is what one of its rows is called, where it has rows ("Lines", "Line")."""

    text: Text
    one: Text = ""


@dataclass(frozen=True, slots=True)
class Help:
    """One sentence under the field."""

    text: Text


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen, as pairs of value and label; with none the page gives them in `FormEnv.choices`."""

    options: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Widget:
    """How the field looks, where its type does not say so; `unit` stands behind it ("%", "days")."""

    kind: WidgetKind | None = None
    unit: Text = ""
    lines: int = 3
    autocomplete: str = ""
    autofocus: bool = False


@dataclass(frozen=True, slots=True)
class CurrencyFrom:
    """The field of the same form that holds a money field's currency; without it the form's own is meant."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form. `base` is the type of its value, or of one of its values where there are many.

    `one` is what one of its rows is called.
    """

    name: str
    base: type
    kind: WidgetKind
    label: Text
    help: Text = ""
    many: bool = False
    optional: bool = False
    required: bool = False
    default: object = None
    options: tuple[Choice, ...] = ()
    max_length: int | None = None
    widget: Widget = field(default_factory=Widget)
    currency_from: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    one: Text = ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """An annotation taken apart."""

    base: object
    optional: bool
    many: bool
    metadata: tuple[object, ...]


_KINDS: Mapping[type, WidgetKind] = {
    bool: "checkbox",
    int: "number",
    Decimal: "number",
    Money: "money",
    datetime: "datetime",
    date: "date",
    time: "time",
    str: "text",
}


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldSpec]:
    """The fields of a form's model, in its order.

    Raises: TypeError for a field without `Label` or `Choices`, or of a type that no field can hold: mistakes of the
    program, found by the first test that opens the form.
    """
    return {name: _field_of(model, name, info) for name, info in model.model_fields.items()}


def _field_of(model: type[BaseModel], name: str, info: FieldInfo) -> FieldSpec:
    shape = _shape_of(info.annotation, tuple(info.metadata))
    widget = _find(shape.metadata, Widget) or Widget()
    choices = _find(shape.metadata, Choices)
    base = _base_of(model, name, shape.base)
    kinds = [item.kind for item in shape.metadata if isinstance(item, Widget) and item.kind]
    kind = kinds[-1] if kinds else _kind_of(base, shape, closed=choices is not None)
    label = _find(shape.metadata, Label)
    if kind != "hidden" and (label is None or (choices is None and _is_closed(shape.base))):
        msg = f"{model.__name__}.{name} has no Label, or no Choices with a text for each of its values"
        raise TypeError(msg)
    about = _find(shape.metadata, Help)
    currency = _find(shape.metadata, CurrencyFrom)
    default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    longest = _max_length(shape.metadata)
    return FieldSpec(
        name=name,
        base=base,
        kind=kind,
        label=label.text if label else "",
        help=about.text if about else "",
        many=shape.many,
        optional=shape.optional,
        required=_is_required(info, shape, base, default),
        default=default,
        options=choices.options if choices else (),
        max_length=longest,
        widget=widget,
        currency_from=currency.name if currency else "",
        attributes=_attributes(widget, None if shape.many else longest),
        one=label.one if label else "",
    )


def _attributes(widget: Widget, longest: int | None) -> Mapping[str, str]:
    attributes = {"maxlength": str(longest)} if longest else {}
    if widget.autocomplete:
        attributes["autocomplete"] = widget.autocomplete
    if widget.autofocus:
        attributes["autofocus"] = ""
    return MappingProxyType(attributes)


def _is_required(info: FieldInfo, shape: _Shape, base: type, default: object) -> bool:
    """Whether an empty field is a mistake. A text with a default may be emptied, a number may not."""
    if shape.optional or shape.many or base is bool:
        return False
    return info.is_required() or (base is not str and default is not None)


def _shape_of(annotation: object, metadata: tuple[object, ...]) -> _Shape:
    """Take `Annotated`, `| None` and `list` off an annotation, wherever they stand."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape_of(arguments[0], (*arguments[1:], *metadata))
    if origin in (Union, types.UnionType) and type(None) in arguments:
        inner = [argument for argument in arguments if argument is not type(None)]
        shape = _shape_of(inner[0] if len(inner) == 1 else annotation, metadata)
        return _Shape(shape.base, optional=True, many=shape.many, metadata=shape.metadata)
    if origin in (list, tuple, set, frozenset):
        # What is said of the items (their length, their label) is not said of the list.
        return _Shape(_shape_of(arguments[0], ()).base, optional=False, many=True, metadata=metadata)
    return _Shape(annotation, optional=False, many=False, metadata=metadata)


def _is_closed(base: object) -> bool:
    return get_origin(base) is Literal or (isinstance(base, type) and issubclass(base, Enum))


def _base_of(model: type[BaseModel], name: str, base: object) -> type:
    if get_origin(base) is Literal:
        return type(get_args(base)[0])
    if base is AwareDatetime:
        return datetime
    if isinstance(base, type) and (base in _KINDS or issubclass(base, Enum | BaseModel)):
        return base
    msg = f"{model.__name__}.{name}: no form field holds {base}"
    raise TypeError(msg)


def _kind_of(base: type, shape: _Shape, *, closed: bool) -> WidgetKind:
    if issubclass(base, BaseModel):
        return "rows"
    if shape.many:
        return "checks" if closed else "lines"
    if closed:
        return "select"
    limit = _max_length(shape.metadata)
    if base is str and limit and limit > LONG_LINE:
        return "textarea"
    return _KINDS[base]


def _find(metadata: Sequence[object], kind: type[T]) -> T | None:
    """What the metadata says of a kind; of several the outermost, which refines a type defined elsewhere."""
    return next((item for item in reversed(metadata) if isinstance(item, kind)), None)


def _max_length(metadata: Sequence[object]) -> int | None:
    limits = [item.max_length for item in metadata if isinstance(item, annotated_types.MaxLen)]
    return min(limits) if limits else None
