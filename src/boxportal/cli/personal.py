"""`boxportal personal`: what is held on one person, shown, handed over, erased."""

from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import changing, confirm, opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import counted, table
from boxportal.kernel.durable import write_whole
from boxportal.kernel.personal.erase import erase_person
from boxportal.kernel.personal.gather import find_people, held_on, subject_of, the_one
from boxportal.kernel.personal.pack import pack
from boxportal.kernel.personal.terms import list_terms, read_months, set_terms
from boxportal.sdk.errors import RuleBroken, StorageFull

app = typer.Typer(no_args_is_help=True, help="What is held on one person: shown, handed over, erased.")
Who = Annotated[str, typer.Argument(help="A name, mail address or telephone number; or a record: crm.contact:12")]


@app.command("list")
def personal_list(context: typer.Context, text: Who) -> None:
    """Who is found by a name, a mail address or a telephone number."""
    options: Globals = context.obj
    with answering("personal.list", options) as output, opened(options) as company, reading(company) as ctx:
        found = find_people(ctx, text)
        output.data["people"] = [{"record": str(one.ref), "name": one.name, "reach": one.detail} for one in found]
        rows = [(str(one.ref), one.name, one.detail) for one in found]
        output.say(table(("RECORD", "NAME", "REACH"), rows) if rows else f"Nobody is found by {text}.")


@app.command("show")
def personal_show(context: typer.Context, who: Who) -> None:
    """What is held on a person, and what becomes of it when they are erased."""
    options: Globals = context.obj
    with answering("personal.show", options) as output, opened(options) as company, reading(company) as ctx:
        subject = subject_of(ctx, the_one(ctx, who))
        held = held_on(ctx, subject)
        output.data |= {
            "record": str(subject.ref), "name": subject.name, "known_by": list(subject.words),
            "held": [{"id": one.id, "title": str(one.title), "rows": len(one.rows), "fate": one.fate.value,
                      "why": str(one.why), "records": [str(ref) for ref in one.refs]} for one in held],
        }  # fmt: skip
        output.say(f"{subject.name}: {', '.join(subject.words)}\n")
        rows = [
            (str(one.title), f"{len(one.rows)}{'+' if one.more else ''}", one.fate.value, str(one.why)) for one in held
        ]
        output.say(table(("WHAT", "NUMBER", "WHEN ERASED", "WHY"), rows))


@app.command("export")
def personal_export(
    context: typer.Context,
    who: Who,
    *,
    to: Annotated[Path | None, typer.Option(help="The file to write; else named after the record.")] = None,
) -> None:
    """Write all that is held on a person to a zip: JSON and files, without passwords and keys."""
    options: Globals = context.obj
    with answering("personal.export", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            subject = subject_of(ctx, the_one(ctx, who))
            held = held_on(ctx, subject)
            content = pack(ctx, subject, held)
        target = (to or Path(f"{subject.ref.kind.replace('.', '-')}-{subject.ref.id}.zip")).absolute()
        rows = sum(len(one.rows) for one in held)
        output.data |= {"record": str(subject.ref), "file": str(target), "rows": rows, "dry_run": options.dry_run}
        if target.exists():
            raise RuleBroken(f"{target} is there already. Choose another name: --to FILE")
        if not options.dry_run:
            try:
                write_whole(target, content)
            except OSError as error:
                raise StorageFull(f"{target} could not be written: {error.strerror}") from error
        output.say(f"{target}: {counted(rows, 'row', 'rows')} in {counted(len(held), 'kind', 'kinds')}")


@app.command("erase")
def personal_erase(context: typer.Context, who: Who) -> None:
    """Erase a person: what may go is removed, what must stay loses the name. See first: boxportal personal show."""
    options: Globals = context.obj
    with answering("personal.erase", options) as output, opened(options) as company:
        with reading(company) as ctx:
            subject = subject_of(ctx, the_one(ctx, who))
            rows = sum(len(one.rows) for one in held_on(ctx, subject))
        output.data |= {"record": str(subject.ref), "rows": rows, "dry_run": options.dry_run}
        if not options.dry_run:
            confirm(options, f"Erase {subject.name} ({subject.ref}, {counted(rows, 'row', 'rows')}) for good?")
        with changing(company, dry_run=options.dry_run) as ctx:
            counts = erase_person(ctx, subject.ref)
        for act in [] if options.dry_run else ctx.after_commit:
            act()
        output.data["counts"] = dict(counts)
        said = "would be erased" if options.dry_run else "is erased"
        output.say(f"{subject.ref} {said}: {', '.join(f'{number} {fate}' for fate, number in counts.items())}.")


@app.command("keep")
def personal_keep(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="The kind, say crm.lost-leads; without one all are listed.")] = "",
    months: Annotated[str, typer.Argument(help="Delete what is older; 0: keep it for ever.")] = "",
) -> None:
    """Say how long records of a kind are kept, or set it: what is older is deleted, some each hour."""
    options: Globals = context.obj
    with answering("personal.keep", options) as output, opened(options) as company:
        if kind and months:
            number = read_months("MONTHS", months)
            with reading(company) as ctx:
                older = sum(line.older for line in list_terms(ctx, {kind: number}))
            if number and not options.dry_run:
                confirm(options, f"Delete what is older than {number} months ({older} now)?")
            with changing(company, dry_run=options.dry_run) as ctx:
                set_terms(ctx, {kind: number})
                lines = list_terms(ctx)
        else:
            with reading(company) as ctx:
                lines = list_terms(ctx)
        output.data["kinds"] = [{"kind": one.kind.id, "months": one.months, "older": one.older} for one in lines]
        rows = [(one.kind.id, one.months or "for ever", one.older, str(one.kind.title)) for one in lines]
        output.say(table(("KIND", "MONTHS", "OLDER NOW", "WHAT"), rows))
