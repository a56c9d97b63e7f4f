"""`boxportal admin`: the one-time link for the first administrator, or for a rescue."""

from datetime import timedelta
from typing import Annotated

import typer

from boxportal.cli.acting import boxed, system_actor
from boxportal.cli.output import Globals, answering
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.links import ADMIN, make_link
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="One-time sign-in links for administrators.")
LONGEST_HOURS = 24 * 7


@app.callback()
def admin() -> None:
    """Keep `admin link` a verb of its own, though it is the only one."""


@app.command("link")
def link(
    context: typer.Context,
    ttl: Annotated[int, typer.Option(help="Hours for which the link works.")] = 24,
) -> None:
    """Make a link with which one person becomes an administrator, once."""
    options: Globals = context.obj
    with answering("admin.link", options) as output:
        if not 1 <= ttl <= LONGEST_HOURS:
            raise Invalid({"--ttl": f"must be from 1 to {LONGEST_HOURS} hours"})
        with boxed(options) as box:
            company = box.get(options.company)
            address = new_link(company, company.address, hours=ttl)
        output.data["link"] = address
        output.say(f"Open this once, within {ttl} hours:\n  {address}")


def new_link(company: Company, address: str, *, hours: int = 24) -> str:
    """Make the link. Its secret stands in the fragment, which browsers send to no server and no log."""
    now = utcnow()
    with write_session(company.engines) as db:
        secret = make_link(db, ADMIN, None, now, timedelta(hours=hours))
        write_line(db, system_actor(), "core.admin-link.make")
    return f"{address}/hello#t={secret}"
