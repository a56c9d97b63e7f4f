"""Sample rows of every module that is on: to try the portal with, and taken out again in one step."""

from collections.abc import Iterator
from contextlib import contextmanager

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.services import Renderer
from boxportal.kernel.work.outbox import system_ctx
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.module import SampleData


@contextmanager
def acting(company: Company, renderer: Renderer) -> Iterator[Ctx]:
    """The system acts for the company, in one transaction."""
    with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
        yield system_ctx(company, renderer, db, utcnow())


def samples_of(company: Company) -> list[SampleData]:
    """What the modules that are on can add, each after what it requires."""
    return [module.sample for module in company.snapshot.modules.values() if module.sample is not None]


def has_sample(ctx: ReadCtx, samples: list[SampleData]) -> bool:
    """Whether any sample row is there."""
    return any(sample.is_there(ctx) for sample in samples)


def add_sample(ctx: Ctx, samples: list[SampleData]) -> bool:
    """Add the sample rows; False when there are some already."""
    if not samples or has_sample(ctx, samples):
        return False
    for sample in samples:
        sample.add(ctx)
    ctx.audit(AuditEntry(action="core.sample.add"))
    return True


def remove_sample(ctx: Ctx, samples: list[SampleData]) -> int:
    """Take the sample rows out, with what was written on them; returns how many rows."""
    removed = sum(sample.remove(ctx) for sample in reversed(samples))
    if removed:
        ctx.audit(AuditEntry(action="core.sample.remove", after={"rows": removed}))
    return removed
