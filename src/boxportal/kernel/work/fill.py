"""Makes the index tables that a snapshot needs, and fills new ones in small transactions, the newest records first.

How far a table is filled stands beside it in the database: whoever serves the company next goes on from there.
"""

from sqlalchemy import select

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.search.index import FILLING, make_tables, rewrite
from boxportal.kernel.services import Renderer, Services
from boxportal.kernel.tables import Setting
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx

BATCH = 200


def prepare_search(company: Company, snapshot: Snapshot) -> None:
    """Make the index tables that are missing; they are empty then, and marked so."""
    with company.engines.writer.begin() as connection:
        make_tables(connection, snapshot.search)


def unfilled_kinds(company: Company, snapshot: Snapshot) -> list[str]:
    """The kinds whose table lacks records that were there before it."""
    with read_session(company.engines) as db:
        keys = set(db.scalars(select(Setting.key).where(Setting.key.endswith(FILLING, autoescape=True))))
    return [kind for kind in snapshot.search if kind + FILLING in keys]


def fill_some(company: Company, snapshot: Snapshot, renderer: Renderer, kind: str) -> bool:
    """Index the next records of a kind in one transaction; False when none is left, or the kind itself is gone."""
    if kind not in snapshot.search:
        return False
    ids = snapshot.kinds[kind].model.__table__.c.id
    with write_session(company.engines) as db:
        mark = db.scalar(select(Setting).where(Setting.key == kind + FILLING).with_for_update())
        if mark is None:
            return False
        below = int(str(mark.value["below"]))
        batch = list(db.scalars(select(ids).where(ids < below).order_by(ids.desc()).limit(BATCH)))
        if not batch:
            db.delete(mark)
            return False
        services = Services(company, snapshot, renderer)
        ctx = Ctx(company=snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)
        rewrite(ctx, snapshot.search[kind], batch)
        mark.value = {"below": batch[-1]}
        return True
