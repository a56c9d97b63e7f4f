"""A form as it stands: what was typed, what is wrong with it, and what a template needs to show it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Generic, TypeVar

from pydantic import BaseModel

from boxportal.sdk.clock import in_zone
from boxportal.sdk.decimals import format_number
from boxportal.sdk.form_spec import Choice, FieldSpec, WidgetKind, fields_of
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.money import Money, format_money

M = TypeVar("M", bound=BaseModel)
Typed = Mapping[str, Sequence[str]]
LONG = frozenset({"textarea", "lines", "checks", "rows", "hidden"})
ROW = "__row__"  # stands for the number of a row that a script adds
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormEnv:
    """For whom a form is: their locale ("" is the one in force) and zone, the currency, and choices made by the page.

    `choices` are by field name; those of a field in rows by `lines.rate`.
    """

    locale: str = ""
    zone: str = "UTC"
    currency: str = ""
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)

    def options(self, path: str, spec: FieldSpec) -> Sequence[Choice]:
        """What may be chosen in a field."""
        return self.choices.get(_without_numbers(path), spec.options)


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as the macro `field` of components/form.html takes it."""

    name: str
    kind: WidgetKind
    label: Text
    help: Text
    value: str | bool
    values: tuple[str, ...]
    error: Text
    required: bool
    options: tuple[Choice, ...]
    unit: Text
    lines: int
    attrs: Mapping[str, str]
    rows: "tuple[RowView, ...]" = ()
    empty_row: "Callable[[str], RowView] | None" = None

    @property
    def next_row(self) -> "RowView | None":
        """An empty row after the last one, to be filled in without scripts."""
        return self.empty_row(f"{self.name}.{len(self.rows)}.") if self.empty_row else None

    @property
    def blank_row(self) -> "RowView | None":
        """An empty row for a script to copy."""
        return self.empty_row(f"{self.name}.{ROW}.") if self.empty_row else None


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of fields; `prefix` is what their names begin with (`lines.0.`)."""

    prefix: str
    fields: tuple[FieldView, ...]
    error: Text = ""


@dataclass(frozen=True)
class FormState(Generic[M]):
    """A form with what was typed into it; `errors` are by field name, "" is the whole form."""

    model: type[M]
    typed: Typed
    errors: Mapping[str, Text] = field(default_factory=dict)
    env: FormEnv = field(default_factory=FormEnv)

    def refused(self, errors: Mapping[str, Text]) -> "FormState[M]":
        """The same form with more errors: those that a service found."""
        return replace(self, errors={**self.errors, **errors})

    @property
    def summary(self) -> Mapping[str, str]:
        """The errors, each with the label of its field, to stand above the form."""
        return {name: self._with_label(name, text) for name, text in self.errors.items()}

    def _with_label(self, name: str, text: Text) -> str:
        model, labels, one = self.model, list[str](), ""
        for part in name.split("."):
            if part.isdecimal():
                labels[-1] = f"{one or labels[-1]} {format_number(int(part) + 1, locale=self.env.locale)}"
                continue
            spec = fields_of(model).get(part)
            if spec is None:
                break
            labels.append(str(spec.label))
            one = str(spec.one)
            model = spec.base if spec.kind == "rows" else model
        return f"{', '.join(labels)}: {text}" if labels else str(text)

    @cached_property
    def fields(self) -> tuple[FieldView, ...]:
        """The fields in the order of the model."""
        return tuple(self._views(self.model, ""))

    @cached_property
    def _by_name(self) -> Mapping[str, FieldView]:
        return {view.name: view for view in self.fields}

    def __getitem__(self, name: str) -> FieldView:
        return self._by_name[name]

    def runs(self, only: Sequence[str] = (), without: Sequence[str] = ()) -> tuple[tuple[FieldView, ...], ...]:
        """The fields, or some of them, as they are laid out: short ones that follow each other side by side."""
        runs: list[list[FieldView]] = []
        for view in self.fields:
            if (only and view.name not in only) or view.name in without:
                continue
            if runs and view.kind not in LONG and runs[-1][0].kind not in LONG:
                runs[-1].append(view)
            else:
                runs.append([view])
        return tuple(tuple(run) for run in runs)

    def _views(self, model: type[BaseModel], prefix: str) -> Iterator[FieldView]:
        for spec in fields_of(model).values():
            yield self._view(spec, prefix + spec.name)

    def _view(self, spec: FieldSpec, path: str) -> FieldView:
        values = tuple(self.typed.get(path, ()))
        value: str | bool = values[-1] if values else ""
        if spec.kind in ("checkbox", "switch"):
            value = is_ticked(values)
        elif spec.kind == "password":
            value, values = "", ()  # never shown again
        rows = self._rows(spec, path) if spec.kind == "rows" else ()
        return FieldView(
            name=path,
            kind=spec.kind,
            label=spec.label,
            help=spec.help,
            value=value,
            values=values,
            error=self.errors.get(path, ""),
            required=spec.required and spec.kind != "hidden" and "." not in path,  # a row may be left empty
            options=self._options(spec, path, empty=not value),
            unit=spec.widget.unit or ("" if spec.kind != "money" or spec.currency_from else self.env.currency),
            lines=spec.widget.lines,
            attrs=self._attributes(spec),
            rows=rows,
            empty_row=partial(self._blank_row, spec) if spec.kind == "rows" else None,
        )

    def _attributes(self, spec: FieldSpec) -> Mapping[str, str]:
        """Once something is wrong the cursor stands there, and not where an empty form begins."""
        if not self.errors:
            return spec.attributes
        return {name: value for name, value in spec.attributes.items() if name != "autofocus"}

    def _options(self, spec: FieldSpec, path: str, *, empty: bool) -> tuple[Choice, ...]:
        options = tuple(self.env.options(path, spec))
        if spec.kind != "select" or not (spec.optional or empty):
            return options
        return ("", lazy("Not chosen") if spec.optional else lazy("Choose…")), *options

    def _rows(self, spec: FieldSpec, path: str) -> tuple[RowView, ...]:
        prefixes = (f"{path}.{number}." for number in range(row_count(self.typed, path)))
        return tuple(
            RowView(prefix, tuple(self._views(spec.base, prefix)), self.errors.get(prefix[:-1], ""))
            for prefix in prefixes
        )

    def _blank_row(self, spec: FieldSpec, prefix: str) -> RowView:
        blank_state = replace(self, typed=typed_values(spec.base, _NOTHING, self.env, prefix), errors={})
        return RowView(prefix, tuple(blank_state._views(spec.base, prefix)))  # noqa: SLF001 another of this class


def blank(model: type[M], env: FormEnv, initial: Mapping[str, object] = _NOTHING) -> FormState[M]:
    """A form nobody has typed into yet, with the model's defaults and the initial values."""
    return FormState(model, typed_values(model, initial, env), env=env)


