"""`/readyz` is good when the databases answer, their tables are this program's and what is on is in force."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


def parts(portal: Portal) -> tuple[int, dict[str, bool]]:
    answer = portal.client.get("/readyz")
    return answer.status_code, answer.json()["parts"]


def test_all_is_ready(portal: Portal) -> None:
    assert parts(portal) == (200, {"database": True, "migrations": True, "modules": True})


def test_tables_of_an_older_program_are_not_ready(portal: Portal) -> None:
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'core_0001' WHERE version_num LIKE 'core_%'"))
    assert parts(portal) == (503, {"database": True, "migrations": False, "modules": True})


def test_module_that_is_on_and_not_in_force_is_not_ready(portal: Portal) -> None:
    snapshot = portal.company.snapshot
    portal.company.snapshot = replace(snapshot, modules={})
    try:
        assert parts(portal) == (503, {"database": True, "migrations": True, "modules": False})
    finally:
        portal.company.snapshot = snapshot


def test_database_that_does_not_answer_is_not_ready(portal: Portal, backend: str) -> None:
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    assert parts(portal)[0] == 503
