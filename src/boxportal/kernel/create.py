"""Makes a new company: folder, database with the kernel's tables, profile, built-in roles, and the chosen modules."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company, open_company, write_company_folder
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Role, Team
from boxportal.kernel.state import PROFILE, CompanyProfile
from boxportal.kernel.tables import EnabledModule, Revision, Setting
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import NotFound

BUILT_IN_ROLES = (("employee", "Employee"), ("head", "Head"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCompany:
    """What a new company needs to be known by."""

    name: str
    profile: CompanyProfile
    modules: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    database: str = "sqlite"


def create_company(data: Path, new: NewCompany, *, order: int) -> Company:
    """Make a company that can be opened at once.

    Raises: RuleBroken (a bad or taken name), NotFound (an unknown module).
    """
    catalog = load_catalog()
    unknown = sorted(set(new.modules) - set(catalog.entries))
    if unknown:
        msg = f"There is no module {', '.join(unknown)}. There are: {', '.join(sorted(catalog.entries))}."
        raise NotFound(msg)
    chosen = set(new.modules).union(*(catalog.requires(module) for module in new.modules))
    folder = write_company_folder(data, new.name, database=new.database, hosts=list(new.hosts), order=order)
    company = open_company(folder)
    modules = catalog.in_order(chosen)
    prepare_tables(company, modules)
    with write_session(company.engines) as db:
        fill(db, new.profile, modules)
    return company


def prepare_tables(company: Company, modules: list[str]) -> None:
    """Bring the kernel's and the modules' tables up to date, in one transaction."""
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    with company.engines.writer.begin() as connection:
        migrate.upgrade(connection, load_catalog().branch_folders(), [migrate.CORE, *modules])


def fill(db: WriteSession, profile: CompanyProfile, modules: list[str]) -> None:
    now = utcnow()
    db.add(Revision(id=1, number=1))
    db.add(Setting(key=PROFILE, value=profile.model_dump()))
    db.add_all([Role(key=key, title=title) for key, title in BUILT_IN_ROLES])
    db.add(Team(name=profile.title))
    db.add_all([EnabledModule(id=module, state="on", since=now, allowed=[]) for module in modules])


def is_ready(company: Company) -> bool:
    """Whether the database answers; part of `/readyz`."""
    with company.engines.reader.connect() as connection:
        return connection.scalar(text("SELECT number FROM core_revision WHERE id = 1")) is not None
