"""Makes the index tables that a snapshot needs, and fills new ones in small transactions."""

from sqlalchemy import select

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.search.index import make_tables, write
from boxportal.kernel.services import Renderer, Services
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx

BATCH = 500


def prepare_search(company: Company, snapshot: Snapshot, renderer: Renderer) -> int:
    """Make missing index tables and fill them with what is there; returns how many records were indexed."""
    with company.engines.writer.begin() as connection:
        new = make_tables(connection, snapshot.search)
    return sum(fill(company, snapshot, renderer, kind) for kind in new)


def fill(company: Company, snapshot: Snapshot, renderer: Renderer, kind: str) -> int:
    """Index all records of a kind, newest last, batch by batch, so that others write in between."""
    ids = snapshot.kinds[kind].model.__table__.c.id
    last, count = 0, 0
    while True:
        with read_session(company.engines) as db:
            batch = list(db.scalars(select(ids).where(ids > last).order_by(ids).limit(BATCH)))
        if not batch:
            return count
        with write_session(company.engines) as db:
            services = Services(company, snapshot, renderer)
            ctx = Ctx(company=snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)
            write(ctx, kind, snapshot.search[kind].rows(ctx, batch))
        last, count = batch[-1], count + len(batch)
