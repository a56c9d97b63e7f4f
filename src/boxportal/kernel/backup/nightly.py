"""Starts the nightly backup from the server where no timer of the system does, and tells when the last is too old."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.backup.journal import Journal, is_behind, read_journal, set_up_at
from boxportal.kernel.backup.locking import is_running
from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.backup.targets.disks import is_other_disk
from boxportal.kernel.backup.targets.model import read_targets
from boxportal.kernel.backup.task import Task, start_run
from boxportal.kernel.config import load_config
from boxportal.kernel.identity.admins import tell_admins
from boxportal.kernel.running import company_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.logs import get_logger

log = get_logger()
TOO_OLD = "core.backup.too-old"
GRACE = 300.0
"""So many seconds after its start the server has better things to do."""
TELL_EVERY = timedelta(days=1)
BACK = "/admin/backups"


class Nightly:
    """Looks now and then whether a run is due. Several servers of one box start one: the lock sees to it."""

    def __init__(self, data: Path, grace: float = GRACE) -> None:
        self._data = data
        self._from = time.monotonic() + grace
        self._begun: datetime | None = None

    async def look(self) -> None:
        """Start a run when one is due."""
        if time.monotonic() < self._from or not await run_in_threadpool(self._is_due):
            return
        self._begun = utcnow()
        process = await run_in_threadpool(start_run, Task(data=self._data, what="run", by="server"))
        log.info("backup begins", process=process)

    def _is_due(self) -> bool:
        section = load_config(self._data).backup
        if section.by != "server" or is_running(self._data):
            return False
        return is_due(section.at, utcnow(), last_of(self._data, read_journal(self._data)), self._begun)


def last_of(data: Path, journal: Journal) -> datetime | None:
    """When a run last began; before the first one, when the box was set up. None without a company."""
    since = set_up_at(data)
    return max(journal.runs[-1].began, since) if journal.runs and since else since


def is_due(at: str, now: datetime, last: datetime | None, begun: datetime | None) -> bool:
    """Whether the time of the day `at` (this machine's clock) has passed since a run last began.

    One that a sleeping machine missed is made up for. `begun` is when this process last started one, which may have
    failed before it wrote anything down: it is not tried again before the next night.
    """
    moment = latest(at, now)
    return last is not None and last < moment and (begun is None or begun < moment)


def latest(at: str, now: datetime) -> datetime:
    """The last moment before now at which this machine's clock showed a time of the day."""
    hour, minute = map(int, at.split(":"))
    here = now.astimezone()
    today = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= here else today - timedelta(days=1)


class BackupTold(BaseModel):
    """When administrators were last told that the backup is too old."""

    model_config = ConfigDict(extra="ignore")
    at: datetime | None = None


def tell_if_too_old(ctx: Ctx) -> None:
    """Put a notice into the administrators' inboxes, once a day, while the last good backup is too old."""
    company = company_of(ctx)
    data = data_of(company)
    if not company.is_first or not is_behind(data, journal := read_journal(data), ctx.now):
        return
    told = ctx.settings(BackupTold).at
    if told is not None and ctx.now - told < TELL_EVERY:
        return
    last = journal.last_good
    if last is None or last.ended is None:
        tell_admins(ctx, TOO_OLD, _n("There is no proven backup yet. Make one now."), url=BACK)
    else:
        values = {"day": f"{last.ended:%Y-%m-%d}"}
        text = _n("The last good backup is of %(day)s. Make one now, and see what is wrong.")
        tell_admins(ctx, TOO_OLD, text, values, url=BACK)
    ctx.save_settings(BackupTold(at=ctx.now))


def dead_disk_card(ctx: ReadCtx) -> Mapping[str, object] | None:
    """The card on Home while all backups lie on the disk of the data; None for others, and once one lies elsewhere."""
    company = company_of(ctx)
    if not ctx.actor.is_admin or not company.is_first:
        return None
    data = data_of(company)
    try:
        if is_other_disk(default_folder(data), data):
            return None
        return None if any(target.is_elsewhere for target in read_targets(data)) else {}
    except RuleBroken:
        return {}
