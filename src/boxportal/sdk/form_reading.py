"""Reads what a form sent into its model, or gives the form back with everything typed and a sentence per mistake."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from boxportal.sdk.clock import from_zone
from boxportal.sdk.decimals import NumberError, parse_number
from boxportal.sdk.form_spec import MAX_LINE, MAX_ROWS, MAX_TEXT, FieldSpec, fields_of
from boxportal.sdk.form_state import FormEnv, FormState, Typed, is_ticked, row_count, typed_values
from boxportal.sdk.form_texts import CHOOSE, FILL_IN, NOT_A_DATE, NOT_A_TIME, explain
from boxportal.sdk.i18n import Text, lazy, nlazy
from boxportal.sdk.money import Money, parse_money
from boxportal.sdk.names import clean_line, clean_text

M = TypeVar("M", bound=BaseModel)
MAX_VALUES = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)


class Unreadable(ValueError):
    """A field can't be read; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


def read(model: type[M], sent: Typed, env: FormEnv) -> M | FormState[M]:
    """Turn what a form sent into its model.

    Texts are freed of control characters and blanks around them; an empty field is None, or the default of a text.
    Numbers, money, dates are read by the person's locale and zone. A field that the form does not have is refused,
    but for names that begin with `_`. With any mistake the form comes back, all of them named at once.
    """
    try:
        typed = _arranged(model, sent, env)
    except Unreadable as error:
        return FormState(model, {}, {"": error.text}, env)
    errors: dict[str, Text] = {}
    values = _values(model, typed, env, "", errors)
    try:
        form = model.model_validate(values)
    except ValidationError as error:
        for path, text in explain(error.errors(include_url=False)).items():
            errors.setdefault(_field_path(model, path), text)
    else:
        if not errors:
            return form
    return FormState(model, typed, errors, env)


def _arranged(model: type[BaseModel], sent: Typed, env: FormEnv) -> dict[str, list[str]]:
    """The fields of the form alone, rows numbered without gaps, those that nobody touched left out.

    Raises: Unreadable.
    """
    fields = fields_of(model)
    typed: dict[str, list[str]] = {}
    rows: dict[str, dict[int, dict[str, Sequence[str]]]] = {}
    if sum(len(values) for values in sent.values()) > _most_values(model):
        raise Unreadable(lazy("This form has too many fields."))
    for name, values in sent.items():
        head, number, rest = _parts(name)
        if name in fields and fields[name].kind != "rows":
            typed[name] = list(values)
        elif head in fields and fields[head].kind == "rows" and number is not None:
            rows.setdefault(head, {}).setdefault(number, {})[rest] = values
        elif not name.startswith("_"):
            raise Unreadable(lazy("The form sent a field that it does not have: %(name)s.", name=name[:40]))
    for head, numbered in rows.items():
        arranged = (_arranged(fields[head].base, row, env) for _, row in sorted(numbered.items()))
        for number, row in enumerate(row for row in arranged if not _is_untouched(fields[head].base, row, env)):
            typed |= {f"{head}.{number}.{name}": values for name, values in row.items()}
    return typed


def _parts(name: str) -> tuple[str, int | None, str]:
    """`lines.3.price` is `lines`, 3, `price`."""
    head, _, rest = name.partition(".")
    number, _, rest = rest.partition(".")
    return head, int(number) if re.fullmatch(r"\d{1,6}", number, re.ASCII) else None, rest


def _most_values(model: type[BaseModel]) -> int:
    """How many values a form may send: the usual limit, more where it has rows or long lists of choices."""
    fields = fields_of(model).values()
    rows = sum((spec.max_length or MAX_ROWS) * _most_values(spec.base) for spec in fields if spec.kind == "rows")
    return MAX_VALUES + rows if rows else MAX_VALUES


def _is_untouched(model: type[BaseModel], row: Typed, env: FormEnv) -> bool:
    """Whether a row says no more than a blank one."""
    plain = typed_values(model, {}, env)
    return all(_said(values) == _said(plain.get(name, [])) for name, values in row.items())


def _said(values: Sequence[str]) -> list[str]:
    return [value for value in values if value.strip()]


def _values(
    model: type[BaseModel], typed: Typed, env: FormEnv, prefix: str, errors: dict[str, Text]
) -> dict[str, object]:
    """The values of the fields that could be read; `errors` gets a sentence for each of the others."""
    values: dict[str, object] = {}
    for spec in fields_of(model).values():
        path = prefix + spec.name
        if spec.kind == "rows":
            numbers = range(row_count(typed, path))
            values[spec.name] = [_values(spec.base, typed, env, f"{path}.{number}.", errors) for number in numbers]
            continue
        try:
            _read_into(values, spec, path, typed, env)
        except (Unreadable, NumberError) as error:
            errors[path] = error.text
    return values


