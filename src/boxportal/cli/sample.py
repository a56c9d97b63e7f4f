"""`boxportal sample`: rows to try the portal with."""

import typer

from boxportal.cli.output import Globals, Output, answering
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.module import KERNEL
from boxportal.kernel.search.index import make_tables
from boxportal.kernel.state import read_snapshot
from boxportal.kernel.web.render import render
from boxportal.kernel.work.sample import acting, add_sample, has_sample, remove_sample, samples_of

app = typer.Typer(no_args_is_help=True, help="Sample rows: add them to try things, remove them in one step.")


@app.command("add")
def add(context: typer.Context) -> None:
    """Add sample rows to the modules that are on."""
    options: Globals = context.obj
    with answering("sample.add", options) as output:
        company = opened(options)
        output.data["added"] = False if options.dry_run else put_sample(company)
        output.say("Sample rows were added." if output.data["added"] else "Nothing was changed.")


@app.command("remove")
def remove(context: typer.Context) -> None:
    """Take the sample rows out again, with what was written on them."""
    options: Globals = context.obj
    with answering("sample.remove", options) as output:
        take_out(opened(options), options, output)


def opened(options: Globals) -> Company:
    """The company with its snapshot, and with the search's tables, which a server would otherwise make."""
    company = Box.open(options.data).get(options.company)
    company.snapshot = read_snapshot(company, KERNEL)
    with company.engines.writer.begin() as connection:
        make_tables(connection, company.snapshot.search)
    return company


def put_sample(company: Company) -> bool:
    with acting(company, render) as ctx:
        return add_sample(ctx, samples_of(company))


def take_out(company: Company, options: Globals, output: Output) -> None:
    samples = samples_of(company)
    with acting(company, render) as ctx:
        there = has_sample(ctx, samples)
        removed = 0 if options.dry_run or not there else remove_sample(ctx, samples)
    output.data["removed"] = removed
    output.say(f"{removed} sample rows were removed." if removed else "Nothing was changed.")
