"""`boxportal audit`: who did what."""

from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.audit.verify import Verdict, holds, verify_chain
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.errors import DomainError, Invalid

app = typer.Typer(no_args_is_help=True, help="Who did what.")
MOST = 1000


class DoesNotFit(DomainError):
    """The audit log is not as it was sealed."""

    code = "audit_does_not_fit"


@app.command("list")
def audit_list(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="How many lines, at most 1000.")] = 50,
    action: Annotated[str, typer.Option(help="Only acts whose name begins so, say `core.module`.")] = "",
    before: Annotated[
        int | None, typer.Option(min=1, max=MAX_ID, help="Only lines before this number, to go on.")
    ] = None,
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


@app.command("verify")
def audit_verify(
    context: typer.Context,
    *,
    seal: Annotated[str, typer.Option(help="A seal noted earlier, NUMBER:HASH, that must still be there.")] = "",
) -> None:
    """Recompute the seals of all lines; a line that was changed, deleted or put in is named, with exit code 1."""
    options: Globals = context.obj
    with answering("audit.verify", options) as output, opened(options) as company:
        if not options.dry_run:
            seal_all(company)
        with reading(company) as ctx:
            verdict = verify_chain(ctx.db)
            is_there = not seal or holds(ctx.db, seal)
        output.data.update(verdict_json(verdict))
        if verdict.misfit is not None:
            raise DoesNotFit(f"Line {verdict.misfit.line_id} does not fit: {verdict.misfit.fault}.")
        if not is_there:
            raise DoesNotFit(f"The chain has no seal {seal}: the log was replaced by an older or another one.")
        head = verdict.head
        output.say(f"All {head.number} sealed lines are as they were written. The seal to note down: "
                   f"{head.number}:{head.hash[:16]}")  # fmt: skip
        if verdict.waiting:
            output.warn("UNSEALED", f"{verdict.waiting} lines have no seal yet.")


def verdict_json(verdict: Verdict) -> dict[str, object]:
    head, misfit = verdict.head, verdict.misfit
    return {
        "sealed": head.number,
        "line": head.line_id,
        "hash": head.hash,
        "sealed_at": head.at.isoformat() if head.at else None,
        "waiting": verdict.waiting,
        "misfit": {"line": misfit.line_id, "fault": misfit.fault} if misfit else None,
    }


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
