"""What the audit log keeps of changed settings: never a secret."""

from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.companies import Company
from boxportal.kernel.configuring.registry import entry_of, shown
from boxportal.kernel.database.engines import write_session
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.logs import get_logger

log = get_logger()
ACTION = "core.setting.edit"


def audit_entry(changed: Mapping[str, object]) -> AuditEntry:
    """The line of changed settings, with the values that hold now."""
    after = {key: shown(entry_of(key), value) for key, value in changed.items()}
    return AuditEntry(action=ACTION, title=", ".join(changed), after=after)


def tell_changed(company: Company, actor: Actor, changed: Mapping[str, object]) -> bool:
    """Write the line for a command; False when the database can't take it: the settings may be what mends that."""
    try:
        with write_session(company.engines) as db:
            write_entry(db, actor, audit_entry(changed), at=utcnow())
    except SQLAlchemyError as error:
        log.warning("settings changed, not in the audit log", settings=list(changed), why=str(error))
        return False
    return True
