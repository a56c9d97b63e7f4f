"""What can be told of a company's database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import make_url

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.pending import is_behind
from boxportal.kernel.former import kept_databases, shown
from boxportal.kernel.transfer.check import count
from boxportal.kernel.transfer.tables import data_tables
from boxportal.kernel.transfer.target import size_of


@dataclass(frozen=True, slots=True)
class About:
    """Engine and version, place without password, size, what stands in it, and the former databases that are kept."""

    engine: str
    version: str
    place: str
    size: int
    tables: int
    rows: int
    revisions: tuple[str, ...]
    is_current: bool
    kept: Sequence[dict[str, str]]


def about_database(company: Company) -> About:
    """Read what the database says of itself."""
    url = company.engines.url
    asked = "SELECT sqlite_version()" if company.engines.is_sqlite else "SHOW server_version"
    kept = [
        {"database": str(company.folder / one.database) if one.is_file else shown(make_url(one.database)),
         "until": one.until.isoformat()}
        for one in kept_databases(company.folder)
    ]  # fmt: skip
    with company.engines.reader.connect() as connection:
        tables = data_tables(connection)
        return About(
            engine="SQLite" if company.engines.is_sqlite else "PostgreSQL",
            version=str(connection.scalar(text(asked))).split(" ", 1)[0],
            place=str(url.database) if company.engines.is_sqlite else shown(url),
            size=size_of(connection),
            tables=len(tables),
            rows=sum(count(connection, name) for name in tables),
            revisions=tuple(connection.scalars(text("SELECT version_num FROM alembic_version ORDER BY 1"))),
            is_current=not is_behind(connection, load_catalog().branch_folders()),
            kept=kept,
        )
