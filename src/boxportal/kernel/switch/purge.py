"""Removes a module that is off as if it had never been on, but for the audit log."""

from sqlalchemy import Connection, Table, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.database.schema import change_schema
from boxportal.kernel.identity.models import ApiToken, RoleGrant
from boxportal.kernel.jobs.models import JobRun, Reminder
from boxportal.kernel.lists.models import ListChoice, ListPin, ListView
from boxportal.kernel.module import KERNEL
from boxportal.kernel.notify.models import InboxNotice, NoticeChoice
from boxportal.kernel.notify.times import MAIL_TOPIC
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.pictures import leftovers
from boxportal.kernel.records.forgetting import GONE
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.kernel.services import REPEAT_HANDLER
from boxportal.kernel.state import raise_revision, snapshot_in
from boxportal.kernel.switch.change import SEED, Acting, drop_indexes, hold_switches, note_act
from boxportal.kernel.switch.orders import Order, targets_of
from boxportal.kernel.switch.states import standings
from boxportal.kernel.tables import EnabledModule, Setting
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _

# Where the kernel keeps things of modules: the rows whose column starts with `<module>.` go with the module.
OWNED: tuple[InstrumentedAttribute[str], ...] = (
    Setting.key,
    RoleGrant.permission,
    InboxNotice.kind,
    InboxNotice.ref_kind,
    NoticeChoice.kind,
    Reminder.kind,
    Reminder.topic,
    OutboxItem.topic,
    JobRun.id,
    Comment.kind,
    RecordFile.kind,
    ListChoice.list_key,
    ListView.list_key,
)


def wipe(acting: Acting, order: Order) -> list[str]:
    """Remove the modules of a purge that are off. The caller has made a backup.

    Returns what was removed. Raises: InTheWay, RuleBroken when one was switched on meanwhile, Busy.
    """
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    catalog = load_catalog()
    pictures: set[str] = set()

    def remove(connection: Connection, db: WriteSession) -> list[str]:
        hold_switches(db)
        before = standings(db, catalog)
        targets = targets_of(order, catalog, before)
        works = [m for m in targets if before[m].works]
        if works:
            raise RuleBroken(_("%(module)s was switched on meanwhile.", module=", ".join(works)))
        ctx = acting.ctx(db, snapshot_in(db, acting.company, KERNEL))
        pictures.update(leftovers.named_by(connection, targets))
        at_home = migrate.branches_in(connection, catalog.branch_folders())
        for module_id in targets:
            if module_id in at_home:
                migrate.downgrade(connection, catalog.branch_folders(), module_id)
            drop_indexes(connection, before[module_id])
            forget(db, module_id)
            note_act(ctx, catalog, module_id, "purge", before[module_id])
            ctx.audit(AuditEntry(action=GONE, title=module_id))
        if targets:
            raise_revision(db)
        return targets

    removed = change_schema(acting.company.engines, remove)
    leftovers.remove(acting.company, pictures)
    return removed


def forget(db: WriteSession, module_id: str) -> None:
    """Delete every row of the kernel's tables that is about the module."""
    prefix = f"{module_id}."
    forget_mails(db, prefix)
    forget_pins(db, prefix)
    for column in OWNED:
        db.change(delete(table_of(column)).where(column.startswith(prefix, autoescape=True)))
    forget_repeats(db, module_id)
    cut_scopes(db, module_id)
    db.change(delete(Setting).where(Setting.key == SEED + module_id))
    db.change(delete(EnabledModule).where(EnabledModule.id == module_id))


def table_of(column: InstrumentedAttribute[str]) -> Table:
    table = column.class_.__table__
    if not isinstance(table, Table):
        raise TypeError(column)
    return table


def forget_mails(db: WriteSession, prefix: str) -> None:
    """Drop mails about notices that go with the module."""
    theirs = or_(*(c.startswith(prefix, autoescape=True) for c in (InboxNotice.kind, InboxNotice.ref_kind)))
    notices = set(db.scalars(select(InboxNotice.id).where(theirs)))
    for item in db.scalars(select(OutboxItem).where(OutboxItem.topic == MAIL_TOPIC)).all():
        if item.payload.get("notice") in notices:
            db.delete(item)
    db.flush()


def forget_pins(db: WriteSession, prefix: str) -> None:
    """Take the pins off saved views that go with the module: while tables change, SQLite watches no foreign keys."""
    theirs = select(ListView.id).where(ListView.list_key.startswith(prefix, autoescape=True))
    db.change(delete(ListPin).where(ListPin.view_id.in_(theirs)))


def forget_repeats(db: WriteSession, module_id: str) -> None:
    """Drop repetitions of the module's own subscribers."""
    for item in db.scalars(select(OutboxItem).where(OutboxItem.topic == REPEAT_HANDLER)).all():
        if str(item.payload.get("handler", "")).startswith(f"{module_id}:"):
            db.delete(item)
    db.flush()


def cut_scopes(db: WriteSession, module_id: str) -> None:
    """Take the module's scopes out of API tokens."""
    for token in db.scalars(select(ApiToken)).all():
        kept = [scope for scope in token.scopes if scope.partition(":")[0] != module_id]
        if kept != token.scopes:
            token.scopes = kept
