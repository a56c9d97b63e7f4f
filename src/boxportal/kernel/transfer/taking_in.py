"""Makes a company of an export: checked first, whole or not at all, on either database."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.exc import DBAPIError, IntegrityError

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company, new_company_folder, open_company, write_company_folder
from boxportal.kernel.database.schema import schema_transaction
from boxportal.kernel.state import distrust_door, raise_revision
from boxportal.kernel.transfer.fresh import (
    make_schema,
    put_rows,
    require_chained,
    require_empty,
    set_counters,
    unchained,
)
from boxportal.kernel.transfer.opened import Export, opened_export, require_room
from boxportal.kernel.transfer.secret import filled_in, is_left_out
from boxportal.kernel.transfer.steps import Step
from boxportal.kernel.transfer.tables import BATCH, MODULO, TableSum, Values, digest_of, from_plain, sum_of
from boxportal.sdk.access import Actor
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import DomainError, RolledBack, RuleBroken

EXTRA = "The export has the table {name}, which this version does not."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """As what an export is to be taken in. `database` is `sqlite` or the URL of an empty database of Postgres."""

    name: str
    database: str
    hosts: tuple[str, ...]
    order: int


def import_company(data: Path, path: Path, wish: Wish, actor: Actor, step: Step) -> Company:
    """Take a company in. Until the last rename, nothing of it can be seen.

    Raises: NotFound, RuleBroken, StorageFull before anything was begun; RolledBack.
    """
    with opened_export(path) as export:
        require_known(export)
        making, final = new_company_folder(data, wish.name)
        require_room(export.manifest, data)
        write_company_folder(data, making, wish.name, database=wish.database, hosts=list(wish.hosts), order=wish.order)
        company, filled = open_company(making), False
        try:
            fill(company, export, actor, path.name, step)
            filled = True
            step("files", "Unpacking the files.")
            for entry in export.manifest.files:
                export.unpack(entry, making)
            company.engines.dispose()
            making.rename(final)
        except BaseException as error:
            undo(company, making, filled=filled)
            if isinstance(error, DomainError | DBAPIError | OSError):
                raise RolledBack(f"{reason_of(error)} Nothing was imported.") from error
            raise
    return open_company(final)


def reason_of(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    text = said[0] if said else type(error).__name__
    return text.removesuffix(" Nothing was imported.")


def undo(company: Company, making: Path, *, filled: bool) -> None:
    """Leave neither the folder nor tables in a database of Postgres: it was empty, or nothing was put in."""
    if filled and not company.engines.is_sqlite:
        with suppress(DBAPIError), company.engines.writer.begin() as connection:
            everything = MetaData()
            everything.reflect(connection)
            everything.drop_all(connection)
    company.engines.dispose()
    shutil.rmtree(making, ignore_errors=True)


def require_known(export: Export) -> None:
    """Refuse what a newer program, or one with other modules, has written.

    Raises: RuleBroken.
    """
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    known = migrate.known_revisions(load_catalog().branch_folders())
    unknown = [revision for revision in export.manifest.revisions if revision not in known]
    if unknown:
        raise RuleBroken(
            f"This export was made by BoxPortal {export.manifest.program} and needs what is not installed here: "
            f"{', '.join(unknown)}. Install that version, or the module, first."
        )


def fill(company: Company, export: Export, actor: Actor, title: str, step: Step) -> None:
    """Make the tables as they were, put the rows in, compare, and bring all up to this version: one transaction."""
    with schema_transaction(company.engines) as (connection, db):
        require_empty(connection)
        step("tables", "Making the tables.")
        tables = make_schema(connection, export.manifest.revisions)
        extra = sorted(name for name in export.manifest.tables if name not in tables or is_left_out(name))
        if extra:
            raise RuleBroken(EXTRA.format(name=extra[0]))
        with unchained(connection):
            for name in export.manifest.tables:
                step("table", f"Reading {name}.")
                take_table(connection, tables[name], export)
        require_chained(connection)
        set_counters(connection, tables.values())
        settle(connection, db, actor, title)


def take_table(connection: Connection, table: Table, export: Export) -> None:
    """Put one table's rows in, and read them back.

    Raises: RuleBroken.
    """
    rows = hashes = 0
    batch: list[Values] = []
    blanked = export.manifest.tables[table.name].blanked
    for line in export.lines(table.name):
        row = values_of(table, filled_in(table, line, [name for name in blanked if name in table.columns]))
        batch.append(row)
        rows, hashes = rows + 1, (hashes + int.from_bytes(digest_of(table, row))) % MODULO
        if len(batch) == BATCH:
            put(connection, table, batch)
    put(connection, table, batch)
    if sum_of(connection, table) != TableSum(rows, hashes):
        raise RuleBroken(f"The table {table.name} has come out different.")


def put(connection: Connection, table: Table, batch: list[Values]) -> None:
    """Raises: RuleBroken."""
    if not batch:
        return
    try:
        put_rows(connection, table, batch)
    except IntegrityError as error:
        raise RuleBroken(f"Rows of {table.name} break a rule of the data: {error.orig}") from error
    batch.clear()


def values_of(table: Table, row: dict[str, object]) -> Values:
    """Raises: RuleBroken."""
    if set(row) != set(table.columns.keys()):
        raise RuleBroken(f"A row of {table.name} has other columns than the table.")
    try:
        return tuple(from_plain(column, row[column.name]) for column in table.columns)
    except (ValueError, TypeError) as error:
        raise RuleBroken(f"A row of {table.name} holds what can't stand there: {error}") from error


def settle(connection: Connection, db: WriteSession, actor: Actor, title: str) -> None:
    """Bring the tables up to this version, have the public door tested anew, and note what was done."""
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    folders = load_catalog().branch_folders()
    migrate.upgrade(connection, folders, sorted(migrate.branches_in(connection, folders)))
    distrust_door(db)
    raise_revision(db)
    write_line(db, actor, "core.company.import", title)
