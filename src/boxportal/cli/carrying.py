"""`boxportal company export` and `import`: a company as one open file, and a company made of such a file."""

from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import boxed, database_url, system_actor
from boxportal.cli.admin import new_link
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import counted, megabytes
from boxportal.kernel.companies import Box, new_company_folder
from boxportal.kernel.transfer.export import export_company
from boxportal.kernel.transfer.opened import opened_export
from boxportal.kernel.transfer.taking_in import Wish, import_company, require_known
from boxportal.sdk.errors import Invalid

SQLITE = "sqlite"


def company_export(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The company's short name.")],
    *,
    to: Annotated[Path, typer.Option(help="The file to write, say acme.zip.")],
) -> None:
    """Write a company to one file that other programs can read: tables as JSON lines, and files. No secrets."""
    options: Globals = context.obj
    with answering("company.export", options) as output, boxed(options) as box:
        company = box.get(name)
        output.data |= {"company": name, "file": str(to.absolute()), "dry_run": options.dry_run}
        if options.dry_run:
            output.say(f"{name} would be written to {to}.")
            return
        manifest = export_company(company, system_actor(), to.absolute(), output.step)
        rows = sum(one.rows for one in manifest.tables.values())
        size = to.stat().st_size
        output.data |= {"rows": rows, "tables": len(manifest.tables), "files": len(manifest.files), "bytes": size,
                        "left_out": manifest.left_out}  # fmt: skip
        output.say(f"{to}  {megabytes(size)}: {counted(rows, 'row', 'rows')}, "
                   f"{counted(len(manifest.files), 'file', 'files')}. Passwords and keys are not in it.")  # fmt: skip
        output.warn("PLAIN", "The file is not encrypted: whoever has it can read the company's data.")


def company_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    as_name: Annotated[str, typer.Option("--as", help="Another short name than the one in the file.")] = "",
    host: Annotated[list[str] | None, typer.Option(help="A host name that means this company.")] = None,
    database: Annotated[str, typer.Option(help="`sqlite`, or the URL of an empty Postgres database.")] = SQLITE,
) -> None:
    """Make a company of an exported one: checked first, whole or not at all. Prints a link to sign in by."""
    options: Globals = context.obj
    with answering("company.import", options) as output, boxed(options) as box:
        target = SQLITE if database == SQLITE else database_url(database).render_as_string(hide_password=False)
        with opened_export(file) as export:
            require_known(export)
            manifest = export.manifest
        name = as_name or manifest.company
        require_free(box, name, host or [])
        rows = sum(one.rows for one in manifest.tables.values())
        output.data |= {"company": name, "title": manifest.title, "rows": rows, "modules": manifest.modules,
                        "dry_run": options.dry_run}  # fmt: skip
        if options.dry_run:
            output.say(f"{manifest.title} would become the company {name}: {counted(rows, 'row', 'rows')}.")
            return
        options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        order = 1 + max((c.order for c in box.companies.values()), default=-1)
        wish = Wish(name=name, database=target, hosts=tuple(host or ()), order=order)
        company = import_company(options.data, file, wish, system_actor(), output.step)
        box.companies = box.with_new(company)
        link = new_link(company, company.address)
        output.data["link"] = link
        output.say(f"{manifest.title} is the company {name} now: {counted(rows, 'row', 'rows')}, "
                   f"{counted(len(manifest.files), 'file', 'files')}.")  # fmt: skip
        output.say(f"Passwords were not in the file. Sign in once by this, within 24 hours:\n  {link}")


def require_free(box: Box, name: str, hosts: list[str]) -> None:
    """See that no other company has the name or a host.

    Raises: RuleBroken, Invalid.
    """
    new_company_folder(box.data, name)
    for company in box.companies.values():
        taken = [host for host in hosts if host.lower() in company.hosts]
        if taken:
            raise Invalid({"--host": f"{taken[0]} means the company {company.name} already"})
