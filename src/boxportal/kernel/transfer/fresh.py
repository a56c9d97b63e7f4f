"""Fills an empty database: tables by the migrations, rows from anywhere, all in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Table, func, insert, inspect, select, text

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.transfer.tables import Values, data_tables
from boxportal.sdk.errors import RuleBroken

FOREIGN = text(
    "SELECT conrelid::regclass::text AS tab, conname AS name, pg_get_constraintdef(oid) AS said FROM pg_constraint "
    "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)


def require_empty(connection: Connection) -> None:
    """Raises: RuleBroken."""
    if inspect(connection).get_table_names():
        raise RuleBroken("There are tables in that database already. Give the URL of an empty one.")


def make_schema(connection: Connection, revisions: Iterable[str]) -> dict[str, Table]:
    """Make the tables as they are at these revisions, and no rows; returns them by name."""
    from alembic import command  # noqa: PLC0415 Alembic is loaded only where tables change

    from boxportal.kernel.database import migrate  # noqa: PLC0415

    config = migrate.config_for(connection, load_catalog().branch_folders())
    for revision in sorted(revisions):
        command.upgrade(config, revision)
    tables = data_tables(connection)
    with unchained(connection):
        for table in tables.values():
            connection.execute(table.delete())
    return tables


@contextmanager
def unchained(connection: Connection) -> Iterator[None]:
    """Take the foreign keys away while rows come in any order; set again, each is checked against all rows.

    On SQLite they are not enforced in a transaction for changing tables: the caller checks them at the end.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    chains = connection.execute(FOREIGN).all()
    for chain in chains:
        connection.execute(text(f'ALTER TABLE {chain.tab} DROP CONSTRAINT "{chain.name}"'))
    yield
    for chain in chains:
        connection.execute(text(f'ALTER TABLE {chain.tab} ADD CONSTRAINT "{chain.name}" {chain.said}'))


def put_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Add rows, whose values stand in the order of the table's columns."""
    if connection.dialect.name == "sqlite":
        names = table.columns.keys()
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuleBroken("The database closed the connection.")
    listed = ", ".join(f'"{name}"' for name in table.columns.keys())  # noqa: SIM118 a collection of columns, no mapping
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def set_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """Let Postgres number new rows after the ones that came; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            highest = connection.scalar(select(func.max(column))) if sequence else None
            if highest:
                connection.execute(select(func.setval(sequence, highest)))


def require_chained(connection: Connection) -> None:
    """See that every foreign key of a database of SQLite leads somewhere; Postgres has checked its own.

    Raises: RuleBroken.
    """
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise RuleBroken(f"A row of {broken[0]} leads to a row of {broken[2]} that is not there.")
