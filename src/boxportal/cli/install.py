"""`boxportal install`: sets the box up on this machine; with `--trial`, a company in one folder."""

from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import opened
from boxportal.cli.admin import new_link
from boxportal.cli.installing.asking import Wish
from boxportal.cli.local import guess_profile
from boxportal.cli.output import Globals, answering
from boxportal.cli.sample import put_sample
from boxportal.cli.set_up import set_up
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box
from boxportal.kernel.config import FILE, load_config
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.links import has_admin

DEFAULT_PORT = 8080
TRIAL_CONFIG = """\
[box]
listen = "127.0.0.1:{port}"
names = ["127.0.0.1:{port}"]

[tls]
mode = "off"
"""


def install(
    context: typer.Context,
    *,
    trial: Annotated[bool, typer.Option("--trial", help="A company on SQLite in one folder, to try.")] = False,
    title: Annotated[str, typer.Option(help="The company's name as people see it.")] = "My company",
    sample: Annotated[bool, typer.Option("--sample", help="Add sample rows.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port that a trial is served on.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Answers to take instead of asking; a TOML file.")] = None,
    write_answers: Annotated[Path | None, typer.Option(help="Where to keep the answers, for another machine.")] = None,
    tls: Annotated[str, typer.Option(help="own-ca, files, proxy or off.")] = "",
    force_os: Annotated[bool, typer.Option("--force-os", help="Go on where nobody has tried it.")] = False,
) -> None:
    """Set the box up on this machine, as a service. Run again, it changes nothing."""
    options: Globals = context.obj
    with answering("install", options) as output:
        if not trial:
            set_up(output, options, called(options, answers, write_answers, tls, force_os=force_os))
            return
        made = make_first(options, title, port)
        moved = not made and move_to_port(options.data, port)
        box = Box.open(options.data)
        company = box.get(None)
        known = f"Already installed: it moved to port {port}." if moved else "Already installed: nothing was changed."
        output.say("The company is set up." if made else known)
        if sample and sample_added(options):
            output.say("Sample rows were added. Home offers to remove them.")
        with read_session(company.engines) as db:
            settled = has_admin(db)
        if not settled:
            link = new_link(company, company.address)
            output.data["link"] = link
            output.say(f"Open this once, within 24 hours, to become the administrator:\n  {link}")
        output.data |= {"company": company.name, "created": made}


def called(options: Globals, answers: Path | None, save: Path | None, tls: str, *, force_os: bool) -> Wish:
    """How the installer was called."""
    return Wish(answers, save, tls, options.no_input, options.yes, options.dry_run, force_os)


def sample_added(options: Globals) -> bool:
    with opened(options) as company:
        return put_sample(company)


def make_first(options: Globals, title: str, port: int | None) -> bool:
    """Make the first company; False when there is one."""
    if Box.open(options.data).companies:
        return False
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (options.data / FILE).exists():
        (options.data / FILE).write_text(TRIAL_CONFIG.format(port=port or DEFAULT_PORT), "utf-8")
    defaults = tuple(entry.id for entry in load_catalog().entries.values() if entry.manifest.default)
    profile = guess_profile(title)
    create_company(options.data, NewCompany(name="company", profile=profile, modules=defaults), order=0)
    return True


def move_to_port(data: Path, port: int | None) -> bool:
    """Serve a trial elsewhere, so that its links name the port; a file that someone edited stays as it is."""
    old = load_config(data).box.listen.rpartition(":")[2]
    path = data / FILE
    if port in (None, int(old)) or (path.exists() and path.read_text("utf-8") != TRIAL_CONFIG.format(port=old)):
        return False
    path.write_text(TRIAL_CONFIG.format(port=port), "utf-8")
    return True
