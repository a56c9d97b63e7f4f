"""Lets a module that was off while others worked put its own rows right: a bounded part at a time, until none is left.

That a module is not through yet stands in the database: whoever serves the company next goes on.
"""

from sqlalchemy import select

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.runtime import Snapshot, load_module
from boxportal.kernel.services import Renderer, Services
from boxportal.kernel.tables import Setting
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import WriteSession

WAITING = ".reconcile"  # the setting `<module>.reconcile` says that the module is not through


def begin(ctx: Ctx, module_id: str) -> None:
    """Put the first part right, in the transaction that switches the module on, and note whether more is left."""
    hook = load_module(module_id).reconcile
    more = hook(ctx) if hook else False
    mark = ctx.db.get(Setting, module_id + WAITING)
    if more and mark is None:
        ctx.db.add(Setting(key=module_id + WAITING, value={}))
    elif mark is not None and not more:
        ctx.db.delete(mark)


def unreconciled(company: Company, snapshot: Snapshot) -> list[str]:
    """The modules that are on and not through."""
    with read_session(company.engines) as db:
        keys = set(db.scalars(select(Setting.key).where(Setting.key.endswith(WAITING, autoescape=True))))
    return [module_id for module_id in snapshot.modules if module_id + WAITING in keys]


def reconcile_some(company: Company, snapshot: Snapshot, renderer: Renderer, module_id: str) -> bool:
    """Put the next part right in a transaction of its own; False when nothing is left, or the module is off."""
    module = snapshot.modules.get(module_id)
    if module is None or module.reconcile is None:
        return False
    with write_session(company.engines) as db:
        mark = db.scalar(select(Setting).where(Setting.key == module_id + WAITING).with_for_update())
        if mark is None:
            return False
        more = module.reconcile(ctx_of(company, snapshot, renderer, db))
        if not more:
            db.delete(mark)
        return more


def ctx_of(company: Company, snapshot: Snapshot, renderer: Renderer, db: WriteSession) -> Ctx:
    services = Services(company, snapshot, renderer)
    return Ctx(company=snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)
