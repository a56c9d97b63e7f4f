"""Guards of the data: whether what is lost comes back."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from boxportal.kernel.backup.journal import read_journal
from boxportal.kernel.backup.manifest import LONGEST_HEADER, MAGIC
from boxportal.kernel.backup.names import files_in
from boxportal.kernel.backup.targets.changing import is_away
from boxportal.kernel.backup.targets.disks import is_other_disk
from boxportal.kernel.backup.targets.model import read_targets
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, good, note, red, unknown, weak
from boxportal.kernel.protection.words import ALWAYS, NEVER, NOTHING, PART, always_on, by_data
from boxportal.sdk.i18n import lazy as _l

AGE = b"age-encryption.org/"
FRESH, STALE = timedelta(hours=36), timedelta(days=7)
GIGABYTE = 1 << 30
LARGEST_CHECKED = 4 * GIGABYTE
LOW, FULL = 0.10, 0.03


def backups_of(facts: Facts) -> list[Path]:
    """The company's backups in the usual folder, the newest first."""
    return [facts.backups / one.file for one in files_in(facts.backups) if one.name == facts.company.name]


def check_age(facts: Facts) -> Finding:
    kept, command = backups_of(facts), "boxportal backup create"
    if not kept:
        age = facts.now - datetime.fromtimestamp((facts.company.folder / "secrets").stat().st_mtime, UTC)
        said = _l("There is no backup in %(folder)s yet.", folder=facts.backups)
        return weak(said, command=command) if age < FRESH else red(said, command=command)
    age = facts.now - datetime.fromtimestamp(kept[0].stat().st_mtime, UTC)
    said = _l("The newest backup is %(hours)s hours old: %(name)s", hours=int(age.total_seconds() // 3600),
              name=kept[0].name)  # fmt: skip
    if age > STALE:
        return red(said, command=command)
    return weak(said, command=command) if age > FRESH else good(said)


def check_encrypted(facts: Facts) -> Finding:
    """By the first bytes after the plain header of every backup that is kept."""
    kept = backups_of(facts)
    plain = [path.name for path in kept if not first_bytes(path).startswith(AGE)]
    if plain:
        return red(_l("Not encrypted: %(name)s", name=plain[0]))
    if not kept:
        return note(_l("There is no backup to look at yet."))
    return good(_l("All %(count)s backups are encrypted for the box and the recovery key.", count=len(kept)))


def first_bytes(path: Path) -> bytes:
    """What stands where a backup's sealed part begins: after a line of the format and one of what it says of itself."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return b""
        file.readline(LONGEST_HEADER)
        return file.read(len(AGE))


def check_other_disk(facts: Facts) -> Finding:
    """Whether a dead disk of the data leaves a fresh copy: in the usual folder, or at a target."""
    if not backups_of(facts):
        return note(_l("There is no backup to look at yet."))
    if is_other_disk(facts.backups, facts.data):
        return good(_l("Backups in %(folder)s lie on another disk than the data.", folder=facts.backups))
    journal = read_journal(facts.data)
    copied = {t.name: journal.last_copies(t.name)[0] for t in read_targets(facts.data) if is_away(t, facts.data)}
    fresh = [name for name, at in copied.items() if at is not None and facts.now - at < STALE]
    if fresh:
        return good(_l("Copies lie elsewhere too: %(names)s", names=", ".join(fresh)))
    if copied:
        return weak(_l("No copy was made elsewhere for a week: %(names)s", names=", ".join(copied)),
                    command="boxportal backup create")  # fmt: skip
    return weak(_l("Backups lie on the same disk as the data: a dead disk loses everything."),
                command="boxportal backup target add NAME WHERE")  # fmt: skip


def check_proven(facts: Facts) -> Finding:
    """By the journal of the runs, each of which restores what it made and compares."""
    kept, proven = backups_of(facts), read_journal(facts.data).proven
    if not kept:
        return note(_l("There is no backup to look at yet."))
    if kept[0].name in proven:
        return good(_l("The newest backup was restored aside and compared: %(name)s", name=kept[0].name))
    older = next((path for path in kept if path.name in proven), None)
    command = "boxportal backup create"
    if older is None:
        return red(_l("No backup was ever restored to see whether it can be: %(name)s", name=kept[0].name),
                   command=command)  # fmt: skip
    return weak(_l("The newest backup was not restored to see whether it can be; the last one was %(name)s",
                   name=older.name), command=command)  # fmt: skip


def check_whole(facts: Facts) -> Finding:
    """Let SQLite read its file through; Postgres looks after its own."""
    engines = facts.company.engines
    if not engines.is_sqlite:
        return note(_l("Postgres looks after its own files."))
    path = facts.company.folder / "company.db"
    if path.stat().st_size > LARGEST_CHECKED:
        return unknown(_l("The database is too large to be read through each day."))
    try:
        with engines.reader.connect() as connection:
            said = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
    except DatabaseError as error:
        said = str(error.orig)
    if said != "ok":
        return red(_l("The database is damaged: %(said)s", said=said[:100]), command="boxportal backup list")
    return good(_l("The database was read through, and every page of it is whole."))


def check_space(facts: Facts) -> Finding:
    usage = shutil.disk_usage(facts.data)
    share = usage.free / usage.total
    said = _l("%(free)s GB of %(total)s GB are free on the data's disk.", free=f"{usage.free / GIGABYTE:.1f}",
              total=f"{usage.total / GIGABYTE:.1f}")  # fmt: skip
    if share < FULL and usage.free < GIGABYTE:
        return red(said)
    return weak(said) if share < LOW and usage.free < 5 * GIGABYTE else good(said)


BACK = (
    Guard(
        id="backup-age",
        name=_l("Fresh backups"),
        question=Question.BACK,
        does=_l("Looks how old the newest backup is."),
        without=_l("The disk dies on Friday, and the last backup is from spring."),
        costs=_l("Some minutes a day, while people work."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=_l("Delete backups that you don't need."),
        check=check_age,
        advice=by_data,
        critical=True,
    ),
    Guard(
        id="backup-sealed",
        name=_l("Backups are encrypted"),
        question=Question.BACK,
        does=_l("A backup opens only with the box's key or the printed recovery key."),
        without=_l("Who finds the backup disk has all your clients."),
        costs=_l("Keep the recovery key in a safe place."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_encrypted,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="backup-elsewhere",
        name=_l("Backups on another disk"),
        question=Question.BACK,
        does=_l("Looks whether backups outlive the disk that the data lies on."),
        without=_l("One dead disk takes the data and all its backups."),
        costs=_l("A second disk, or a folder of another machine."),
        on_if=_l("There is anything to lose."),
        off_if=_l("It is a trial."),
        undo=_l("Choose another folder."),
        check=check_other_disk,
        advice=by_data,
        box=True,
    ),
    Guard(
        id="backup-proven",
        name=_l("Backups proven by restoring"),
        question=Question.BACK,
        does=_l("Each backup is restored aside and compared, row by row, as soon as it is made."),
        without=_l("On the day that you need it, the backup turns out to be half."),
        costs=_l("Some minutes a day, while people work."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_proven,
        advice=by_data,
        critical=True,
        always=True,
    ),
    Guard(
        id="database",
        name=_l("Database is whole"),
        question=Question.BACK,
        does=_l("Reads the database through and finds damaged places before they spread into every backup."),
        without=_l("A bad disk eats an old invoice, and the good backup is long gone."),
        costs=_l("Seconds a day."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_whole,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="space",
        name=_l("Room on the disk"),
        question=Question.BACK,
        does=_l("Looks whether the disk has room for work and backups."),
        without=_l("The disk is full, nothing can be saved, and no backup is made."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_space,
        advice=by_data,
        always=True,
        box=True,
    ),
)
