"""`boxportal backup target`: the other places that get copies of the backups."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from boxportal.cli.acting import boxed, read_secret, system_actor
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.kernel.backup.journal import Journal, read_journal
from boxportal.kernel.backup.targets.changing import add_target, is_away, remove_target, retry_target, try_target
from boxportal.kernel.backup.targets.model import Target, parse_target, read_targets, target_named
from boxportal.kernel.companies import Company

app = typer.Typer(no_args_is_help=True, help="Other places that get copies of the backups.")
Name = Annotated[str, typer.Argument(metavar="NAME")]
SAME_DISK = "It is on the disk of the data: a dead disk loses both."


@app.command("add")
def target_add(
    context: typer.Context,
    name: Name,
    where: Annotated[str, typer.Argument(metavar="WHERE")],
    *,
    key_id: Annotated[str, typer.Option(help="The id of an S3 key.")] = "",
    region: Annotated[str, typer.Option(help="The region of an S3 bucket.")] = "",
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the password, the SSH or the S3 key from standard input.")
    ] = False,
) -> None:
    """Add /a/folder, sftp://user@host/folder or s3://host/bucket: every run copies there what is proven.

    The target is tried first. The key of an SFTP server is pinned as it is now, and shown.
    """
    options: Globals = context.obj
    with answering("backup.target.add", options) as output, first(options) as company:
        target = parse_target(name, where, key_id=key_id, region=region)
        secret = "" if target.kind == "folder" else typed_secret(options, from_stdin=secret_stdin)
        if options.dry_run:
            tried = try_target(company, target, secret)
            target = target.model_copy(
                update={"host_key": tried.host_key, "is_elsewhere": is_away(target, options.data)}
            )
        else:
            target = add_target(company, system_actor(), target, secret)
        output.data |= target_json(target) | {"dry_run": options.dry_run}
        tell_added(output, target)


def tell_added(output: Output, target: Target) -> None:
    output.say(f"{target.name} answers and takes files. Copies go there with the next run.")
    if target.host_key:
        output.say(f"The key of {target.host}, which must stay the same from now on: {target.host_key}")
    if not target.is_elsewhere:
        output.warn("SAME_DISK", SAME_DISK)


@app.command("list")
def target_list(context: typer.Context) -> None:
    """The targets, and how the last copies went."""
    options: Globals = context.obj
    with answering("backup.target.list", options) as output:
        journal, found = read_journal(options.data), read_targets(options.data)
        said = [target_json(target) | last_json(journal, target.name) for target in found]
        output.data["targets"] = said
        rows = [(t["name"], t["where"], "yes" if t["elsewhere"] else "no", t["error"] or t["copied_at"] or "-")
                for t in said]  # fmt: skip
        none = "There is no target: a dead disk loses everything. Add one: boxportal backup target add NAME WHERE"
        output.say(table(("NAME", "WHERE", "OFF THIS DISK", "LAST COPIES"), rows) if rows else none)


@app.command("test")
def target_test(context: typer.Context, name: Name) -> None:
    """Write a small file to a target, compare it and remove it again."""
    options: Globals = context.obj
    with answering("backup.target.test", options) as output, first(options) as company:
        tried = retry_target(company, name)
        output.data |= {"name": name, "files": tried.files, "host_key": tried.host_key}
        output.say(f"{name} answers and takes files. Backups that lie there: {tried.files}")


@app.command("remove")
def target_remove(context: typer.Context, name: Name) -> None:
    """Copy nothing to a target any more. What lies there stays."""
    options: Globals = context.obj
    with answering("backup.target.remove", options) as output, first(options) as company:
        target = target_named(options.data, name)
        if not options.dry_run:
            remove_target(company, system_actor(), name)
        output.data |= target_json(target) | {"dry_run": options.dry_run}
        output.say(f"{name} gets no copies any more. What lies at {target.where} stays.")


@contextmanager
def first(options: Globals) -> Iterator[Company]:
    """The company whose administrators look after the box."""
    with boxed(options) as box:
        yield box.get(None)


def typed_secret(options: Globals, *, from_stdin: bool) -> str:
    """A password or a whole key: all of standard input, or typed unseen."""
    return (
        sys.stdin.read().strip() if from_stdin else read_secret("secret", from_stdin=False, no_input=options.no_input)
    )


def target_json(target: Target) -> dict[str, object]:
    return {"name": target.name, "kind": target.kind, "where": target.where, "host_key": target.host_key,
            "elsewhere": target.is_elsewhere}  # fmt: skip


def last_json(journal: Journal, name: str) -> dict[str, str]:
    """When copies last went there, and what was wrong at the last try."""
    good, error = journal.last_copies(name)
    return {"copied_at": f"{good:%Y-%m-%d %H:%M} UTC" if good else "", "error": error}
