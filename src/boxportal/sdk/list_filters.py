"""The kinds of filters a list can have: each reads its own fields of the address, and gives a condition."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from sqlalchemy import not_, or_
from typing_extensions import override

from boxportal.sdk.database import MAX_ID
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_env import Condition, FilterError, ListEnv, Values, all_of, clause, last_of
from boxportal.sdk.names import clean_line, name_key
from boxportal.sdk.prefixes import has_prefix

NONE = "none"
ME = "me"
MAX_TEXT = 200
MAX_CHOSEN = 100
CHOOSE = lazy("Choose from the list.")


@dataclass(frozen=True, slots=True)
class _Simple:
    """A filter of one field of the address."""

    key: str
    label: Text

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key,)

    def options(self, env: ListEnv) -> Sequence[Choice]:
        return env.choices.get(self.key, ())

    def says(self, typed: Values, env: ListEnv) -> str:
        chosen = all_of(typed, self.key)
        labels = {str(value): str(text) for value, text in self.options(env)}
        return ", ".join(labels.get(value, value) for value in chosen)


@dataclass(frozen=True, slots=True)
class TextFilter(_Simple):
    """Texts that begin so. `expr` holds the texts' keys, as `key_of` makes them, so that case does not count."""

    expr: object
    key_of: Callable[[str], str] = name_key
    kind: ClassVar[str] = "text"

    def read(self, typed: Values, env: ListEnv) -> Condition | None:  # noqa: ARG002 as the others
        text = self.key_of(clean_line(last_of(typed, self.key)[:MAX_TEXT]))
        return has_prefix(clause(self.expr), text) if text else None


@dataclass(frozen=True, slots=True)
class ChoiceFilter(_Simple):
    """One or more of a closed set: its own `choices`, or those that the page gives. `optional` offers "none" too."""

    expr: object
    choices: tuple[Choice, ...] = ()
    optional: bool = False
    kind: ClassVar[str] = "choice"

    @override
    def options(self, env: ListEnv) -> Sequence[Choice]:
        options = tuple(env.choices.get(self.key, self.choices))
        return (*options, (NONE, lazy("None"))) if self.optional else options

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        asked = all_of(typed, self.key)
        if not asked:
            return None
        values = {str(value): value for value, _ in self.options(env)}
        if len(asked) > MAX_CHOSEN or any(value not in values for value in asked):
            raise FilterError(CHOOSE)
        expr = clause(self.expr)
        chosen = expr.in_([values[value] for value in asked if value != NONE or not self.optional])
        return or_(chosen, expr.is_(None)) if self.optional and NONE in asked else chosen


@dataclass(frozen=True, slots=True)
class PersonFilter(_Simple):
    """The rows of a person: `me`, an id, or `none` for rows of nobody. The page gives the people to choose from."""

    expr: object
    optional: bool = True
    kind: ClassVar[str] = "person"

    @override
    def options(self, env: ListEnv) -> Sequence[Choice]:
        nobody: tuple[Choice, ...] = ((NONE, lazy("Nobody")),) if self.optional else ()
        return (*(((ME, lazy("Me")),) if env.me is not None else ()), *env.choices.get(self.key, ()), *nobody)

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        asked = all_of(typed, self.key)
        if len(asked) > MAX_CHOSEN:
            raise FilterError(CHOOSE)
        conditions = [self._of(value, env) for value in asked]
        return or_(*conditions) if conditions else None

    def _of(self, value: str, env: ListEnv) -> Condition:
        expr = clause(self.expr)
        if value == ME and env.me is not None:
            return expr == env.me
        if value == NONE:
            return expr.is_(None)
        if not re.fullmatch(r"\d{1,19}", value, re.ASCII) or int(value) > MAX_ID:
            raise FilterError(CHOOSE)
        return expr == int(value)


@dataclass(frozen=True, slots=True)
class YesNoFilter(_Simple):
    """Rows that are so, or are not so; `expr` is a condition."""

    expr: object
    kind: ClassVar[str] = "yes_no"

    @override
    def options(self, env: ListEnv) -> Sequence[Choice]:
        return (("yes", lazy("Yes")), ("no", lazy("No")))

    def read(self, typed: Values, env: ListEnv) -> Condition | None:  # noqa: ARG002 as the others
        asked = last_of(typed, self.key)
        if asked not in ("", "yes", "no"):
            raise FilterError(CHOOSE)
        condition = cast("Condition", clause(self.expr))
        return None if not asked else condition if asked == "yes" else not_(condition)


@dataclass(frozen=True, slots=True)
class NamedFilter(_Simple):
    """Conditions with a name, made when they are asked for: overdue, quiet for a week."""

    conditions: Mapping[str, tuple[Text, Callable[[ListEnv], Condition]]]
    kind: ClassVar[str] = "choice"

    @override
    def options(self, env: ListEnv) -> Sequence[Choice]:
        return tuple((name, text) for name, (text, _) in self.conditions.items())

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        asked = all_of(typed, self.key)
        if any(value not in self.conditions for value in asked):
            raise FilterError(CHOOSE)
        return or_(*(self.conditions[value][1](env) for value in asked)) if asked else None