def filled(model: type[M], source: object, env: FormEnv) -> FormState[M]:
    """A form that shows what there is: a record, or a model's instance, with attributes of the fields' names."""
    return FormState(model, typed_values(model, source, env), env=env)


def typed_values(model: type[BaseModel], source: object, env: FormEnv, prefix: str = "") -> dict[str, list[str]]:
    """What a person would have typed to get these values."""
    typed: dict[str, list[str]] = {}
    for spec in fields_of(model).values():
        path, value = prefix + spec.name, _value_of(source, spec)
        if spec.kind != "rows":
            typed[path] = _typed(spec, value, env)
            continue
        for number, row in enumerate(_many(value)):
            typed |= typed_values(spec.base, row, env, f"{path}.{number}.")
    return typed


def row_count(typed: Typed, path: str) -> int:
    """How many rows were typed; they are numbered from 0 without gaps."""
    numbers = {name[len(path) + 1 :].partition(".")[0] for name in typed if name.startswith(f"{path}.")}
    return len(numbers)


@lru_cache(maxsize=1_000)
def _without_numbers(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdecimal() and part != ROW)


def _value_of(source: object, spec: FieldSpec) -> object:
    if isinstance(source, Mapping):
        return source.get(spec.name, spec.default)
    return getattr(source, spec.name, spec.default)


def _many(value: object) -> Sequence[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


def _typed(spec: FieldSpec, value: object, env: FormEnv) -> list[str]:
    if spec.kind == "password" or value is None:
        return []
    if isinstance(value, bool):
        return ["true"] if value else []
    if not spec.many:
        return [_text_of(value, env)]
    texts = [_text_of(item, env) for item in _many(value)]
    return ["\n".join(texts)] if spec.kind == "lines" else texts


def is_ticked(values: Sequence[str]) -> bool:
    """Whether a box was ticked: browsers send nothing for one that was not."""
    return bool(values) and values[-1] not in ("", "false", "off", "0")


def _text_of(value: object, env: FormEnv) -> str:
    write = next((write for kind, write in _WRITERS if isinstance(value, kind)), None)
    return write(value, env) if write else str(value)


def _money(value: Money, env: FormEnv) -> str:
    return format_money(value, locale=env.locale, symbol=False)


def _decimal(value: Decimal, env: FormEnv) -> str:
    return format_number(value, locale=env.locale, grouped=False)


def _datetime(value: datetime, env: FormEnv) -> str:
    return in_zone(value, env.zone).strftime("%Y-%m-%dT%H:%M")


# A datetime is a date too, so it stands before it.
_WRITERS: tuple[tuple[type, Callable[..., str]], ...] = (
    (Money, _money),
    (Enum, lambda value, _env: str(value.value)),
    (Decimal, _decimal),
    (datetime, _datetime),
    (date, lambda value, _env: value.isoformat()),
    (time, lambda value, _env: value.strftime("%H:%M")),
)
