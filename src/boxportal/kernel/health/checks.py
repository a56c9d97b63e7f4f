"""All checks of the box's health, in the order in which they are told."""

from boxportal.kernel.health import data, machine, portal, safety
from boxportal.kernel.health.data import of_each
from boxportal.kernel.health.model import Check
from boxportal.sdk.i18n import lazy as _l

CHECKS = (
    Check("server", _l("Server"), portal.server),
    Check("disk", _l("Disk"), machine.disk),
    Check("memory", _l("Memory"), machine.memory),
    Check("clock", _l("Clock"), machine.clock),
    Check("database", _l("Database"), of_each(data.database)),
    Check("tables", _l("Tables"), of_each(data.tables), data.bring_up, on_page=False),
    Check("backup", _l("Backup"), safety.backup, safety.back_up, on_page=False),
    Check("rights", _l("File rights"), safety.rights, safety.close_rights),
    Check("certificate", _l("Certificate"), safety.certificate),
    Check("settings", _l("Settings"), portal.settings),
    Check("modules", _l("Modules"), portal.modules),
    Check("starts", _l("Starts"), portal.starts),
    Check("others", _l("Second server"), of_each(data.others)),
    Check("outbox", _l("Work to be done"), of_each(data.outbox), data.free_leases),
    Check("audit", _l("Audit log"), of_each(data.audit), data.seal),
    Check("mail", _l("Mail"), of_each(portal.mail)),
)
