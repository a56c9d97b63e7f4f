"""`boxportal status`: what serves, what is on, what waits."""

from pathlib import Path

import typer
from sqlalchemy import func, select

from boxportal.cli.acting import GOES_ON, boxed
from boxportal.cli.installed import state_of_box, told_box
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import megabytes
from boxportal.cli.upgrading import upgrade_now
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.backup.journal import is_behind, read_journal
from boxportal.kernel.backup.names import newest_in
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.state import read_revision
from boxportal.kernel.switch.live import live_processes
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import NotFound


def status(context: typer.Context) -> None:
    """Say what serves each company, what is on, and what waits or has failed."""
    options: Globals = context.obj
    with answering("status", options) as output, boxed(options, opens_databases=False) as box:
        if not box.companies:
            raise NotFound(f"There is no company in {options.data}. Make one: boxportal install --trial --data DIR")
        is_upgraded = upgrade_now() is not None
        if is_upgraded:
            output.say(GOES_ON)
        chosen = [box.get(options.company)] if options.company else list(box.companies.values())
        chosen = [] if is_upgraded else chosen  # their databases are left alone meanwhile
        output.data |= {"listen": box.config.box.listen, "companies": [state_of(c, options.data) for c in chosen]}
        if standing := state_of_box(box):
            output.data["box"] = standing
            output.say(told_box(standing))
        for company in chosen:
            output.say(told(state_of(company, options.data)))
        tell_backups(output, options.data)


def tell_backups(output: Output, data: Path) -> None:
    """Say when everything was last saved and proven."""
    journal = read_journal(data)
    last, is_old = journal.last_good, is_behind(data, journal, utcnow())
    at = last.ended if last else None
    output.data["backups"] = {"last_good": at.isoformat() if at else None, "too_old": is_old}
    output.say(f"Everything was last saved and proven: {f'{at:%Y-%m-%d %H:%M} UTC' if at else 'never'}")
    if is_old:
        output.warn("BACKUP_TOO_OLD", "The last good backup is too old.", "boxportal backup run")


def state_of(company: Company, data: Path) -> dict[str, object]:
    live = live_processes(company)
    with read_session(company.engines) as db:
        revision = read_revision(db)
        on = db.scalars(select(EnabledModule.id).where(EnabledModule.state != "off").order_by(EnabledModule.id)).all()
        by_state = db.execute(select(OutboxItem.state, func.count()).group_by(OutboxItem.state)).all()
        counts = {str(row[0]): int(row[1]) for row in by_state}
    newest = newest_in(default_folder(data), company.name)
    return {
        "company": company.name,
        "revision": revision,
        "servers": [
            {"process": name, "applied": applied, "memory_bytes": memory_of(name)} for name, applied in live.items()
        ],
        "modules": list(on),
        "waiting": counts.get("waiting", 0),
        "dead": counts.get("dead", 0),
        "newest_backup": str(newest) if newest else None,
    }


def memory_of(process: str) -> int | None:
    """The memory of a process of this machine, from the system; None where it can't be read."""
    try:
        lines = Path(f"/proc/{process.partition('@')[0]}/status").read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), None)


def told(state: dict[str, object]) -> str:
    """One company's state in words."""
    servers = state["servers"] if isinstance(state["servers"], list) else []
    lines = [f"{state['company']}: " + (f"served by {len(servers)}" if servers else "not served")]
    for server in servers:
        memory = server["memory_bytes"]
        late = "" if server["applied"] == state["revision"] else ", has not yet followed the last switch"
        lines.append(f"  {server['process']}  {megabytes(memory) if memory else '?'}{late}")
    modules = state["modules"] if isinstance(state["modules"], list) else []
    lines.append(f"  on: {', '.join(modules) or '-'}")
    lines.append(f"  waiting: {state['waiting']}, given up: {state['dead']}")
    lines.append(f"  newest backup: {state['newest_backup'] or 'none'}")
    return "\n".join(lines)
