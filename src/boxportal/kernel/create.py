"""Makes a new company: folder, database with the kernel's tables, profile, built-in roles, and the chosen modules."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company, new_company_folder, open_company, write_company_folder
from boxportal.kernel.database.schema import schema_transaction, table_names
from boxportal.kernel.identity.models import Role, Team
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.state import PROFILE, CompanyProfile
from boxportal.kernel.switch.change import Acting, bring_up
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.tables import Revision, Setting
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale

BUILT_IN_ROLES = (("employee", _n("Employee")), ("head", _n("Head")))


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
    making, final = new_company_folder(data, new.name)
    write_company_folder(data, making, new.name, database=new.database, hosts=list(new.hosts), order=order)
    company = open_company(making)
    try:
        make_tables(company, new.profile, catalog.in_order(chosen))
    except BaseException:
        company.engines.dispose()
        shutil.rmtree(making)
        raise
    company.engines.dispose()
    making.rename(final)  # a company is there whole or not at all
    return open_company(final)


def make_tables(company: Company, profile: CompanyProfile, modules: list[str]) -> None:
    """Make the kernel's and the modules' tables, and what stands in them from the start, in one transaction."""
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    acting = Acting(company, SYSTEM, no_pages)
    with use_locale(profile.language), schema_transaction(company.engines) as (connection, db):
        if table_names(db):
            raise RuleBroken("There are tables in this database already. A new company needs an empty one.")
        migrate.upgrade(connection, load_catalog().branch_folders(), [migrate.CORE])
        fill(db, profile)
        db.flush()
        bring_up(connection, db, acting, modules, Order(verb="enable", modules=tuple(modules)))


def no_pages(_ctx: ReadCtx, _snapshot: Snapshot, template: str, _values: Mapping[str, object]) -> str:
    """Stand in for the renderer: nothing that happens at the making of a company shows a page."""
    raise NotFound(template)


def fill(db: WriteSession, profile: CompanyProfile) -> None:
    db.add(Revision(id=1, number=1))
    db.add(Setting(key=PROFILE, value=profile.model_dump()))
    db.add_all([Role(key=key, title=title) for key, title in BUILT_IN_ROLES])
    db.add(Team(name=profile.title))
