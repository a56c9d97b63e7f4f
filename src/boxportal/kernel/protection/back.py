"""Guards of the data: whether what is lost comes back."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

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
    try:
        found = [path for path in facts.backups.glob(f"{facts.company.name}-*.bpb") if path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []


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
    """By the first bytes of every backup that is kept."""
    kept = backups_of(facts)
    plain = [path.name for path in kept if not first_bytes(path).startswith(AGE)]
    if plain:
        return red(_l("Not encrypted: %(name)s", name=plain[0]))
    if not kept:
        return note(_l("There is no backup to look at yet."))
    return good(_l("All %(count)s backups are encrypted for the box and the recovery key.", count=len(kept)))


def first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(AGE))


def check_other_disk(facts: Facts) -> Finding:
    if not facts.backups.exists():
        return note(_l("There is no backup to look at yet."))
    if facts.backups.stat().st_dev == facts.data.stat().st_dev:
        return weak(_l("Backups lie on the same disk as the data: a dead disk loses everything."),
                    command="boxportal backup create --to FOLDER")  # fmt: skip
    return good(_l("Backups in %(folder)s lie on another disk than the data.", folder=facts.backups))


def check_whole(facts: Facts) -> Finding:
    """Let SQLite read its file through; Postgres looks after its own."""
    engines = facts.company.engines
    if not engines.is_sqlite:
        return note(_l("Postgres looks after its own files."))
    path = facts.company.folder / "company.db"
    if path.stat().st_size > LARGEST_CHECKED:
        return unknown(_l("The database is too large to be read through each day."))
    with engines.reader.connect() as connection:
        said = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
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
