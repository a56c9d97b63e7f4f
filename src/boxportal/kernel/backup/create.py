"""Makes a backup of one company while people work."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.backup.archive import Source, hash_file, write_archive
from boxportal.kernel.backup.database import Copied, copy_database
from boxportal.kernel.backup.keys import recipients
from boxportal.kernel.backup.manifest import Entry, Header, Manifest
from boxportal.kernel.backup.names import free_name, stem_of
from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.companies import FILE, Company
from boxportal.kernel.config import settings_folder
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.durable import sync
from boxportal.kernel.secrets import FILE as MASTER_KEY
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import StorageFull

WORK = ".making-"
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    path: Path
    manifest: Manifest


def create_backup(company: Company, actor: Actor, to: Path | None = None) -> Made:
    """Write a complete backup; under its name it stands there whole or not at all.

    Raises: RuleBroken, StorageFull.
    """
    folder = to or default_folder(data_of(company))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with work_folder(folder) as work:
            copied = copy_database(company.engines, work)
            made = write_file(company, copied, work, folder)
    except OSError as error:
        raise StorageFull(f"The backup could not be written to {folder}: {error.strerror}") from error
    with write_session(company.engines) as db:
        write_line(db, actor, "core.backup.create", made.path.name)
    return made


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """A private folder for the plain copy of the database; what a crash left of earlier ones is removed."""
    for left in folder.glob(f"{WORK}*"):
        sweep(left)
    work, descriptor = held_folder(folder)
    try:
        yield work
    finally:
        os.close(descriptor)  # first: a network file system keeps the name of an open file
        shutil.rmtree(work, ignore_errors=True)


def held_folder(folder: Path) -> tuple[Path, int]:
    """A new work folder, and the descriptor that holds its lock; the system frees it however the process ends.

    The lock lies on a file in it, since NFS refuses an exclusive one on a folder.
    """
    while True:
        work = folder / f"{WORK}{secrets.token_hex(6)}"
        work.mkdir(mode=0o700)
        try:
            descriptor = os.open(work / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # another backup swept it before it could be held
        with suppress(OSError):  # a file system without locks: a backup is worth more than the sweeping
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if (work / LOCK).exists():
            return work, descriptor
        os.close(descriptor)


def sweep(left: Path) -> None:
    """Remove a work folder unless a running backup holds it."""
    try:
        descriptor = os.open(left / LOCK, os.O_RDWR)
    except OSError:  # none yet, or an older version's
        shutil.rmtree(left, ignore_errors=True)
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    except OSError:
        return  # held
    finally:
        os.close(descriptor)


def write_file(company: Company, copied: Copied, work: Path, folder: Path) -> Made:
    sources = [source_of(copied.path.name, copied.path), *company_files(company)]
    master = settings_folder(data_of(company)) / MASTER_KEY
    if master.exists():  # without it nothing that the company keeps sealed could be opened on another machine
        sources.append(source_of(MASTER_KEY, master))
    header = Header(
        program=program_version(),
        company=company.name,
        made_at=utcnow(),
        database="sqlite" if company.engines.is_sqlite else "postgresql",
    )
    manifest = Manifest(
        header=header,
        files=[source.entry for source in sources],
        rows=dict(copied.rows),
        revisions=list(copied.revisions),
        audit_lines=copied.audit_lines,
        audit_last=copied.audit_last,
    )
    return seal(manifest, sources, work, data_of(company), folder)


def seal(manifest: Manifest, sources: Sequence[Source], work: Path, data: Path, folder: Path) -> Made:
    """Write the file in the work folder, and give it its name once all of it has reached the disk."""
    temporary = work / "backup.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        write_archive(file, manifest, sources, recipients(data))
        file.flush()
        os.fsync(file.fileno())
    final = free_name(folder, stem_of(manifest.header.company, manifest.header.made_at))
    temporary.rename(final)
    sync(folder)
    return Made(final, manifest)


def company_files(company: Company) -> list[Source]:
    """What a company's folder holds besides the database: its settings, secrets and files."""
    found = [source_of(FILE, company.folder / FILE)]
    for part in ("secrets", "files"):
        for path in sorted((company.folder / part).rglob("*")):
            name = path.relative_to(company.folder).as_posix()
            if path.is_file() and not path.is_symlink() and not name.startswith("files/tmp/"):
                found.append(source_of(name, path))
    return found


def source_of(name: str, path: Path) -> Source:
    size, sha256 = hash_file(path)
    return Source(Entry(name=name, size=size, sha256=sha256), path)


def program_version() -> str:
    try:
        return version("boxportal")
    except PackageNotFoundError:
        return "0"
