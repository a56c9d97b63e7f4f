"""`boxportal backup`: make, list, prove and put back backups of the companies and of the box."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pyrage import x25519
from sqlalchemy.engine import URL

from boxportal.cli import backup_target
from boxportal.cli.acting import boxed, confirm, database_url, system_actor
from boxportal.cli.holding import take_lock
from boxportal.cli.output import Exit, Globals, Output, answering
from boxportal.cli.tables import megabytes, table
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.backup import keys
from boxportal.kernel.backup.archive import header_of
from boxportal.kernel.backup.journal import By, Run, read_journal
from boxportal.kernel.backup.keep import prune, to_remove
from boxportal.kernel.backup.kit import kit_of
from boxportal.kernel.backup.locking import run_lock
from boxportal.kernel.backup.names import files_in
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.backup.restore import restore_backup
from boxportal.kernel.backup.restore_box import require_place, restore_box
from boxportal.kernel.backup.run import require_good, run_backups
from boxportal.kernel.backup.verify import Proof, proven_backup, verify_backup
from boxportal.kernel.config import load_config
from boxportal.kernel.config_rules import keep_of
from boxportal.sdk.errors import DomainError, RuleBroken

app = typer.Typer(no_args_is_help=True, help="Make, list, prove and put back backups of the companies and of the box.")
app.add_typer(backup_target.app, name="target")
File = Annotated[Path, typer.Argument(metavar="FILE")]
ONLY_HERE = "Only this machine can open its backups. If it is lost, they are too."
KeyStdin = Annotated[bool, typer.Option("--key-stdin", help="Read the recovery key from standard input.")]


@app.command("run")
def backup_run(
    context: typer.Context, by: Annotated[str, typer.Option(hidden=True, help="Who started it.")] = "command"
) -> None:
    """Save and prove every company and the box itself, remove what is old, copy to the targets."""
    options: Globals = context.obj
    with answering("backup.run", options) as output, boxed(options) as box:
        output.data["dry_run"] = options.dry_run
        if options.dry_run:
            box.get(None)
            output.say(
                f"Backups of {', '.join(box.companies)} and of the box would go to {default_folder(options.data)}."
            )
            return
        run = run_backups(box, system_actor(), by_of(by), output.step)
        output.data |= run.model_dump(mode="json")
        tell_run(output, run)
        require_good(run)
        if not keys.has_recovery_key(options.data):
            output.warn("NO_RECOVERY_KEY", ONLY_HERE, "boxportal backup key")
        if not run.is_complete:
            output.done(Exit.WARNINGS)


def by_of(word: str) -> By:
    """Who started the run, as the journal writes it."""
    found: dict[str, By] = {"timer": "timer", "server": "server", "page": "page"}
    return found.get(word, "command")


def tell_run(output: Output, run: Run) -> None:
    for kept in run.kept:
        said = kept.error or f"{kept.file}  {megabytes(kept.size)}, proven: {', '.join(kept.proven)}"
        output.say(f"{kept.name}: {said}")
    if run.removed:
        output.say(f"Removed as old: {', '.join(run.removed)}")
    for copies in run.copies:
        if copies.error:
            output.warn(
                "NOT_COPIED", f"{copies.target}: {copies.error}", f"boxportal backup target test {copies.target}"
            )
        else:
            output.say(f"{copies.target}: {len(copies.copied)} copied, {len(copies.removed)} removed")


@app.command("prune")
def backup_prune(context: typer.Context) -> None:
    """Remove from the usual folder what the rule of keeping does not keep. The last proven ones always stay."""
    options: Globals = context.obj
    with answering("backup.prune", options) as output, run_lock(options.data):
        folder, keep = default_folder(options.data), keep_of(load_config(options.data).backup.keep)
        journal = read_journal(options.data)
        if options.dry_run:
            gone = to_remove([one.file for one in files_in(folder)], keep, journal)
        else:
            gone = prune(folder, keep, journal)
        output.data |= {"folder": str(folder), "removed": gone, "dry_run": options.dry_run}
        output.say("\n".join(gone) if gone else "Nothing is older than the rule keeps.")


@app.command("create")
def backup_create(
    context: typer.Context, to: Annotated[Path | None, typer.Option(help="Another folder than the usual one.")] = None
) -> None:
    """Copy the company while people work, into one sealed file, and prove it by restoring it aside."""
    options: Globals = context.obj
    with answering("backup.create", options) as output, boxed(options) as box:
        company = box.get(options.company)
        folder = (to or default_folder(options.data)).absolute()
        output.data |= {"folder": str(folder), "dry_run": options.dry_run}
        if options.dry_run:
            output.say(f"A backup of {company.name} would be written to {folder}.")
            return
        path, proof = proven_backup(company, system_actor(), folder)
        output.data |= {"file": str(path), "bytes": path.stat().st_size} | proof_json(proof)
        output.say(f"{path}  {megabytes(path.stat().st_size)}, proven: {', '.join(proof.steps)}")
        if not keys.has_recovery_key(options.data):
            output.warn("NO_RECOVERY_KEY", ONLY_HERE, "boxportal backup key")


@app.command("list")
def backup_list(context: typer.Context) -> None:
    """The backups in the usual folder, the newest first."""
    options: Globals = context.obj
    with answering("backup.list", options) as output:
        folder = default_folder(options.data)
        proven = read_journal(options.data).proven
        found = []
        for path in sorted(folder.glob("*.bpb"), key=lambda p: p.stat().st_mtime, reverse=True):
            try:
                header = header_of(path)
            except DomainError as error:
                output.warn("BAD_BACKUP", f"{path}: {error}")
                continue
            found.append({"file": str(path), "company": header.company, "made_at": header.made_at.isoformat(),
                          "program": header.program, "bytes": path.stat().st_size,
                          "proven": path.name in proven})  # fmt: skip
        output.data |= {"folder": str(folder), "backups": found}
        rows = [(b["company"], str(b["made_at"])[:16], megabytes(Path(str(b["file"])).stat().st_size),
                 "yes" if b["proven"] else "", b["file"]) for b in found]  # fmt: skip
        none = f"No backups in {folder}. Those of another data folder: boxportal --data FOLDER backup list"
        output.say(table(("COMPANY", "MADE (UTC)", "SIZE", "PROVEN", "FILE"), rows) if rows else none)


@app.command("verify")
def backup_verify(context: typer.Context, file: File, *, key_stdin: KeyStdin = False) -> None:
    """Prove a backup: open it, hash all of it, restore it aside, check the database, count the rows."""
    options: Globals = context.obj
    with answering("backup.verify", options) as output:
        identities = [typed_key()] if key_stdin else []
        if not key_stdin:
            identities = [keys.box_key(options.data)]
        proof = verify_backup(file, identities, default_folder(options.data), server_of(options))
        output.data |= {"file": str(file)} | proof_json(proof)
        output.say(f"{file} is whole. Proven: {', '.join(proof.steps)}")
        if "rows" not in proof.steps:
            output.warn("NOT_RESTORED", "There is no Postgres server here to restore the dump to.")


@app.command("restore")
def backup_restore(
    context: typer.Context,
    file: File,
    *,
    whole_box: Annotated[
        bool, typer.Option("--box", help="FILE is the archive of a box: put back its settings, keys and all companies.")
    ] = False,
    key_stdin: KeyStdin = False,
    database: Annotated[str, typer.Option(help="URL of a Postgres server on which the database is made.")] = "",
) -> None:
    """Put a company (with --box a whole box) back as it was. What is there now is kept. The server must be stopped."""
    options: Globals = context.obj
    with answering("backup.restore", options) as output:
        header = header_of(file)
        made = f"{header.made_at:%Y-%m-%d %H:%M} UTC"
        output.data |= {"file": str(file), "company": options.company or header.company, "box": whole_box,
                        "made_at": header.made_at.isoformat(), "dry_run": options.dry_run}  # fmt: skip
        server = database_url(database) if database else None
        if whole_box:
            put_box_back(options, output, file, made, server, key_stdin=key_stdin)
        else:
            put_company_back(options, output, file, made, server, key_stdin=key_stdin)


def put_company_back(
    options: Globals, output: Output, file: Path, made: str, server: URL | None, *, key_stdin: bool
) -> None:
    name = str(output.data["company"])
    identity = typed_key() if key_stdin else None
    if options.dry_run:
        output.say(f"{name} would be put back as it was at {made}.")
        return
    if (options.data / "companies" / name).exists():
        confirm(options, f"Put {name} back as it was at {made}?")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(options.data):
        key = identity or keys.box_key(options.data)
        done = restore_backup(file, [key], options.data, system_actor(), name=name, server=server)
    output.data["before"] = str(done.before) if done.before else None
    output.say(f"{name} is as it was at {made}.")
    if done.before:
        output.say(f"What it replaced is kept for a week: {done.before}")
    if not done.secrets_open:
        output.warn("SECRETS_CLOSED", "This box has another master key: enter the mail server's password again.")


def put_box_back(
    options: Globals, output: Output, file: Path, made: str, server: URL | None, *, key_stdin: bool
) -> None:
    require_place(options.data)
    identity = typed_key() if key_stdin else None
    if options.dry_run:
        output.say(f"The box would be put back as it was at {made}.")
        return
    if any((options.data / "companies").glob("[!.]*")):
        confirm(options, f"Put the whole box back as it was at {made}?")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(options.data):
        key = identity or keys.box_key(options.data)
        done = restore_box(file, [key], options.data, system_actor(), server=server, tell=output.step)
    output.data |= {"companies": list(done.companies), "missing": list(done.missing),
                    "before": str(done.before) if done.before else None}  # fmt: skip
    output.say(f"The box is as it was at {made}. Companies: {', '.join(done.companies) or 'none'}")
    if done.before:
        output.say(f"The settings that were replaced are kept: {done.before}")
    for name in done.missing:
        fix = f"boxportal backup restore {name}-DATE-TIME.bpb"
        output.warn("NO_BACKUP_BESIDE", f"No backup of {name} lies beside the archive.", fix)


@app.command("key")
def backup_key(
    context: typer.Context, *, new: Annotated[bool, typer.Option("--new", help="In place of the one there is.")] = False
) -> None:
    """Make the recovery key, which opens backups where this machine is lost. It is shown once and kept nowhere."""
    options: Globals = context.obj
    with answering("backup.key", options) as output, boxed(options) as box:
        box.get(options.company)
        if keys.has_recovery_key(options.data) and not new:
            raise RuleBroken(
                "There is a recovery key. Another one, for backups from now on: boxportal backup key --new"
            )
        output.data["dry_run"] = options.dry_run
        if options.dry_run:
            output.say("A recovery key would be made.")
            return
        secret = keys.make_recovery_key(options.data)
        output.data["key"] = secret
        output.say(f"Print this and keep it away from the machine; it is not shown again:\n  {secret}")


@app.command("kit")
def backup_kit(context: typer.Context) -> None:
    """What to print for the day when this machine is gone: where backups lie, the command that restores, whose key."""
    options: Globals = context.obj
    with answering("backup.kit", options) as output:
        kit = kit_of(options.data)
        output.data |= {"names": list(kit.names), "companies": list(kit.companies), "folder": str(kit.folder),
                        "targets": [target.where for target in kit.targets], "restore": kit.command,
                        "recovery_key": kit.public}  # fmt: skip
        output.say(f"Opened at: {', '.join(kit.names)}\nCompanies: {', '.join(kit.companies) or 'none'}")
        output.say(f"Backups on this machine: {kit.folder}")
        output.say("\n".join(f"Copies: {target.where}" for target in kit.targets) or "Copies elsewhere: none")
        output.say(f"On another machine, in a folder with the newest backups:\n  {kit.command}")
        if kit.public:
            output.say("key.txt holds the recovery key, from the paper that was printed when it was made.")
            output.say(f"Its public part: {kit.public}")
            output.say("Kept by: ____________________  A second copy by: ____________________")
        else:
            output.warn("NO_RECOVERY_KEY", ONLY_HERE, "boxportal backup key")


def typed_key() -> x25519.Identity:
    """The recovery key from standard input: alone, or somewhere in the print-out of `backup key`.

    Raises: Invalid.
    """
    lines = []
    for line in sys.stdin:
        lines.append(line)
        if keys.PRINTED.search(line.upper()):
            break
    return keys.recovery_key("".join(lines))


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data folder, so that no server runs meanwhile.

    Raises: RuleBroken when one does.
    """
    lock = take_lock(data)
    try:
        yield
    finally:
        os.close(lock)


def server_of(options: Globals) -> URL | None:
    """The Postgres server of the company, if it has one here."""
    with boxed(options) as box:
        company = box.companies.get(options.company) if options.company else box.first()
        return None if company is None or company.engines.is_sqlite else company.engines.url


def proof_json(proof: Proof) -> dict[str, object]:
    manifest = proof.manifest
    return {
        "proven": list(proof.steps),
        "company": manifest.header.company,
        "made_at": manifest.header.made_at.isoformat(),
        "files": len(manifest.files),
        "rows": sum(manifest.rows.values()),
    }
