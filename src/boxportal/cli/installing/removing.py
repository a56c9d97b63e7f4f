"""Takes an installed box away: the program always, the data only with `--purge`."""

import contextlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from boxportal.cli.installing.answers import Answers
from boxportal.cli.installing.journal import Journal
from boxportal.cli.installing.places import STARTED, UNITS, USER, Places
from boxportal.cli.installing.refused import CONDITION, Refused
from boxportal.cli.installing.system import has_user, run, systemctl
from boxportal.cli.installing.talk import Talk
from boxportal.cli.installing.work import Work
from boxportal.kernel.backup.keys import RECOVERY


@dataclass(slots=True)
class Removal:
    """A box that is being taken away."""

    places: Places
    journal: Journal
    talk: Talk

    @property
    def answers(self) -> Answers:
        return Answers(self.journal.answers)

    @property
    def folders(self) -> tuple[Path, Path, Path]:
        """What is kept unless it shall be purged."""
        return self.places.settings, self.answers.data, self.answers.backups


def remove(removal: Removal, *, purge: bool, backup: bool) -> Path | None:
    """Take the box away; with `purge` its data, settings, backups and user too. Returns the folder of the last backups.

    Raises: Refused; what was removed by then is told.
    """
    last = last_backups(removal) if purge and backup else None
    stop(removal)
    if purge:
        purge_data(removal)
    shutil.rmtree(removal.places.program)
    removal.talk.say(" ✔ program removed")
    return last


def last_backups(removal: Removal) -> Path:
    """One more backup of every company, in a folder that outlives the purge.

    Raises: Refused when nobody could open it.
    """
    if not (removal.places.settings / RECOVERY).exists():
        raise Refused(
            CONDITION, "There is no recovery key: with the box's own key gone, nobody could open the last backup.",
            "  Do: boxportal backup key, or add --no-backup",
        )  # fmt: skip
    run = Work(removal.places, removal.answers, removal.journal, removal.talk).ours("backup", "run")["kept"]
    made = [Path(str(one["file"])) for one in run] if isinstance(run, list) else []
    kept = removal.places.backups.parent / f"boxportal-last-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    kept.mkdir(mode=0o700, parents=True)
    for file in made:
        shutil.move(removal.answers.backups / file.name, kept / file.name)
        shutil.chown(kept / file.name, "root", "root")
    removal.talk.say(f" ✔ last backup, proven, in {kept}: {', '.join(file.name for file in made)}")
    return kept


def stop(removal: Removal) -> None:
    """End the service and take its units and the command away."""
    places = removal.places
    there = [unit for unit in UNITS if (places.units / unit).exists()]
    if there:
        systemctl("disable", "--quiet", "--now", *(unit for unit in there if unit in STARTED))
        systemctl("stop", *there)
    for unit in UNITS:
        (places.units / unit).unlink(missing_ok=True)
        (places.root / f"var/lib/systemd/timers/stamp-{unit}").unlink(missing_ok=True)
        shutil.rmtree(places.drop_in(unit).parent, ignore_errors=True)
    systemctl("daemon-reload")
    if places.command.is_symlink():
        places.command.unlink()
    removal.talk.say(" ✔ service stopped and removed")


def purge_data(removal: Removal) -> None:
    """Remove what the box kept, and its user. Of a backup folder that was there before only the backups go."""
    settings, data, backups = removal.folders
    made = set(removal.journal.made)
    for folder in (settings, data):
        empty(folder)
    if str(backups) in made or backups == removal.places.backups:
        empty(backups)
    else:
        for file in backups.glob("*.bpb"):
            file.unlink()
    for path in sorted((Path(thing) for thing in made if thing.startswith("/")), key=lambda p: -len(p.parts)):
        if path not in (removal.places.program, removal.places.log.parent):
            with contextlib.suppress(OSError):  # it holds something of somebody else's
                path.rmdir()
    if has_user():
        run(["userdel", USER])
    removal.talk.say(" ✔ settings, data, backups and user removed")


def empty(folder: Path) -> None:
    """Remove a folder with everything in it; of one that a disk is mounted at, the contents."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
