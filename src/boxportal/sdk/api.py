"""The API's common ways: pages by cursor, versions as ETags, money, and changes of some fields."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Select, SQLColumnExpression

from boxportal.sdk.database import MAX_ID, ReadSession
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.records import SAMPLE

T = TypeVar("T")
MOST = 200
Limit = Annotated[int, Field(ge=1, le=MOST)]
Cursor = Annotated[int, Field(ge=0, le=MAX_ID)]
RowId = Annotated[int, Field(ge=1, le=MAX_ID)]

SAMPLE_TEXT = _l("“sample” marks the sample rows: choose another name.")


def own_source(text: str) -> str:
    """What a program calls the place its records come from.

    Raises: ValueError for the sample's name: what bears it goes when the sample is removed.
    """
    if text.strip() == SAMPLE:
        raise ValueError(SAMPLE_TEXT)
    return text


def require_own_source(text: str) -> None:
    """The same of a name that stands in an address.

    Raises: Invalid.
    """
    try:
        own_source(text)
    except ValueError as error:
        raise Invalid({"source": SAMPLE_TEXT}) from error


Instant = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A moment that a program sends: with its offset (RFC 3339), kept and answered in UTC."""


class Input(BaseModel):
    """Base of what programs send: an unknown field is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class MoneyValue(BaseModel):
    """An amount in minor units (cents, tiyin) and its ISO 4217 currency."""

    model_config = ConfigDict(extra="forbid")
    amount: Annotated[int, Field(ge=-(10**15), le=10**15)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Versioned(Protocol):
    """A record that counts its saves."""

    @property
    def version(self) -> int: ...


def page_by_id(
    db: ReadSession, statement: Select[T], key: SQLColumnExpression[int], *, limit: int, cursor: int
) -> tuple[Sequence[T], str | None]:
    """One page, newest first, and the cursor of the next one; every page costs the same, however deep."""
    older = statement.where(key < cursor) if cursor else statement
    rows = db.scalars(older.order_by(key.desc()).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], str(getattr(rows[limit - 1], "id"))  # noqa: B009 the type of a row is the caller's


def etag_of(row: Versioned) -> str:
    """The ETag of a record: its version."""
    return f'"{row.version}"'


def version_in(if_match: str | None) -> int | None:
    """The version that a change expects; None when it does not ask (no header, or `*`).

    Raises: Invalid when the header is no ETag of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdigit() or len(number) > 18:  # noqa: PLR2004 digits of a 64-bit number
        raise Invalid({"If-Match": "must be the ETag of the record, as it was answered"})
    return int(number)
