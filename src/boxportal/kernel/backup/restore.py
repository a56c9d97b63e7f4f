"""Puts a company back from a backup: unpacked and checked aside, then swapped in by one rename."""

import ctypes
import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyrage import x25519
from sqlalchemy.engine import URL, make_url

from boxportal.kernel.backup.archive import header_of, unpack
from boxportal.kernel.backup.database import POSTGRES, SQLITE, check_sqlite, drop_database, load_postgres, make_database
from boxportal.kernel.backup.manifest import Manifest
from boxportal.kernel.backup.tables import migrate_all
from boxportal.kernel.backup.verify import require_rows
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import FILE, NAME, company_file_text, open_company, read_company_file
from boxportal.kernel.config import settings_folder
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.durable import sync, sync_tree
from boxportal.kernel.secrets import FILE as MASTER_KEY
from boxportal.kernel.state import distrust_door
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken

EXCHANGE = 2  # renameat2(2): RENAME_EXCHANGE
AT_FDCWD = -100
KEEP_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where that which was there before lies for a week.

    `secrets_open` is False where the box's master key is another than the one that the company's secrets (say the mail
    server's password) were sealed with: they must be entered again.
    """

    company: str
    manifest: Manifest
    before: Path | None
    secrets_open: bool


def restore_backup(
    path: Path,
    keys: Sequence[x25519.Identity],
    data: Path,
    actor: Actor,
    *,
    name: str | None = None,
    server: URL | None = None,
) -> Restored:
    """Put a company back. The caller holds the data folder, so that no server runs on it.

    `server` is where a database of Postgres is made: by default where the company's is now, or was.
    A failure at any point leaves what was there. Raises: NotFound, RuleBroken, StorageFull.
    """
    header = header_of(path)
    if header.kind == "box":
        raise RuleBroken(f"{path.name} is the archive of a box. Put it back: boxportal backup restore --box {path}")
    settle = partial(settle_master_key, data)
    prepared = prepare_company(path, keys, data, actor, name=name or header.company, server=server, settle=settle)
    before = swap(prepared.aside, prepared.live)
    drop_old(data / "companies")
    return Restored(prepared.name, prepared.manifest, before, prepared.secrets_open)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A company that is unpacked, checked and brought up to date beside its place, and waits to be swapped in."""

    name: str
    manifest: Manifest
    aside: Path
    live: Path
    made: URL | None
    secrets_open: bool

    def discard(self) -> None:
        """Leave nothing of it, but the database of a company that was swapped in when the restore broke off."""
        shutil.rmtree(self.aside, ignore_errors=True)
        if self.made is not None and not self.is_live(self.made):
            drop_database(self.made)

    def is_live(self, made: URL) -> bool:
        """Whether the live company uses the database. One whose file can't be read may."""
        try:
            return read_company_file(self.live / FILE).database == made.render_as_string(hide_password=False)
        except RuleBroken:
            return (self.live / FILE).exists()


def prepare_company(
    path: Path,
    keys: Sequence[x25519.Identity],
    data: Path,
    actor: Actor,
    *,
    name: str,
    server: URL | None,
    settle: Callable[..., bool],
) -> Prepared:
    """Do all of a restore but the last step. `settle` deals with the master key in the unpacked folder.

    Raises: NotFound, RuleBroken, StorageFull; then nothing of it is left.
    """
    if not NAME.match(name):
        raise RuleBroken(f"{name!r} can't be a company's name.")
    companies = data / "companies"
    companies.mkdir(parents=True, exist_ok=True, mode=0o700)
    live, aside = companies / name, companies / f".{name}.restored"
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(mode=0o700)
    made: URL | None = None
    try:
        manifest = unpack(path, keys, aside)
        secrets_open = settle(aside, same_name=name == manifest.header.company)
        made = set_up(aside, manifest, name, live, server)
        bring_forward(aside, actor, path.name)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        if made is not None:
            drop_database(made)
        raise
    return Prepared(name, manifest, aside, live, made, secrets_open)


def settle_master_key(data: Path, folder: Path, *, same_name: bool) -> bool:
    """Keep the backup's master key where the box has none; says whether the company's secrets can be opened here."""
    theirs, ours = folder / MASTER_KEY, settings_folder(data) / MASTER_KEY
    if not theirs.exists():
        return True
    key = theirs.read_bytes()
    if not ours.exists():
        theirs.rename(ours)
        ours.chmod(0o600)
        return same_name
    theirs.unlink()
    return same_name and ours.read_bytes() == key


def set_up(folder: Path, manifest: Manifest, name: str, live: Path, server: URL | None) -> URL | None:
    """Make the unpacked folder a company's folder; returns the database that was made on a server, if any.

    Raises: RuleBroken when the database in it is damaged, or of a newer version.
    """
    require_known(manifest)
    file = read_company_file(folder / FILE)
    now = read_company_file(live / FILE) if (live / FILE).exists() else file
    made: URL | None = None
    if manifest.header.database == "sqlite":
        check_sqlite(folder / SQLITE)
        require_rows(make_url(f"sqlite:///{folder / SQLITE}"), manifest)
        (folder / SQLITE).rename(folder / "company.db")
    else:
        beside = server or make_url(now.database if now.database != "sqlite" else file.database)
        made = make_database(beside, f"boxportal_{name.replace('-', '_')}_{secrets.token_hex(4)}")
        try:
            load_postgres(folder / POSTGRES, made)
            require_rows(made, manifest)
        except BaseException:
            drop_database(made)
            raise
        (folder / POSTGRES).unlink()
    for part in ("files", "secrets"):
        (folder / part).mkdir(exist_ok=True, mode=0o700)
    database = made.render_as_string(hide_password=False) if made is not None else "sqlite"
    text = company_file_text(name, hosts=file.hosts, database=database, order=now.order)
    (folder / FILE).write_text(text, "utf-8")
    return made


def require_known(manifest: Manifest) -> None:
    """Refuse what a newer program, or one with other modules, has written.

    Raises: RuleBroken.
    """
    from boxportal.kernel.database import migrate  # noqa: PLC0415 Alembic is loaded only where tables change

    known = migrate.known_revisions(load_catalog().branch_folders())
    unknown = [revision for revision in manifest.revisions if revision not in known]
    if unknown:
        raise RuleBroken(
            f"This backup was made by BoxPortal {manifest.header.program} and needs what is not installed here: "
            f"{', '.join(unknown)}. Install that version, or the module, first."
        )


def bring_forward(folder: Path, actor: Actor, name: str) -> None:
    """Bring an older backup's tables up to date, and write the audit line. The door must be tested anew."""
    company = open_company(folder)
    try:
        migrate_all(company, actor, "core.backup.restore", name)
        with write_session(company.engines) as db:
            distrust_door(db)
    finally:
        company.engines.dispose()


def swap(aside: Path, live: Path) -> Path | None:
    """Put the folder in place of the live one by one rename; returns where the former one lies now.

    The former one never lies under the name `aside`, which a restore that breaks off clears.
    """
    sync_tree(aside)
    before: Path | None = None
    if live.exists():
        before = live.parent / f".{live.name}.before-{utcnow():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        os.utime(live)  # from here on it is kept for a week
        aside.rename(before)
        try:
            exchange(before, live)
        except OSError:
            if before.exists():
                before.rename(aside)
            raise
    else:
        aside.rename(live)
    with suppress(OSError):  # it is in place: who only heard of a failure would not know what to undo
        sync(live.parent)
    return before


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step of the file system (renameat2, Linux 3.15)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), str(other))
    away = other.with_name(f".{other.name}.away")  # a file system without it: two renames, the old one stays findable
    other.rename(away)
    one.rename(other)
    away.rename(one)


def drop_old(companies: Path) -> None:
    """Remove what restores of more than a week ago put aside."""
    for path in companies.glob(".*.before-*"):
        if path.stat().st_mtime < time.time() - KEEP_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
