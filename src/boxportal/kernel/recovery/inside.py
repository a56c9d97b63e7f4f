"""What recovery mode shows and does: what failed, which modules are on, which backups there are."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.backup.names import files_in
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.config import FILE, BoxConfig, load_config, parse_config, settings_folder
from boxportal.kernel.configuring.change import FORMER
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.sessions import by_cookie
from boxportal.kernel.module import KERNEL
from boxportal.kernel.services import Renderer
from boxportal.kernel.state import kernel_snapshot
from boxportal.kernel.switch.change import Acting, turn_off
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.switch.states import standings
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError, NotFound

MOST = 5


@dataclass(frozen=True, slots=True)
class OnModule:
    """A module that is on, which may be what fails."""

    company: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Restorable:
    """A backup, and the command that puts it back."""

    at: str
    command: str


def open_what_can_be(data: Path) -> Box:
    """The box with the companies that can be opened, though its settings or a company's file may be wrong.

    Of wrong settings the former file counts, else the defaults.
    """
    box = Box(data, config_or_former(data))
    with suppress(DomainError, OSError):
        box.companies = {company.name: company for company in box.unopened()}
    box.settle(int(box.config.box.listen.rpartition(":")[2]))
    return box


def config_or_former(data: Path) -> BoxConfig:
    with suppress(DomainError):
        return load_config(data)
    with suppress(OSError, ValueError):
        return parse_config((settings_folder(data) / f"{FILE}{FORMER}").read_text("utf-8"))
    return BoxConfig()


def administrator(box: Box, cookie: str, address: str) -> Actor | None:
    """The administrator of the first company behind a session's cookie; None also where the database can't be read."""
    company = box.first()
    if company is None or not cookie:
        return None
    try:
        with read_session(company.engines) as db:
            found = by_cookie(db, cookie, utcnow(), {}, address)
    except SQLAlchemyError:
        return None
    return found.actor if found is not None and found.actor.is_admin else None


def modules_on(box: Box) -> list[OnModule]:
    """What is on, company by company; of one whose database can't be read, nothing."""
    catalog = load_catalog()
    found: list[OnModule] = []
    for company in box.companies.values():
        with suppress(SQLAlchemyError), read_session(company.engines) as db:
            on = (standing for standing in standings(db, catalog).values() if standing.works)
            found += [OnModule(company.name, one.id, catalog.entries[one.id].manifest.title) for one in on]
    return found


def switch_off(box: Box, actor: Actor, company: str, module: str, renderer: Renderer) -> list[str]:
    """Switch a module off, and those that need it, without importing any module. Their data is kept.

    Raises: NotFound; SQLAlchemyError.
    """
    acting = Acting(named(box, company), actor, renderer)
    with write_session(acting.company.engines) as db:
        ctx = acting.ctx(db, kernel_snapshot(db, acting.company, KERNEL))
        return turn_off(ctx, Order(verb="disable", modules=(module,), with_others=True))


def named(box: Box, company: str) -> Company:
    """Raises: NotFound."""
    if company not in box.companies:
        raise NotFound
    return box.companies[company]


def backups(box: Box) -> list[Restorable]:
    """The newest backups of each company, with the command for the server's command line."""
    try:
        folder = default_folder(box.data)
    except DomainError:  # as long as the settings are wrong nobody knows where they are
        return []
    found = []
    for company in box.companies:
        mine = [one for one in files_in(folder) if one.name == company]
        command = f"boxportal --data {box.data} --company {company} backup restore"
        found += [Restorable(f"{one.at:%Y-%m-%d %H:%M}", f"{command} {folder / one.file}") for one in mine[:MOST]]
    return found
