"""What lies on one record or on several, found by one statement whose kinds and ids are parameters."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, bindparam, or_

from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.sdk.events import RecordRef


def lying_on(table: type[Comment] | type[RecordFile], records: int) -> ColumnElement[bool]:
    """The condition for so many records, each found by the index; `params_of` fills it.

    An OR of pairs: of `(kind, id) IN (VALUES …)` SQLite would make a walk through the whole table.
    """
    pairs = (
        and_(table.kind == bindparam(f"kind_{n}"), table.record_id == bindparam(f"id_{n}")) for n in range(records)
    )
    return or_(*pairs)


def params_of(refs: Sequence[RecordRef]) -> dict[str, object]:
    kinds = {f"kind_{n}": ref.kind for n, ref in enumerate(refs)}
    return kinds | {f"id_{n}": ref.id for n, ref in enumerate(refs)}
