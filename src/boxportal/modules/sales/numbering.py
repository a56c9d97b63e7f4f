"""Document numbers without gaps: taken under a row lock, in the transaction that issues the document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from boxportal.modules.sales.models.sellers import NumberSeries, Seller
from boxportal.sdk.context import Ctx, ReadCtx

SeriesKind = Literal["quote", "order", "proforma", "invoice", "credit_note", "shipment"]
PREFIXES: dict[str, str] = {
    "quote": "Q", "order": "O", "proforma": "P", "invoice": "I", "credit_note": "C", "shipment": "S",
}  # fmt: skip
SAMPLE = "SAMPLE"
"""What numbers of the sample seller's documents begin with, so that none is taken for one of the firm's."""


@dataclass(frozen=True, slots=True)
class Number:
    """A document's number, and its place in its series."""

    text: str
    year: int
    sequence: int


def take_number(ctx: Ctx, seller_id: int, kind: SeriesKind, day: date) -> Number:
    """Take the next number of a series. Who comes meanwhile waits for the end of this transaction.

    If the transaction is undone, so is the taking: the next one gets the same number.
    """
    series = _locked(ctx, seller_id, kind, day.year) or _begun(ctx, seller_id, kind, day.year)
    sequence, series.next = series.next, series.next + 1
    ctx.db.flush()
    return Number(_text_of(ctx, seller_id, kind, day.year, sequence), day.year, sequence)


def hold_series(ctx: Ctx, seller_id: int, kinds: Sequence[SeriesKind], day: date) -> None:
    """Take hold of the series that an act is going to number from, before it moves its deal.

    Series come before the pipeline's stages for everybody, in one order among themselves: so two acts on different
    deals can't wait for each other.
    """
    for kind in sorted(kinds):
        if _locked(ctx, seller_id, kind, day.year) is None:
            _begun(ctx, seller_id, kind, day.year)


def coming_number(ctx: ReadCtx, seller_id: int, kind: SeriesKind, day: date) -> str:
    """The number that the next document of a series gets, unless somebody is quicker."""
    coming = select(NumberSeries.next).where(
        NumberSeries.seller_id == seller_id, NumberSeries.kind == kind, NumberSeries.year == day.year
    )
    return _text_of(ctx, seller_id, kind, day.year, ctx.db.scalar(coming) or 1)


def number_text(kind: str, year: int, sequence: int) -> str:
    """A number as it stands on the document: `I-2026-0001`."""
    return f"{PREFIXES[kind]}-{year}-{sequence:04d}"


def _text_of(ctx: ReadCtx, seller_id: int, kind: str, year: int, sequence: int) -> str:
    """A number as this seller writes it."""
    is_sample = ctx.db.scalar(select(Seller.is_sample).where(Seller.id == seller_id))
    text = number_text(kind, year, sequence)
    return f"{SAMPLE}-{text}" if is_sample else text


def begin_series(ctx: Ctx, seller_id: int, kind: str, year: int, number: int) -> bool:
    """Let a series begin at a number; false when it was begun already."""
    if _locked(ctx, seller_id, kind, year) is not None:
        return False
    return _begun(ctx, seller_id, kind, year, number).next == number


def _locked(ctx: Ctx, seller_id: int, kind: str, year: int) -> NumberSeries | None:
    series = select(NumberSeries).where(
        NumberSeries.seller_id == seller_id, NumberSeries.kind == kind, NumberSeries.year == year
    )
    return ctx.db.scalar(series.with_for_update().execution_options(populate_existing=True))


def _begun(ctx: Ctx, seller_id: int, kind: str, year: int, number: int = 1) -> NumberSeries:
    """Begin the year's series. Of two that begin it at once the second waits, fails here, and takes the first's."""
    series = NumberSeries(seller_id=seller_id, kind=kind, year=year, next=number)
    try:
        with ctx.db.savepoint():
            ctx.db.add(series)
    except IntegrityError:
        found = _locked(ctx, seller_id, kind, year)
        if found is None:
            raise
        return found
    return series
