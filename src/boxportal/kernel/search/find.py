"""Search as you type: prefixes of words, newest records first, only what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, column, func, select, table, text

from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.search.index import table_of
from boxportal.kernel.search.words import words_in
from boxportal.sdk.context import ReadCtx

LONGEST = 256
MOST_WORDS = 8
PER_KIND = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found."""

    kind: str
    name: str
    title: str
    url: str
    icon: str
    id: int


def find(ctx: ReadCtx, snapshot: Snapshot, query: str, *, per_kind: int = PER_KIND) -> Sequence[Hit]:
    """Everything whose words begin with the query's words, kind by kind, newest first.

    The order is of recency, not of rank: ranking a common word would read all that has it.
    """
    words = query_words(query)
    if not words:
        return []
    hits: list[Hit] = []
    for kind in snapshot.search:
        hits += find_kind(ctx, snapshot, kind, words, per_kind)
    return hits


def query_words(query: str) -> list[str]:
    """The words of what was typed; operators of the engines are no words, so they can't be sent."""
    digits = "".join(c for c in query if c.isdigit())
    if len(digits) >= 6 and not any(c.isalpha() for c in query):  # noqa: PLR2004 shorter ones are house numbers
        return [digits]
    return words_in(query[:LONGEST])[:MOST_WORDS]


def find_kind(ctx: ReadCtx, snapshot: Snapshot, kind: str, words: list[str], limit: int) -> list[Hit]:
    record_kind = snapshot.kinds[kind]
    own = record_kind.model.__table__.c
    index = table(table_of(kind), column("rowid"), column("id"), column("words"))
    key = index.c.rowid if ctx.db.dialect == "sqlite" else index.c.id
    visible = record_kind.visible(ctx).where(own.id == key).with_only_columns(own.id).correlate(index)
    found = with_words(select(key.label("found")), table_of(kind), words, ctx.db.dialect)
    ids = ctx.db.scalars(found.where(visible.exists()).order_by(key.desc()).limit(limit)).all()
    if not ids:
        return []
    titles = ctx.db.execute(select(own.id, record_kind.title).where(own.id.in_(ids)).order_by(own.id.desc())).all()
    name = str(record_kind.name)
    return [Hit(kind, name, title, record_kind.address(i), record_kind.icon, i) for i, title in titles]


def with_words(statement: Select[int], name: str, words: list[str], dialect: str) -> Select[int]:
    """Words are letters and digits only, so neither engine's query language can be reached."""
    if dialect == "sqlite":
        query = " ".join(f'"{word}"*' for word in words)
        return statement.where(text(f"{name} MATCH :words").bindparams(words=query))
    query = " & ".join(f"{word}:*" for word in words)
    return statement.where(column("words").op("@@")(func.to_tsquery("simple", query)))
