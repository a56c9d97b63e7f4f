"""Copies all of a company's tables into an empty database, and proves that they came out the same."""

from sqlalchemy import Connection, Table, text

from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import Engines
from boxportal.kernel.database.schema import schema_transaction
from boxportal.kernel.former import shown
from boxportal.kernel.search.index import make_tables
from boxportal.kernel.transfer.fresh import (
    make_schema,
    put_rows,
    require_chained,
    require_empty,
    set_counters,
    unchained,
)
from boxportal.kernel.transfer.steps import Step
from boxportal.kernel.transfer.tables import MODULO, TableSum, data_tables, digest_of, rows_of, sum_of
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.errors import RuleBroken


def fill(company: Company, engines: Engines, source: Connection, actor: Actor, step: Step) -> dict[str, TableSum]:
    """Copy every table in one transaction, then read all of it back and compare.

    Raises: RuleBroken when a table has come out different; nothing of it is kept then.
    """
    revisions = source.scalars(text("SELECT version_num FROM alembic_version ORDER BY 1")).all()
    with schema_transaction(engines) as (connection, db):
        require_empty(connection)
        step("tables", "Making the tables.")
        there, here = make_schema(connection, revisions), data_tables(source)
        require_same_tables(here, there)
        with unchained(connection):
            sums = {name: copy_table(source, connection, here[name], there[name], step) for name in here}
        require_chained(connection)
        set_counters(connection, there.values())
        verify(connection, there, sums, step)
        make_tables(connection, company.snapshot.search)
        what: dict[str, object] = {"from": shown(company.engines.url), "to": shown(engines.url)}
        write_entry(db, actor, AuditEntry(action="core.db.move", after=what), at=utcnow())
    return sums


def require_same_tables(here: dict[str, Table], there: dict[str, Table]) -> None:
    """Raises: RuleBroken."""
    if set(there) != set(here):
        raise RuleBroken(f"The tables differ: {', '.join(sorted(set(there) ^ set(here)))}.")
    for name, table in here.items():
        if table.columns.keys() != there[name].columns.keys():
            raise RuleBroken(f"The columns of {name} differ.")


def copy_table(source: Connection, target: Connection, here: Table, there: Table, step: Step) -> TableSum:
    """Copy a table's rows, and add them up as they were read."""
    step("copy", f"Copying {here.name}.")
    rows = hashes = 0
    for batch in rows_of(source, here):
        hashes += sum(int.from_bytes(digest_of(here, row)) for row in batch)
        rows += len(batch)
        put_rows(target, there, batch)
    return TableSum(rows, hashes % MODULO)


def verify(connection: Connection, tables: dict[str, Table], sums: dict[str, TableSum], step: Step) -> None:
    """Read every table back and compare its rows and their sum.

    Raises: RuleBroken.
    """
    for name, table in tables.items():
        step("verify", f"Comparing {name}.")
        if sum_of(connection, table) != sums[name]:
            raise RuleBroken(f"The table {name} has come out different.")
