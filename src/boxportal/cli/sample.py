"""`boxportal sample`: rows to try the portal with."""

from typing import Annotated

import typer

from boxportal.cli.acting import make_searchable, opened
from boxportal.cli.output import Globals, Output, answering
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.companies import Company
from boxportal.kernel.web.render import render
from boxportal.kernel.work.sample import Removed, acting, add_sample, removal_of, remove_sample, samples_of

app = typer.Typer(no_args_is_help=True, help="Sample rows: add them to try things, remove them in one step.")


@app.command("add")
def add(context: typer.Context) -> None:
    """Add sample rows to the modules that are on."""
    options: Globals = context.obj
    with answering("sample.add", options) as output, opened(options) as company:
        output.data["added"] = False if options.dry_run else put_sample(company)
        output.say("Sample rows were added." if output.data["added"] else "Nothing was changed.")


@app.command("remove")
def remove(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that people's own rows need.")] = False,
) -> None:
    """Take the sample rows out again. Those that people's own rows need stay, as ordinary rows, but with --all."""
    options: Globals = context.obj
    with answering("sample.remove", options) as output, opened(options) as company:
        take_out(company, options, output, everything=everything)


def put_sample(company: Company) -> bool:
    make_searchable(company)
    with acting(company, render) as ctx:
        return add_sample(ctx, samples_of(company))


def take_out(company: Company, options: Globals, output: Output, *, everything: bool) -> None:
    make_searchable(company)
    samples = samples_of(company)
    with acting(company, render) as ctx:
        ahead = removal_of(ctx, samples)
        done = Removed(0, 0) if options.dry_run else remove_sample(ctx, samples, everything=everything)
    output.data |= {"removed": done.rows, "kept": done.kept, "own": ahead.own, "needed": len(ahead.kept)}
    if options.dry_run:
        kept = 0 if everything else len(ahead.kept)
        output.say(f"{ahead.rows - kept} of {ahead.rows} sample rows would be removed.")
    else:
        output.say(f"{done.rows} sample rows were removed." if done.rows else "Nothing was changed.")
    if ahead.kept and not everything:
        output.say(
            f"Rows of your own that hang on them: {ahead.own}. The {len(ahead.kept)} sample rows that those need "
            f"{'would stay' if options.dry_run else 'are ordinary rows now'}."
        )
    if ahead.kept and options.dry_run and not everything:
        output.say("Remove them all: boxportal sample remove --all")
