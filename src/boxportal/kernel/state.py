"""Reads a company's state from its database: the revision, what is on, and the company's profile."""

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.door import DoorSettings, door_of, lacks_own_port, parse_address
from boxportal.kernel.runtime import Snapshot, build_snapshot
from boxportal.kernel.settings import keep_value, value_of
from boxportal.kernel.tables import EnabledModule, Revision
from boxportal.sdk.context import CompanyInfo
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.module import Module


class CompanyProfile(BaseModel):
    """The company itself, as people and documents name it."""

    model_config = ConfigDict(extra="ignore")
    title: str = "Company"
    language: str = "en"
    timezone: str = "UTC"
    currency: str = "USD"
    country: str = ""
    phone: str = ""
    address: str = ""
    logo: str = ""


PROFILE = "core.profile"
DOOR = "core.DoorSettings"


def read_profile(db: ReadSession) -> CompanyProfile:
    return CompanyProfile.model_validate(value_of(db, PROFILE) or {})


def read_door(db: ReadSession, company: Company) -> DoorSettings:
    """The door as it is kept. One that must not be set so (any more) counts as untested, whatever was seen of it."""
    door = DoorSettings.model_validate(value_of(db, DOOR) or {})
    if lacks_own_port(parse_address(door.address), door.listen, has_proxy=company.has_proxy):
        return door.untested()
    return door


def distrust_door(db: WriteSession) -> None:
    """What was seen of the door counts no more: the company is on another machine, or goes back in time."""
    kept = value_of(db, DOOR)
    if kept is not None:
        keep_value(db, DOOR, DoorSettings.model_validate(kept).untested().model_dump(mode="json"))


def offered_address(company: Company, door: DoorSettings) -> str:
    """What links for clients begin with; empty while no outsider was seen to get in. A trial's own address does."""
    if door.address and door.tested_at is not None:
        return door.address
    return company.address if company.is_trial else ""


def company_info(company: Company, profile: CompanyProfile, door: DoorSettings) -> CompanyInfo:
    return CompanyInfo(
        name=company.name,
        title=profile.title,
        language=profile.language,
        timezone=profile.timezone,
        currency=profile.currency,
        country=profile.country,
        phone=profile.phone,
        logo=profile.logo,
        postal_address=profile.address,
        address=company.address,
        door=offered_address(company, door),
    )


def read_revision(db: ReadSession) -> int:
    return db.scalar(select(Revision.number).where(Revision.id == 1)) or 0


def raise_revision(db: WriteSession) -> None:
    """Tell every process that serves the company to build its snapshot anew."""
    db.change(update(Revision).where(Revision.id == 1).values(number=Revision.number + 1))


def snapshot_in(db: ReadSession, company: Company, kernel: Module) -> Snapshot:
    """Build the snapshot that the database asks for, as seen from within a transaction."""
    revision = read_revision(db)
    door = read_door(db, company)
    info = company_info(company, read_profile(db), door)
    rows = db.scalars(select(EnabledModule)).all()
    enabled = [row.id for row in rows if row.state in ("on", "preparing")]
    off = [row.id for row in rows if row.state == "off"]
    preparing = {row.id: frozenset(row.allowed) for row in rows if row.state == "preparing"}
    return build_snapshot(revision, info, enabled, preparing, kernel, off=off, door=door_of(door))


def kernel_snapshot(db: ReadSession, company: Company, kernel: Module) -> Snapshot:
    """The snapshot as if no module were on: nothing of theirs is imported."""
    door = read_door(db, company)
    info = company_info(company, read_profile(db), door)
    return build_snapshot(read_revision(db), info, [], {}, kernel, off=[], door=door_of(door))


def read_snapshot(company: Company, kernel: Module) -> Snapshot:
    """Build the snapshot that the database asks for now."""
    with read_session(company.engines) as db:
        return snapshot_in(db, company, kernel)
