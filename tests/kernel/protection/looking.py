"""How tests look at one guard, or at all of them, as a round does."""

from importlib.metadata import Distribution
from typing import Protocol

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Level
from boxportal.kernel.protection.rounds import keep, look, measure
from boxportal.kernel.protection.table import guard_named
from boxportal.kernel.services import Services
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession, WriteSession


class Held(Protocol):
    """What has a company: a portal, or a server's."""

    @property
    def company(self) -> Company: ...


def reader(portal: Held, db: ReadSession) -> ReadCtx:
    services = Services(portal.company, portal.company.snapshot, render)
    return ReadCtx(company=portal.company.snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)


def writer(portal: Held, db: WriteSession) -> Ctx:
    services = Services(portal.company, portal.company.snapshot, render)
    return Ctx(company=portal.company.snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)


def seen(portal: Held, guard: str, program: Distribution | None = None) -> Finding:
    """What a look at one guard finds now."""
    with read_session(portal.company.engines) as db:
        return look(guard_named(portal.company, guard), Facts(reader(portal, db), program))


def level(portal: Held, guard: str, program: Distribution | None = None) -> Level:
    return seen(portal, guard, program).level


def a_round(portal: Held) -> dict[str, Level]:
    """Measure everything and keep it, as the daily round does."""
    with read_session(portal.company.engines) as db:
        found = measure(reader(portal, db))
    with write_session(portal.company.engines) as db:
        keep(writer(portal, db), {name: kept for name, (_finding, kept) in found.items()})
    return {name: finding.level for name, (finding, _kept) in found.items()}
