"""Proves a backup by restoring it aside: every byte opened and hashed, the database checked, every row counted."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyrage import x25519
from sqlalchemy.engine import URL, make_url

from boxportal.kernel.backup.archive import unpack
from boxportal.kernel.backup.box_archive import require_settings
from boxportal.kernel.backup.create import create_backup, work_folder
from boxportal.kernel.backup.database import (
    POSTGRES,
    SQLITE,
    check_sqlite,
    drop_database,
    load_postgres,
    look_at,
    make_database,
)
from boxportal.kernel.backup.keys import box_key
from boxportal.kernel.backup.manifest import Manifest
from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.companies import Company
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven of a backup, step by step."""

    manifest: Manifest
    steps: tuple[str, ...]


def verify_backup(path: Path, keys: Sequence[x25519.Identity], work_in: Path, server: URL | None = None) -> Proof:
    """Restore into a scratch folder and compare; nothing of it stays.

    `server` is where a dump of Postgres is restored to, into a database of its own.
    Raises: NotFound, RuleBroken, StorageFull.
    """
    work_in.mkdir(parents=True, exist_ok=True, mode=0o700)
    with work_folder(work_in) as work:
        manifest = unpack(path, keys, work)
        steps = ["opened", "hashes"]
        if manifest.header.kind == "box":
            require_settings(work)
            steps += ["restored"]
        elif manifest.header.database == "sqlite":
            check_sqlite(work / SQLITE)
            require_rows(make_url(f"sqlite:///{work / SQLITE}"), manifest)
            steps += ["restored", "integrity", "rows"]
        elif server is not None:
            with scratch_database(server) as scratch:
                load_postgres(work / POSTGRES, scratch)
                require_rows(scratch, manifest)
            steps += ["restored", "rows"]
    return Proof(manifest, tuple(steps))


def proven_backup(company: Company, actor: Actor, to: Path | None = None) -> tuple[Path, Proof]:
    """Make a backup and prove it at once.

    Raises: RuleBroken, StorageFull.
    """
    data = data_of(company)
    made = create_backup(company, actor, to)
    server = None if company.engines.is_sqlite else company.engines.url
    return made.path, verify_backup(made.path, [box_key(data)], to or default_folder(data), server)


@contextmanager
def scratch_database(server: URL) -> Iterator[URL]:
    """An empty database that is dropped at the end."""
    url = make_database(server, f"bp_verify_{secrets.token_hex(6)}")
    try:
        yield url
    finally:
        drop_database(url)


def require_rows(url: URL, manifest: Manifest) -> None:
    """See that each table has the rows that it had when the backup was made.

    Raises: RuleBroken.
    """
    found = look_at(url, Path())
    differing = sorted(n for n in set(found.rows) | set(manifest.rows) if found.rows.get(n) != manifest.rows.get(n))
    if differing or list(found.revisions) != manifest.revisions or found.audit_last != manifest.audit_last:
        names = ", ".join(differing) or "the revision or the audit log"
        raise RuleBroken(f"The backup does not hold what its manifest says: {names}.")
