"""`boxportal audit`: who did what."""

from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="Who did what.")
MOST = 1000


@app.callback()
def audit() -> None:
    """Keep `audit list` a verb of its own, though it is the only one."""


@app.command("list")
def audit_list(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="How many lines, at most 1000.")] = 50,
    action: Annotated[str, typer.Option(help="Only acts whose name begins so, say `core.module`.")] = "",
    before: Annotated[int | None, typer.Option(help="Only lines before this number, to go on.")] = None,
) -> None:
    """The newest acts first."""
    options: Globals = context.obj
    with answering("audit.list", options) as output, opened(options) as company, reading(company) as ctx:
        if not 1 <= limit <= MOST:
            raise Invalid({"--limit": f"must be from 1 to {MOST}"})
        lines = select(AuditLine).order_by(AuditLine.id.desc()).limit(limit)
        if action:
            lines = lines.where(AuditLine.action.startswith(action, autoescape=True))
        if before is not None:
            lines = lines.where(AuditLine.id < before)
        found = ctx.db.scalars(lines).all()
        output.data["lines"] = [as_json(line) for line in found]
        rows = [(line.id, f"{line.at:%Y-%m-%d %H:%M:%S}", line.actor_name or "-", line.action, line.title)
                for line in found]  # fmt: skip
        output.say(table(("NO", "AT (UTC)", "WHO", "ACT", "WHAT"), rows) if rows else "Nothing yet.")


def as_json(line: AuditLine) -> dict[str, object]:
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "actor": {"kind": line.actor_kind, "id": line.actor_id, "name": line.actor_name},
        "address": line.address,
        "action": line.action,
        "record": f"{line.ref_kind}:{line.ref_id}" if line.ref_kind else None,
        "title": line.title,
        "before": line.before,
        "after": line.after,
    }
