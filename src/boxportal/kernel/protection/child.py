"""A round in a process of its own, so that its seconds and its memory are not the server's."""

import asyncio
import sys

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.companies import Company
from boxportal.sdk.errors import Busy, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.logs import get_logger

SECONDS = 120
DONE = frozenset({0, 8})
log = get_logger()
_looking: set[str] = set()


async def look_in_child(company: Company) -> None:
    """Run `boxportal protect check` for a company, and wait for its end.

    Raises: Busy when a round is under way; RuleBroken when it fails.
    """
    if company.name in _looking:
        raise Busy(_("The guards are being looked at already. Load the page again in a moment."))
    _looking.add(company.name)
    try:
        await run(company)
    finally:
        _looking.discard(company.name)


async def run(company: Company) -> None:
    options = ["--data", str(data_of(company)), "--company", company.name, "--json", "--no-input"]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "boxportal", *options, "protect", "check",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            said, _none = await child.communicate()
    except TimeoutError as error:
        raise RuleBroken(_("Looking at the guards took too long.")) from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode not in DONE:
        log.warning("protect check failed", company=company.name, code=child.returncode, said=said.decode()[-500:])
        raise RuleBroken(_("Looking at the guards failed; the server's log says why."))