def _read_into(values: dict[str, object], spec: FieldSpec, path: str, typed: Typed, env: FormEnv) -> None:
    texts = [_clean(spec, text) for text in typed.get(path, ())]
    if spec.many:
        items = texts[0].split("\n") if spec.kind == "lines" and texts else texts
        values[spec.name] = [_value(spec, path, item, typed, env) for text in items if (item := text.strip())]
    elif spec.base is bool:
        values[spec.name] = is_ticked(texts)
    elif texts and texts[-1]:
        values[spec.name] = _value(spec, path, texts[-1], typed, env)
    elif spec.required and (path in typed or spec.default is None):
        raise Unreadable(CHOOSE if spec.kind in ("select", "radio") else FILL_IN)
    elif path in typed and (spec.optional or spec.default != ""):
        values[spec.name] = None if spec.optional else ""


def _clean(spec: FieldSpec, text: str) -> str:
    if spec.kind == "password":
        return text
    is_long = spec.kind in ("textarea", "lines")
    usual = MAX_TEXT if is_long else MAX_LINE
    limit = usual if spec.many else spec.max_length or usual
    cleaned = clean_text(text[: MAX_TEXT + 1]) if is_long else clean_line(text[: MAX_TEXT + 1])
    if len(cleaned) > limit:
        raise Unreadable(
            nlazy("This holds at most %(num)s character.", "This holds at most %(num)s characters.", limit, num=limit)
        )
    return cleaned


def _value(spec: FieldSpec, path: str, text: str, typed: Typed, env: FormEnv) -> object:
    options = env.options(path, spec)
    if spec.kind in ("select", "radio", "checks") and text not in {str(key) for key, _ in options}:
        raise Unreadable(CHOOSE)
    if spec.base is Money:
        return parse_money(text, _currency(spec, path, typed, env), locale=env.locale)
    if issubclass(spec.base, Enum):
        return _member(spec.base, text)
    reader = _READERS.get(spec.base)
    return reader(text, env) if reader else text


def _currency(spec: FieldSpec, path: str, typed: Typed, env: FormEnv) -> str:
    if not spec.currency_from:
        return env.currency
    sibling = f"{path.rpartition('.')[0]}.{spec.currency_from}".lstrip(".")
    currency = (list(typed.get(sibling, ())) or [env.currency])[-1].strip().upper()
    try:
        Money(0, currency)
    except ValueError as error:
        raise Unreadable(lazy("Choose a currency first.")) from error
    return currency


def _member(kind: type[Enum], text: str) -> Enum:
    found = next((member for member in kind if str(member.value) == text), None)
    if found is None:
        raise Unreadable(CHOOSE)
    return found


def _whole(text: str, env: FormEnv) -> int:
    return int(parse_number(text, places=0, locale=env.locale))


def _decimal(text: str, env: FormEnv) -> Decimal:
    return parse_number(text, locale=env.locale)


def _date(text: str, _env: FormEnv) -> date:
    return _iso(date.fromisoformat, _DAY, text, NOT_A_DATE)


def _datetime(text: str, env: FormEnv) -> datetime:
    return _iso(lambda t: from_zone(datetime.fromisoformat(t), env.zone), _MINUTE, text, NOT_A_DATE)


def _time(text: str, _env: FormEnv) -> time:
    return _iso(time.fromisoformat, _TIME, text, NOT_A_TIME)


T = TypeVar("T")


def _iso(parse: Callable[[str], T], form: re.Pattern[str], text: str, wrong: Text) -> T:
    try:
        if form.fullmatch(text):
            return parse(text)
    except (ValueError, OverflowError) as error:
        raise Unreadable(wrong) from error
    raise Unreadable(wrong)


_READERS: Mapping[type, Callable[[str, FormEnv], object]] = {
    int: _whole,
    Decimal: _decimal,
    date: _date,
    datetime: _datetime,
    time: _time,
}


def _field_path(model: type[BaseModel], path: str) -> str:
    """The field that an error of Pydantic's belongs to: items of a list have no field of their own."""
    head, number, rest = _parts(path)
    spec = fields_of(model).get(head)
    if spec is None:
        return ""
    if spec.kind != "rows" or number is None:
        return head
    return f"{head}.{number}.{_field_path(spec.base, rest)}".rstrip(".")
