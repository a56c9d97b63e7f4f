"""Once a night the people are brought into line with the directory, by the command, in a process of its own.

So the server neither loads the library for it nor holds a transaction while the network is waited for.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta

from boxportal.kernel.directory.settings import DirectorySettings, DirectoryState
from boxportal.kernel.identity.admins import tell_admins
from boxportal.kernel.running import company_of
from boxportal.sdk.clock import in_zone
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import GiveUp
from boxportal.sdk.i18n import mark as _n

TOPIC = "core.directory-sync"
KIND = "core.directory"
HOUR = 3
SECONDS = 1800
FAILED = _n("People were not brought into line with the directory: %(why)s")


def ask_due(ctx: Ctx) -> None:
    """After three in the morning, where the company is, once a day."""
    settings, state = ctx.settings(DirectorySettings), ctx.settings(DirectoryState)
    if not (settings.on and settings.is_set):
        return
    now = in_zone(ctx.now, ctx.company.timezone)
    last = in_zone(state.at, ctx.company.timezone) if state.at else None
    due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if now >= due and (last is None or last < due):
        ask(ctx)


def ask(ctx: Ctx) -> None:
    """Have it done now."""
    ctx.enqueue(TOPIC, {})


def prepare(ctx: ReadCtx, _item: int, _payload: Mapping[str, object]) -> Callable[[], None] | None:
    """What the outbox does without a transaction."""
    if not ctx.settings(DirectorySettings).is_set:
        return None
    company = company_of(ctx)
    data = str(company.folder.parent.parent)
    words = ["--data", data, "--company", company.name, "--no-input", "--quiet", "directory", "sync"]
    return lambda: run([sys.executable, "-m", "boxportal", *words])


def run(command: list[str]) -> None:
    """Raises: GiveUp with what the command said; the next night tries again."""
    try:
        done = subprocess.run(  # noqa: S603 our own command
            command, capture_output=True, text=True, check=False, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise GiveUp(f"It took longer than {timedelta(seconds=SECONDS)}.") from error
    if done.returncode:
        raise GiveUp((done.stderr.strip().splitlines() or ["?"])[-1][:300])


def tell_failed(ctx: Ctx, _payload: Mapping[str, object], why: str) -> None:
    tell_admins(ctx, KIND, FAILED, {"why": why}, url="/admin/directory")
