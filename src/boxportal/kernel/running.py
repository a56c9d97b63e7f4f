"""From a context to the company and snapshot behind it: what only the kernel's own code may ask for."""

from typing import Protocol, runtime_checkable

from boxportal.kernel.companies import Company
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.context import ReadCtx


@runtime_checkable
class Running(Protocol):
    """What the kernel's services know besides what a module sees of them."""

    @property
    def company(self) -> Company: ...

    @property
    def snapshot(self) -> Snapshot: ...


def running(ctx: ReadCtx) -> Running:
    """Look behind the services of a context."""
    if not isinstance(ctx.services, Running):
        raise TypeError(ctx.services)
    return ctx.services


def company_of(ctx: ReadCtx) -> Company:
    """The company that a context is for."""
    return running(ctx).company


def snapshot_of(ctx: ReadCtx) -> Snapshot:
    """What is on in the company, as the request began with it."""
    return running(ctx).snapshot
