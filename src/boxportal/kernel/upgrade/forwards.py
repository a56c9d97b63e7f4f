"""The steps of an upgrade, in the order in which they are done."""

import shutil
from pathlib import Path

from boxportal.kernel.bundle.container import verify
from boxportal.kernel.bundle.keys import is_signed_by
from boxportal.kernel.bundle.release import find_release
from boxportal.kernel.upgrade import service
from boxportal.kernel.upgrade.change import Change, Step, Steps
from boxportal.kernel.upgrade.data import require_no_loss
from boxportal.sdk.errors import RuleBroken

ROOM = 2  # free space that must be there, in sizes of the databases: a copy that is migrated, and a backup


def label(change: Change) -> str:
    """How the state from before the upgrade is called."""
    return f"before-{change.journal.wanted}"


def check(change: Change) -> None:
    """Nothing stands in the way: one server, room on the disk, a healthy box."""
    companies = change.companies
    if change.found.get("several"):
        raise RuleBroken("Several servers serve this box. Stop the others, and set nodes = false for the upgrade.")
    needed = ROOM * sum(int(company["bytes"]) for company in companies.values())
    free = shutil.disk_usage(change.machine.data).free
    if free < needed:
        raise RuleBroken(f"{change.machine.data} needs {needed >> 20} MB free; there are {free >> 20} MB.")
    problems = change.machine.doctor(change.former)
    if problems:
        raise RuleBroken(f"The doctor finds: {'; '.join(problems)}. See: boxportal doctor")


def verify_bundle(change: Change) -> None:
    verify(bundle_of(change), change.trusted, is_signed_by)


def unpack(change: Change) -> None:
    folder = change.machine.program.releases / change.journal.wanted
    change.note(made_release=find_release(folder) is None)
    change.machine.install(bundle_of(change), change.trusted)


def unpack_undo(change: Change) -> None:
    if change.journal.made_release:
        remove_release(change.machine.program.releases / change.journal.wanted)


def bundle_of(change: Change) -> Path:
    if change.bundle is None:
        raise RuleBroken("This step needs the bundle.")
    return change.bundle


def load(change: Change) -> None:
    """Import the server and all modules that are on, in the new release."""
    modules = {module for company in change.companies.values() for module in company["modules"]}
    revisions = {revision for company in change.companies.values() for revision in company["revisions"]}
    loaded = change.ask(change.wanted, "load", modules=sorted(modules), revisions=sorted(revisions))
    change.note(pages=[str(page) for page in loaded.get("pages", [])])


def rehearse(change: Change) -> None:
    """Migrate a copy of each database, with the new release; see that it loses no row, and how long it takes."""
    for name in change.names:
        change.say("rehearse", f"Rehearsing on a copy of {name}")
        copy = change.ask(change.former, "scratch", company=name)
        try:
            done = change.ask(change.wanted, "migrate", url=copy["url"], former=change.journal.former)
            require_no_loss(copy["rows"], done["rows"])
        finally:
            change.ask(change.former, "drop_scratch", company=name, url=copy["url"])
        change.say("rehearse", f"{name} takes {float(done['seconds']):.1f} s")


def back_up(change: Change) -> None:
    """Back each company up and prove it. States of an earlier try to come to this version are forgotten."""
    for name in change.names:
        change.say("backup", f"Backing {name} up, and proving it")
        made = change.ask(change.former, "backup", company=name)
        change.say("backup", str(made["file"]))
    change.ask(change.former, "forget", label=label(change))


def migrate(change: Change) -> None:
    """Migrate every company; only when all went well does a migrated copy take a database's place."""
    rows: dict[str, dict[str, int]] = {}
    for name in change.names:
        copy = change.ask(change.former, "begin", company=name, label=label(change))
        done = change.ask(change.wanted, "migrate", url=copy["url"], former=change.journal.former)
        require_no_loss(copy["rows"], done["rows"])
        rows[name] = {table: int(number) for table, number in done["rows"].items()}
    change.note(rows=rows)
    for name in change.names:
        change.ask(change.former, "take", company=name)


def migrate_undo(change: Change) -> None:
    for name in change.names:
        change.ask(change.former, "put_back", company=name, label=label(change))
    change.ask(change.former, "forget", label=label(change))


def keep(change: Change) -> None:
    """Keep this release and the former one, and the state from before for the way back."""
    kept = {change.journal.former, change.journal.wanted}
    for folder in change.machine.program.releases.iterdir():
        if folder.name not in kept:
            remove_release(folder)
    change.ask(change.wanted, "forget_others", label=label(change))
    change.note(step="")


def remove_release(folder: Path) -> None:
    """Remove a release; its mark first, so that what is left of it counts for nothing."""
    if folder.is_dir() and not folder.is_symlink():
        (folder / "release.json").unlink(missing_ok=True)
        shutil.rmtree(folder)


UPGRADE: Steps = (
    Step("check", "Looking whether anything stands in the way", "preparing", check),
    Step("verify", "Checking the bundle", "preparing", verify_bundle),
    Step("unpack", "Installing the new release beside the old one", "preparing", unpack, unpack_undo),
    Step("load", "Loading every module in the new release", "preparing", load),
    Step("rehearse", "Rehearsing the migration on a copy", "preparing", rehearse),
    Step("backup", "Making a backup and proving it", "preparing", back_up),
    Step("stop", "Letting people wait", "resting", service.rest, service.serve_again),
    Step("migrate", "Bringing the tables up to date", "resting", migrate, migrate_undo),
    Step("switch", "Switching to the new release", "resting", service.switch, service.switch_back),
    Step("start", "Starting the new release", "trying", service.start, service.stop),
    Step("health", "Examining it before people are let in", "trying", service.examine),
    Step("keep", "Tidying up", "done", keep),
)
PREPARING: Steps = UPGRADE[:2]  # what changes nothing at all
