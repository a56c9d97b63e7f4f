"""For whom a list is, and what every filter of a list answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Protocol, cast

from sqlalchemy import ColumnElement
from typing_extensions import override

from boxportal.sdk.clock import date_in
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import Text

Values = Mapping[str, Sequence[str]]
Condition = ColumnElement[bool]


class FilterError(ValueError):
    """A filter's fields can't be read; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


class Offered(Mapping[str, Sequence[Choice]]):
    """Choices by column or filter, each asked for only where a page needs it: most pages show no filter's choices."""

    def __init__(self, **makers: Callable[[], Sequence[Choice]]) -> None:
        self._makers = makers
        self._made: dict[str, Sequence[Choice]] = {}

    @override
    def __getitem__(self, key: str) -> Sequence[Choice]:
        if key not in self._made:
            self._made[key] = self._makers[key]()
        return self._made[key]

    @override
    def __contains__(self, key: object) -> bool:
        return key in self._makers

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    @override
    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, slots=True)
class ListEnv:
    """For whom a list is: the person, when and where they look, and choices of the page, by column or filter."""

    now: datetime
    zone: str = "UTC"
    me: int | None = None
    locale: str = ""
    currency: str = ""
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return date_in(self.now, self.zone)


class Filter(Protocol):
    """A filter. `names` are its fields in the address, `kind` the template's word for it."""

    kind: ClassVar[str]

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def names(self) -> tuple[str, ...]: ...

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        """The condition that was asked for; None when nothing was.

        Raises: FilterError, NumberError.
        """
        ...

    def says(self, typed: Values, env: ListEnv) -> str:
        """What was asked for, in words."""
        ...

    def options(self, env: ListEnv) -> Sequence[Choice]:
        """What may be chosen."""
        ...


def last_of(typed: Values, name: str) -> str:
    """The value of a field of the address; of several the last."""
    values = typed.get(name, ())
    return values[-1].strip() if values else ""


def all_of(typed: Values, name: str) -> list[str]:
    """All values of a field of the address."""
    return [value for value in typed.get(name, ()) if value]


def clause(expr: object) -> ColumnElement[object]:
    """An expression of any type: SQLAlchemy's types are invariant, and a filter serves many."""
    return cast("ColumnElement[object]", expr)
