"""Whether everything is ready to serve: `/readyz` tells it by parts, without names, versions or numbers."""

from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.database.pending import Step, lag_of, steps_in
from boxportal.kernel.tables import EnabledModule

PARTS = ("database", "migrations", "modules")


def readiness(companies: Iterable[Company]) -> dict[str, bool]:
    """By part: the databases answer, their tables are this program's, what is on is in force in this process."""
    parts = dict.fromkeys(PARTS, True)
    for company in companies:
        for part, is_good in company_readiness(company).items():
            parts[part] = parts[part] and is_good
    return parts


def company_readiness(company: Company) -> Mapping[str, bool]:
    """The parts of one company."""
    try:
        with company.engines.reader.connect() as connection:
            applied = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
        with read_session(company.engines) as db:
            on = set(db.scalars(select(EnabledModule.id).where(EnabledModule.state != "off")))
    except SQLAlchemyError:
        return dict.fromkeys(PARTS, False)
    return {
        "database": True,
        "migrations": not lag_of(applied, _steps()),
        "modules": on <= set(company.snapshot.modules),
    }


@cache
def _steps() -> dict[str, Step]:
    """The program's migrations; its files do not change while it runs."""
    return steps_in(load_catalog().branch_folders())
