"""Brings the tables of a company up to this program's version: after a restore, and at a server's start."""

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import Engines
from boxportal.kernel.database.schema import schema_transaction
from boxportal.kernel.state import raise_revision
from boxportal.sdk.access import Actor


def migrate_all(company: Company, actor: Actor, action: str, title: str) -> None:
    """Run every pending migration of the branches that have tables here, and write the audit line, in one transaction.

    Raises: Busy.
    """
    migrate_database(company.engines, actor, action, title)


def migrate_database(engines: Engines, actor: Actor, action: str, title: str) -> None:
    """The same for a database that is no company's yet."""
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    folders = load_catalog().branch_folders()
    with schema_transaction(engines) as (connection, db):
        migrate.upgrade(connection, folders, sorted(migrate.branches_in(connection, folders)))
        raise_revision(db)
        write_line(db, actor, action, title)
