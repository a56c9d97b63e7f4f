"""`boxportal db`: one company's database: what it is, whether it is sound, and moving it."""

from typing import Annotated

import typer

from boxportal.cli.acting import confirm, database_url, opened, system_actor
from boxportal.cli.output import Exit, Globals, Output, answering
from boxportal.cli.tables import counted, megabytes, number
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.companies import Company
from boxportal.kernel.module import KERNEL
from boxportal.kernel.transfer.check import Checked, check_database
from boxportal.kernel.transfer.look import About, about_database
from boxportal.kernel.transfer.move import AfterTheMove, move_database
from boxportal.kernel.transfer.refill import refill_search
from boxportal.kernel.transfer.target import SQLITE, require_movable
from boxportal.kernel.web.render import render
from boxportal.sdk.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="One company's database: what it is, whether it is sound, moving it.")
ROWS_A_SECOND = 16_000
"""What a core of the smallest machine copies and compares, measured; docs/databases.md."""


@app.command("status")
def db_status(context: typer.Context) -> None:
    """Say which database the company is on, how large it is, and which former ones are kept."""
    options: Globals = context.obj
    with answering("db.status", options) as output, opened(options) as company:
        told = about_database(company)
        output.data |= status_json(company, told)
        output.say(f"{company.name}: {told.engine} {told.version}, {megabytes(told.size)}, "
                   f"{counted(told.rows, 'row', 'rows')} in {counted(told.tables, 'table', 'tables')}")  # fmt: skip
        output.say(f"where: {told.place}")
        output.say(f"tables of: {', '.join(told.revisions)}{'' if told.is_current else ' (older than this program)'}")
        for one in told.kept:
            output.say(f"kept until {one['until'][:10]}: {one['database']}")


def status_json(company: Company, told: About) -> dict[str, object]:
    return {
        "company": company.name, "engine": told.engine, "engine_version": told.version, "place": told.place,
        "bytes": told.size, "tables": told.tables, "rows": told.rows, "revisions": list(told.revisions),
        "is_current": told.is_current, "kept": list(told.kept),
    }  # fmt: skip


@app.command("check")
def db_check(context: typer.Context) -> None:
    """Look the database through from end to end, and the files that belong to it. Nothing is changed."""
    options: Globals = context.obj
    with answering("db.check", options) as output, opened(options) as company:
        checked = check_database(company)
        output.data |= check_json(company, checked)
        for one in checked.found:
            output.warn(one.code, one.text, "" if one.harmless else "boxportal backup list")
        rows = sum(checked.rows.values())
        what = f"{counted(rows, 'row', 'rows')} in {counted(len(checked.rows), 'table', 'tables')}"
        if checked.is_sound:
            output.say(f"{company.name} is sound: {what}, {counted(checked.blobs, 'file', 'files')}.")
        else:
            output.say(f"{company.name} is NOT sound; put the last good backup back.")
            output.done(Exit.WARNINGS)


def check_json(company: Company, checked: Checked) -> dict[str, object]:
    found = [{"code": one.code, "text": one.text, "harmless": one.harmless} for one in checked.found]
    return {"company": company.name, "sound": checked.is_sound, "rows": dict(checked.rows), "files": checked.blobs,
            "found": found}  # fmt: skip


@app.command("move")
def db_move(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="`sqlite`, or the URL of an empty database of Postgres.")],
) -> None:
    """Move the company between SQLite and Postgres, compared table by table. Pages can be read meanwhile."""
    options: Globals = context.obj
    with answering("db.move", options) as output, opened(options) as company:
        target = wished(url)
        require_movable(company, target)
        rows = about_database(company).rows
        seconds = max(2, round(rows / ROWS_A_SECOND))
        output.data |= {"company": company.name, "rows": rows, "seconds": seconds, "dry_run": options.dry_run}
        told = f"{counted(rows, 'row', 'rows')}; for about {number(seconds)} seconds nobody can save"
        if options.dry_run:
            output.say(f"{company.name} can be moved: {told}.")
            return
        confirm(options, f"Move {company.name} ({told})?")
        done = move_database(company, target, system_actor(), output.step)
        output.data |= {
            "from": done.source, "to": done.target, "kept": done.kept, "locked_seconds": round(done.locked_seconds, 2),
            "tables": {name: {"rows": one.rows, "sum": one.text} for name, one in done.tables.items()},
        }  # fmt: skip
        output.say(f"{company.name} has moved to {done.target}; every table was compared. "
                   f"Nobody could save for {done.locked_seconds:.1f} seconds.")  # fmt: skip
        output.say(f"The old database is kept for a week, closed for writing: {done.kept}")
        finish(company, output, list(done.lagging))


def finish(company: Company, output: Output, lagging: list[str]) -> None:
    """Fill the search of the new database; the company works meanwhile.

    Raises: AfterTheMove.
    """
    if lagging:
        output.warn("NOT_FOLLOWED", f"These servers have not gone over; start them again: {', '.join(lagging)}")
    output.step("search", "Filling the search.")
    try:
        refill_search(company.folder, KERNEL, render)
    except Exception as error:
        raise AfterTheMove(f"The company HAS moved and works. The search fills as the server runs: {error}") from error


def wished(url: str) -> str:
    """Raises: Invalid."""
    if url == SQLITE:
        return url
    try:
        return database_url(url).render_as_string(hide_password=False)
    except Invalid as error:
        raise Invalid({"URL": f"{next(iter(error.fields.values()))}, or `sqlite`"}) from error
