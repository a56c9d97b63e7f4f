"""`boxportal audit`: who did what."""

import os
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import changing, opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.audit import export
from boxportal.kernel.audit.export import as_json
from boxportal.kernel.audit.log import AuditFilter, list_lines, read_filter
from boxportal.kernel.audit.retention import MOST as MOST_DAYS
from boxportal.kernel.audit.retention import keep_for
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.audit.verify import Verdict, holds, verify_chain
from boxportal.kernel.identity.models import Person as PersonRow
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.errors import DomainError, Invalid, NotFound, StorageFull
from boxportal.sdk.mailaddr import address_key

app = typer.Typer(no_args_is_help=True, help="Who did what.")
MOST = 1000


class DoesNotFit(DomainError):
    """The audit log is not as it was sealed."""

    code = "audit_does_not_fit"


Person = Annotated[str, typer.Option(help="Only acts of the person with this e-mail address.")]
Act = Annotated[str, typer.Option(help="Only acts whose name begins so, say `core.module`.")]
Record = Annotated[str, typer.Option(help="Only acts on this record or kind of record: `crm.deal:12`, `crm.deal`.")]
Address = Annotated[str, typer.Option(help="Only acts from addresses that begin so.")]
Since = Annotated[str, typer.Option(help="Only from this day on: 2026-11-25.")]
Until = Annotated[str, typer.Option(help="Only up to this day, which is included.")]


def wish_of(ctx: ReadCtx, person: str, *typed: str) -> AuditFilter:
    """The filter of the options: action, record, address, since, until.

    Raises: NotFound, Invalid.
    """
    names = ("action", "record", "address", "since", "until")
    try:
        return read_filter(dict(zip(names, typed, strict=True)), person_id(ctx, person) if person else None)
    except Invalid as error:
        raise Invalid({f"--{name}": text for name, text in error.fields.items()}) from error


def person_id(ctx: ReadCtx, email: str) -> int:
    """Raises: NotFound."""
    found = ctx.db.scalar(select(PersonRow.id).where(PersonRow.email == (address_key(email) or email)))
    if found is None:
        raise NotFound(f"Nobody has the address {email}.")
    return found


@app.command("list")
def audit_list(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="How many lines, at most 1000.")] = 50,
    action: Act = "",
    person: Person = "",
    record: Record = "",
    address: Address = "",
    since: Since = "",
    until: Until = "",
    before: Annotated[
        int | None, typer.Option(min=1, max=MAX_ID, help="Only lines before this number, to go on.")
    ] = None,
) -> None:
    """The newest acts first."""
    options: Globals = context.obj
    with answering("audit.list", options) as output, opened(options) as company, reading(company) as ctx:
        if not 1 <= limit <= MOST:
            raise Invalid({"--limit": f"must be from 1 to {MOST}"})
        wish = wish_of(ctx, person, action, record, address, since, until)
        found, _next = list_lines(ctx, wish, before=before, limit=limit)
        output.data["lines"] = [as_json(line) for line in found]
        rows = [(line.id, f"{line.at:%Y-%m-%d %H:%M:%S}", line.actor_name or "-", line.action, line.title)
                for line in found]  # fmt: skip
        output.say(table(("NO", "AT (UTC)", "WHO", "ACT", "WHAT"), rows) if rows else "Nothing yet.")


@app.command("export")
def audit_export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; .csv or .jsonl says which kind.")],
    *,
    action: Act = "",
    person: Person = "",
    record: Record = "",
    address: Address = "",
    since: Since = "",
    until: Until = "",
) -> None:
    """Write lines to a file, the oldest first: CSV for spreadsheets, or a JSON object a line. The log says so."""
    options: Globals = context.obj
    with answering("audit.export", options) as output, opened(options) as company:
        kind = kind_of(file)
        with reading(company) as ctx:
            wish = wish_of(ctx, person, action, record, address, since, until)
            count = 0 if options.dry_run else write_file(ctx, wish, file, kind)
        with changing(company, dry_run=options.dry_run) as ctx:
            ctx.audit(export.entry_of(wish, kind, count))
        output.data |= {"file": str(file), "lines": count}
        output.say(f"{count} lines were written to {file}" if not options.dry_run else f"{file} would be written.")


def kind_of(file: Path) -> export.Format:
    """Raises: Invalid."""
    match file.suffix.lower():
        case ".csv":
            return "csv"
        case ".jsonl":
            return "jsonl"
    raise Invalid({"FILE": "must end in .csv or .jsonl"})


def write_file(ctx: ReadCtx, wish: AuditFilter, path: Path, kind: export.Format) -> int:
    """Raises: StorageFull."""
    aside = path.with_name(f".{path.name}.tmp")
    try:
        with open(aside, "wb", opener=private) as file:
            count = export.write_lines(file, ctx.db, wish, as_format=kind, zone=ctx.company.timezone)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StorageFull(f"{path} can't be written: {error.strerror}") from error
    return count


def private(path: str, flags: int) -> int:
    """Open a file that nobody else may read."""
    return os.open(path, flags, 0o600)


@app.command("keep")
def audit_keep(
    context: typer.Context,
    days: Annotated[int, typer.Argument(min=0, max=MOST_DAYS, help="Days; 0 is for ever.")],
) -> None:
    """Choose for how long lines are kept. Older days are dropped whole; their last seal stays."""
    options: Globals = context.obj
    with answering("audit.keep", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            try:
                keep_for(ctx, days)
            except Invalid as error:
                raise Invalid({"DAYS": next(iter(error.fields.values()))}) from error
        output.data["days"] = days
        output.say(f"Lines are kept for {days} days." if days else "Lines are kept for ever.")


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
