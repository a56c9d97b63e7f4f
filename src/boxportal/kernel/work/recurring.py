"""Recurring jobs: each runs once per company and tick, whichever process claims it first."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.jobs.models import JobRun
from boxportal.kernel.services import Renderer
from boxportal.kernel.work.outbox import system_ctx
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.logs import get_logger
from boxportal.sdk.module import Job

log = get_logger()


def due_jobs(company: Company) -> list[str]:
    """The jobs of the snapshot whose time has come. Jobs of modules that are off are not in it."""
    with read_session(company.engines) as db:
        next_at = {row.id: row.next_at for row in db.scalars(select(JobRun))}
    now = utcnow()
    return [job_id for job_id in company.snapshot.jobs if job_id not in next_at or next_at[job_id] <= now]


def run_job(company: Company, renderer: Renderer, job_id: str) -> None:
    """Claim a job by raising its next time, then run it in a transaction of its own.

    After days off it runs once, not once for each missed tick; a failing run is logged and tried at the next tick.
    """
    now = utcnow()
    job = company.snapshot.jobs.get(job_id)
    if job is None:  # its module was switched off since the jobs that are due were read
        return
    try:
        with write_session(company.engines) as db:
            if not claim(db, job_id, job, now):
                return
    except IntegrityError:
        return  # another process made the row at the same moment, and runs the job
    try:
        with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
            ctx = system_ctx(company, renderer, db, now)
            job.run(ctx)
    except Exception as error:  # a failing job must not stop the others
        log.exception("job failed", company=company.name, job=job_id)
        note_error(company, job_id, repr(error))
        return
    for act in ctx.after_commit:
        act()


def claim(db: WriteSession, job_id: str, job: Job, now: datetime) -> bool:
    if db.get(JobRun, job_id) is None:
        db.change(insert(JobRun).values(id=job_id, next_at=now + job.every, last_at=now, last_error=""))
        return True
    mine = update(JobRun).where(JobRun.id == job_id, JobRun.next_at <= now)
    return db.change(mine.values(next_at=now + job.every, last_at=now, last_error="")) == 1


def note_error(company: Company, job_id: str, error: str) -> None:
    with write_session(company.engines) as db:
        db.change(update(JobRun).where(JobRun.id == job_id).values(last_error=error[:2000]))
