"""`boxportal bundle`: one file from which a machine without a network installs or upgrades the program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import confirm
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import megabytes
from boxportal.kernel.bundle.container import Head, verify
from boxportal.kernel.bundle.keys import default_key_file, is_signed_by, make_key, read_key
from boxportal.kernel.bundle.making import EXTRAS, create_bundle, find_source
from boxportal.kernel.bundle.manifest import BadBundle, Manifest, fingerprint
from boxportal.kernel.bundle.trust import FILE as TRUSTED
from boxportal.kernel.bundle.trust import line_of, read_keys
from boxportal.kernel.config import settings_folder
from boxportal.kernel.durable import write_whole
from boxportal.kernel.upgrade.program import running_program
from boxportal.sdk.errors import NotFound, RuleBroken

app = typer.Typer(no_args_is_help=True, help="Make and check the file from which the program is installed offline.")
KeyFile = Annotated[Path | None, typer.Option("--key", help="The file of the key that signs.")]
File = Annotated[Path, typer.Argument(metavar="FILE")]


@contextmanager
def refusing() -> Iterator[None]:
    """Let what is wrong with a bundle be an error of the command line."""
    try:
        yield
    except BadBundle as error:
        refused = RuleBroken(str(error))
        setattr(refused, "fix", error.fix)  # noqa: B010 not every error has a command that mends it
        raise refused from error


@app.command("create")
def bundle_create(
    context: typer.Context,
    *,
    to: Annotated[Path | None, typer.Option(help="The file to write, instead of one in this folder.")] = None,
    source: Annotated[Path | None, typer.Option(help="The checkout, when it is not the program's own.")] = None,
    extras: Annotated[str, typer.Option(help="What else goes in, with commas between.")] = ",".join(EXTRAS),
    key: KeyFile = None,
) -> None:
    """Gather the program and all that it needs into one signed file. Needs a package index."""
    options: Globals = context.obj
    with answering("bundle.create", options) as output:
        signing, checkout = read_key(key or default_key_file()), find_source(source)
        wanted = tuple(word for word in extras.split(",") if word)
        output.data |= {"source": str(checkout), "extras": list(wanted), "dry_run": options.dry_run}
        if options.dry_run:
            output.say(f"A bundle of {checkout} would be made, with: {', '.join(wanted) or 'nothing more'}.")
            return
        output.step("gather", "Building the program and gathering what it needs")
        made = create_bundle(checkout, to, signing, wanted)
        output.data |= {"file": str(made.path), "bytes": made.path.stat().st_size, **told(made.manifest)}
        output.data["fingerprint"] = fingerprint(signing.public)
        output.say(f"{made.path}  {megabytes(made.path.stat().st_size)}: BoxPortal {made.manifest.version} for Python "
                   f"{made.manifest.python} on {made.manifest.platform}")  # fmt: skip
        output.say(f"Signed with the key {fingerprint(signing.public)}")


@app.command("verify")
def bundle_verify(context: typer.Context, file: File) -> None:
    """Check a bundle's signature and every byte of it, and say whether this box trusts its key."""
    options: Globals = context.obj
    with answering("bundle.verify", options) as output, refusing():
        head = whole(file)
        trusted = head.key in read_keys(keys_file(options))
        output.data |= {"file": str(file), "fingerprint": fingerprint(head.key), "trusted": trusted}
        output.data |= told(head.manifest)
        output.say(f"{file} is whole: BoxPortal {head.manifest.version} for Python {head.manifest.python} on "
                   f"{head.manifest.platform}, {len(head.manifest.files)} files.")  # fmt: skip
        output.say(f"Signed with the key {fingerprint(head.key)}, {'which' if trusted else 'not one that'} this box "
                   "trusts.")  # fmt: skip


@app.command("key")
def bundle_key(
    context: typer.Context,
    *,
    new: Annotated[bool, typer.Option("--new", help="Another one in place of the one there is.")] = False,
    key: KeyFile = None,
) -> None:
    """Show the fingerprint of the key that signs bundles here; make the key where there is none."""
    options: Globals = context.obj
    with answering("bundle.key", options) as output:
        path = (key or default_key_file()).absolute()
        making = new or not path.exists()
        output.data |= {"file": str(path), "dry_run": options.dry_run, "made": making and not options.dry_run}
        if making and options.dry_run:
            output.say(f"A key would be made: {path}")
            return
        if making and path.exists():
            confirm(options, "Boxes that trust the former key will refuse bundles of the new one. Go on?")
        signing = make_key(path) if making else read_key(path)
        output.data["fingerprint"] = fingerprint(signing.public)
        output.say(f"{path}\nFingerprint: {fingerprint(signing.public)}")
        if making:
            output.say("Keep the file secret, and a copy of it: boxes run what it signs.")


@app.command("trust")
def bundle_trust(context: typer.Context, file: File) -> None:
    """Let this box take bundles that are signed with the key of this one, once you have compared its fingerprint."""
    options: Globals = context.obj
    with answering("bundle.trust", options) as output, refusing():
        head = whole(file)
        path = keys_file(options)
        known = read_keys(path)
        output.data |= {"fingerprint": fingerprint(head.key), "dry_run": options.dry_run, "file": str(path)}
        if head.key in known:
            output.say(f"The key {fingerprint(head.key)} is trusted already.")
            return
        question = f"The bundle is signed with the key {fingerprint(head.key)}. Is this what its maker's key shows?"
        if options.dry_run:
            output.say(question)
            return
        confirm(options, question)
        write_whole(path, "".join(map(line_of, [*known, head.key])), mode=0o644)
        output.say(f"This box takes bundles of {fingerprint(head.key)} from now on.")


def keys_file(options: Globals) -> Path:
    """The keys that this box trusts: with the installed program, which is root's; else with the settings."""
    program = running_program()
    return (program.root if program else settings_folder(options.data)) / TRUSTED


def whole(file: Path) -> Head:
    """Check all of a bundle. Raises: NotFound, BadBundle."""
    if not file.exists():
        raise NotFound(f"There is no file {file}.")
    return verify(file, None, is_signed_by)


def told(manifest: Manifest) -> dict[str, object]:
    """What a bundle says of itself, for programs."""
    return {
        "version": manifest.version,
        "made_at": manifest.made_at,
        "python": manifest.python,
        "platform": manifest.platform,
        "extras": list(manifest.extras),
        "heads": list(manifest.heads),
        "files": len(manifest.files),
    }
