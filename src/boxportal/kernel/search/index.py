"""The full-text index: one table per record kind, FTS5 on SQLite, tsvector on Postgres; never part of the migrations.

A kind's table is made when its module's snapshot is first applied, filled in the background, and dropped at purge.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

from sqlalchemy import Connection, TextClause, delete, insert, inspect, text

from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.search.words import words_of
from boxportal.kernel.tables import Setting
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.events import RecordRef
from boxportal.sdk.module import SearchSource

PREFIX = "core_search_"
FILLING = ".search-filling"  # the setting `<kind>.search-filling` says from which record downwards its table lacks some
SAFE = re.compile(r"^[a-z0-9_.]+$")


def table_of(kind: str) -> str:
    """The index table of a record kind: `core_search_crm_deal`."""
    if not SAFE.match(kind):
        raise ValueError(kind)
    return PREFIX + kind.replace(".", "_")


def make_tables(connection: Connection, kinds: Iterable[str]) -> list[str]:
    """Make the tables that are missing, and mark them as not filled; returns the kinds whose table is new."""
    there = set(inspect(connection).get_table_names())
    new = [kind for kind in kinds if table_of(kind) not in there]
    for kind in new:
        for statement in ddl_for(connection.dialect.name, table_of(kind)):
            connection.execute(text(statement))
        connection.execute(delete(Setting).where(Setting.key == kind + FILLING))
        connection.execute(insert(Setting).values(key=kind + FILLING, value={"below": MAX_ID}))
    return new


def drop_tables(connection: Connection, kinds: Iterable[str]) -> None:
    """Drop the tables of these kinds; a purge leaves nothing behind."""
    for kind in kinds:
        connection.execute(text(f"DROP TABLE IF EXISTS {table_of(kind)}"))


def ddl_for(dialect: str, table: str) -> list[str]:
    if dialect == "sqlite":
        return [f"CREATE VIRTUAL TABLE {table} USING fts5(words, tokenize='unicode61', prefix='2 3 4')"]
    return [
        f"CREATE TABLE {table} (id bigint PRIMARY KEY, words tsvector NOT NULL)",
        f"CREATE INDEX ix_{table} ON {table} USING gin (words)",
    ]


def index_records(ctx: Ctx, snapshot: Snapshot, refs: Sequence[RecordRef]) -> None:
    """Write the words of these records anew, in the caller's transaction."""
    ctx.db.flush()
    for kind, group in groupby(sorted(refs, key=lambda r: r.kind), key=lambda r: r.kind):
        source = snapshot.search.get(kind)
        if source is None:
            continue
        rewrite(ctx, source, [ref.id for ref in group])


def forget_records(ctx: Ctx, snapshot: Snapshot, refs: Sequence[RecordRef]) -> None:
    """Take these records out of the index."""
    for ref in refs:
        if ref.kind in snapshot.search:
            remove(ctx, ref.kind, [ref.id])


def rewrite(ctx: Ctx, source: SearchSource, ids: Sequence[int]) -> None:
    """Write the words of these records in place of what is there; of those that are none to be found, nothing."""
    rows = source.rows(ctx, ids)
    statement = writing(source.kind, ctx.db.dialect)
    for row in rows:
        ctx.db.run(statement, {"id": row.id, "words": words_of(f"{row.title} {row.text}")})
    remove(ctx, source.kind, sorted(set(ids).difference(row.id for row in rows)))


def remove(ctx: Ctx, kind: str, ids: Sequence[int]) -> None:
    statement = removing(kind, ctx.db.dialect)
    for record_id in ids:
        ctx.db.run(statement, {"id": record_id})


@cache
def writing(kind: str, dialect: str) -> TextClause:
    table = table_of(kind)  # checked there
    if dialect == "sqlite":
        return text(f"INSERT OR REPLACE INTO {table} (rowid, words) VALUES (:id, :words)")  # noqa: S608
    return text(
        f"INSERT INTO {table} (id, words) VALUES (:id, to_tsvector('simple', :words)) "  # noqa: S608
        "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
    )


@cache
def removing(kind: str, dialect: str) -> TextClause:
    key = "rowid" if dialect == "sqlite" else "id"
    return text(f"DELETE FROM {table_of(kind)} WHERE {key} = :id")  # noqa: S608 the name is checked in table_of
