"""Keeps everybody from writing to a database while it is copied, and for good once it is not the company's any more."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from boxportal.kernel.database.engines import Engines
from boxportal.kernel.database.schema import LOCK_PAUSE, LOCK_TRIES, NOT_FREE
from boxportal.kernel.transfer.tables import data_tables
from boxportal.sdk.errors import Busy

SEAL = "bp_moved"
TELLS = "database is locked: the company has moved to another database"
"""What whoever still writes to the old one is told; pages answer it as they answer a lock: try again in a moment."""


@contextmanager
def held(engines: Engines) -> Iterator[Connection]:
    """Read one moment's rows while nobody writes; readers go on. The lock goes with the connection, also at kill -9.

    Raises: Busy when others write all the time.
    """
    for _ in range(LOCK_TRIES):
        connection = engines.writer.connect()
        try:
            begin_alone(connection)
        except OperationalError as error:
            connection.close()
            if engines.is_sqlite or getattr(error.orig, "sqlstate", "") not in NOT_FREE:
                raise Busy from error
            time.sleep(LOCK_PAUSE * random.uniform(0.5, 1))  # noqa: S311 a pause is no secret
            continue
        with connection, connection.get_transaction() or connection.begin():
            yield connection
            return
    raise Busy


def begin_alone(connection: Connection) -> None:
    """Begin the transaction with all tables locked before the first row is read: so it sees the last write."""
    if connection.dialect.name == "sqlite":
        connection.begin()  # BEGIN IMMEDIATE
        return
    names = sorted(data_tables(connection))
    connection.rollback()
    connection.execution_options(isolation_level="REPEATABLE READ")
    connection.begin()
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = 900"))
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(text(f"LOCK TABLE {listed} IN EXCLUSIVE MODE"))


def seal(connection: Connection) -> None:
    """Let a database refuse every write from now on, also by whoever has it open: none may be lost in the old one."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        body = f"BEGIN RAISE EXCEPTION '{TELLS}'; END"
        connection.execute(text(f"CREATE FUNCTION {SEAL}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"))
    for name in data_tables(connection):
        if not is_sqlite:
            when = f'BEFORE INSERT OR UPDATE OR DELETE ON "{name}" FOR EACH STATEMENT EXECUTE FUNCTION {SEAL}()'
            connection.execute(text(f'CREATE TRIGGER "{SEAL}" {when}'))
            continue
        for act in ("INSERT", "UPDATE", "DELETE"):
            refuse = f"BEFORE {act} ON \"{name}\" BEGIN SELECT RAISE(ABORT, '{TELLS}'); END"
            connection.exec_driver_sql(f'CREATE TRIGGER "{SEAL}_{act.lower()}_{name}" {refuse}')
