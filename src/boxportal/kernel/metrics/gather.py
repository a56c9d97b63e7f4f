"""What `/metrics` tells: requests, durations, queues, sessions, backups, memory. Nothing of who does what."""

from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.backup.journal import read_journal
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.health.look import last_report
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.metrics.text import Metric
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.web.figures import EDGES, Figures
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import ReadSession

PAGE = 4096
STATM = Path("/proc/self/statm")


def metrics(box: Box, figures: Figures) -> list[Metric]:
    """All figures of this process and of the companies that it serves."""
    return [*of_requests(figures), *of_companies(box.companies.values()), *of_box(box)]


def of_requests(figures: Figures) -> list[Metric]:
    requests = Metric("boxportal_requests_total", "counter", "Requests answered, by kind and class of their status.")
    for (kind, status), count in sorted(figures.requests.items()):
        requests.add(count, kind=kind, status=status)
    seconds = Metric("boxportal_request_seconds", "histogram", "How long requests took, by kind.")
    for kind, buckets in sorted(figures.buckets.items()):
        for edge, count in zip((*EDGES, "+Inf"), accumulate(buckets), strict=True):
            seconds.add(count, "_bucket", kind=kind, le=f"{edge}")
        seconds.add(figures.seconds[kind], "_sum", kind=kind)
        seconds.add(sum(buckets), "_count", kind=kind)
    return [requests, seconds]


def of_companies(companies: Iterable[Company]) -> list[Metric]:
    """By company; one whose database does not answer has only that told."""
    up = Metric("boxportal_database_up", "gauge", "Whether a company's database answers.")
    queue = Metric("boxportal_outbox_items", "gauge", "Work after commits: waiting, overdue, or given up.")
    sessions = Metric("boxportal_sessions", "gauge", "Browsers that are signed in.")
    for company in companies:
        try:
            with read_session(company.engines) as db:
                waiting, overdue, dead, signed_in = counts(db)
        except SQLAlchemyError:
            up.add(0, company=company.name)
            continue
        up.add(1, company=company.name)
        for state, count in (("waiting", waiting), ("overdue", overdue), ("dead", dead)):
            queue.add(count, company=company.name, state=state)
        sessions.add(signed_in, company=company.name)
    return [up, queue, sessions]


def counts(db: ReadSession) -> tuple[int, int, int, int]:
    """Items waiting, overdue and given up, and sessions that have not ended."""
    now, counted = utcnow(), select(func.count()).select_from(OutboxItem)
    waiting = OutboxItem.state == "waiting"
    live = SignInSession.expires_at > now, SignInSession.idle_expires_at > now
    return (
        db.scalar(counted.where(waiting)) or 0,
        db.scalar(counted.where(waiting, OutboxItem.due_at < now)) or 0,
        db.scalar(counted.where(OutboxItem.state == "dead")) or 0,
        db.scalar(select(func.count()).select_from(SignInSession).where(*live)) or 0,
    )


def of_box(box: Box) -> list[Metric]:
    memory = Metric("boxportal_memory_bytes", "gauge", "Resident memory of this process.")
    memory.add(int(STATM.read_text("ascii").split()[1]) * PAGE)
    backup = Metric("boxportal_backup_age_seconds", "gauge", "Since the last run in which every backup was proven.")
    last = read_journal(box.data).last_good
    if last is not None and last.ended is not None:
        backup.add((utcnow() - last.ended).total_seconds())
    health = Metric("boxportal_health_findings", "gauge", "What the last look of the doctor found, by state.")
    if report := last_report(box.data):
        for state in ("good", "note", "problem"):
            health.add(len([one for one in report.seen if one.state == state]), state=state)
    return [memory, backup, health]
