"""A database of an earlier version is brought up to date at the start, after a proven backup."""

import pytest
from sqlalchemy import inspect, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.backup.forward import bring_up_to_date
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database import migrate
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.database.pending import is_behind, steps_in
from boxportal.kernel.database.schema import schema_transaction
from tests.support.portal import Portal


def tables(company: Company) -> set[str]:
    with company.engines.reader.connect() as connection:
        return set(inspect(connection).get_table_names())


def behind(company: Company) -> bool:
    with company.engines.reader.connect() as connection:
        return is_behind(connection, load_catalog().branch_folders())


@pytest.mark.modules("crm")
def test_earlier_tables_are_brought_up_to_date_after_a_backup(portal: Portal) -> None:
    company = portal.company
    assert not behind(company)
    assert bring_up_to_date(company) is False
    with schema_transaction(company.engines) as (connection, _):
        config = migrate.config_for(connection, load_catalog().branch_folders())
        migrate.command.downgrade(config, "core@core_0001")
    assert "core_comment" not in tables(company)
    assert behind(company)
    assert bring_up_to_date(company) is True
    assert not behind(company)
    assert "core_comment" in tables(company)
    with read_session(company.engines) as db:
        line = db.scalar(select(AuditLine).where(AuditLine.action == "core.tables.forward"))
    assert line is not None
    assert line.title.endswith(".bpb")
    assert portal.browser("owner").get("/").status_code == 200


def test_a_branch_that_is_not_here_does_not_make_a_database_old(portal: Portal) -> None:
    folders = load_catalog().branch_folders()
    assert {"core", "crm", "sales"} <= {step.branch for step in steps_in(folders).values()}
    assert not behind(portal.company)
