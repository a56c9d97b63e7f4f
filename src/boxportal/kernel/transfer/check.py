"""Looks a company's database and files through for damage. Nothing is changed: all is read in one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.pending import is_behind
from boxportal.kernel.files.blobs import path_of
from boxportal.kernel.transfer.tables import data_tables

BAD_CHAINS = text(
    "SELECT conrelid::regclass::text AS tab, conname AS name FROM pg_constraint WHERE NOT convalidated "
    "AND connamespace = current_schema()::regnamespace"
)
BAD_INDEXES = text(
    "SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE NOT (i.indisvalid AND i.indisready) AND c.relnamespace = current_schema()::regnamespace"
)
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is not as it should be. `code` is for programs; `harmless` says that nothing is lost by it."""

    code: str
    text: str
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what was found."""

    rows: Mapping[str, int]
    blobs: int
    found: tuple[Found, ...]

    @property
    def is_sound(self) -> bool:
        return all(one.harmless for one in self.found)


def check_database(company: Company) -> Checked:
    """Check the database from end to end, and its files against it."""
    found: list[Found] = []
    rows: dict[str, int] = {}
    try:
        with company.engines.reader.connect() as connection:
            if not company.engines.is_sqlite:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            found += structure(connection)
            rows = {name: count(connection, name) for name in data_tables(connection)}
            found += list(files(connection, company.files))
            connection.rollback()
    except DBAPIError as error:  # a damaged page can stop any of these
        found.append(Found("DAMAGED", f"The database can't be read to its end: {str(error.orig).strip()}"))
    blobs = sum(1 for _path in (company.files / "blobs").glob("??/*"))
    return Checked(rows, blobs, tuple(found))


def count(connection: Connection, name: str) -> int:
    return int(connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0)  # noqa: S608 its own names


def structure(connection: Connection) -> list[Found]:
    """What the database itself says of its pages, keys and indexes, and whether its tables are this version's."""
    found = list(sqlite_says(connection) if connection.dialect.name == "sqlite" else postgres_says(connection))
    if is_behind(connection, load_catalog().branch_folders()):
        found.append(Found("BEHIND", "The tables are of an older version. The server brings them forward as it starts.",
                           harmless=True))  # fmt: skip
    return found


def sqlite_says(connection: Connection) -> Iterator[Found]:
    for answer in connection.scalars(text(f"PRAGMA integrity_check({MOST_NAMED})")):
        if answer != "ok":
            yield Found("DAMAGED", f"The database is damaged: {answer}")
    for row in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(MOST_NAMED):
        yield Found("ORPHAN_ROW", f"A row of {row[0]} (number {row[1]}) leads to a row of {row[2]} that is gone.")


def postgres_says(connection: Connection) -> Iterator[Found]:
    for row in connection.execute(BAD_CHAINS):
        yield Found("NOT_VALIDATED", f"The foreign key {row.name} of {row.tab} was never checked.")
    for name in connection.scalars(BAD_INDEXES):
        yield Found("BAD_INDEX", f"The index {name} is not whole. Rebuild it: REINDEX INDEX {name}")
    for name in data_tables(connection):
        for chain in inspect(connection).get_foreign_keys(name):
            yield from orphans(connection, name, chain)


def orphans(connection: Connection, name: str, chain: Mapping[str, object]) -> Iterator[Found]:
    """Rows that lead nowhere in spite of the key, as a damaged index lets them."""
    other, here, there = str(chain["referred_table"]), chain["constrained_columns"], chain["referred_columns"]
    pairs = list(zip(map(str, list(here)), map(str, list(there)), strict=True))  # type: ignore[call-overload]
    mine, its = table(name, *(column(h) for h, _t in pairs)).alias(), table(other, *(column(t) for _h, t in pairs))
    missing = ~select(1).where(*(its.c[t] == mine.c[h] for h, t in pairs)).correlate(mine).exists()
    given = [mine.c[h].is_not(None) for h, _t in pairs]
    lost = connection.execute(select(*mine.c).where(*given, missing).limit(1)).first()
    if lost is not None:
        yield Found("ORPHAN_ROW", f"A row of {name} leads to a row of {other} that is gone: {tuple(lost)}")


def files(connection: Connection, folder: Path) -> Iterator[Found]:
    """Rows whose content is gone, and contents that no row names."""
    content = table("core_file", column("blob"), column("removed_at"))
    named = set(connection.scalars(select(content.c.blob).distinct()))
    for blob in sorted(connection.scalars(select(content.c.blob).where(content.c.removed_at.is_(None)).distinct())):
        if not path_of(folder, blob).exists():
            yield Found("FILE_GONE", f"The content of a file is missing: {path_of(folder, blob)}")
    spare = [path for path in (folder / "blobs").glob("??/*") if path.parent.name + path.name not in named]
    if spare:
        size = sum(path.stat().st_size for path in spare)
        yield Found("SPARE_FILES", f"{len(spare)} contents ({size} bytes) belong to no record.", harmless=True)
