"""Content-addressed storage: a blob's name is the SHA-256 of its bytes; written once, never changed."""

import hashlib
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from boxportal.kernel.durable import sync
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

CHUNK = 256 * 1024
ORPHAN_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored content: its SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


def path_of(folder: Path, sha256: str) -> Path:
    """Where a blob lies under a company's files. The name comes from our own hash, never from a person."""
    return folder / "blobs" / sha256[:2] / sha256[2:]


def store(folder: Path, source: BinaryIO, *, limit: int) -> Blob:
    """Copy a stream into the store, durably: bytes synced, renamed into place, folder synced.

    Raises: Invalid when there is nothing, or more than `limit` bytes.
    """
    waiting = folder / "tmp"
    waiting.mkdir(parents=True, exist_ok=True)
    temporary = waiting / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        with temporary.open("xb") as target:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise Invalid({"file": _("The file is too large.")})
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        if size == 0:
            raise Invalid({"file": _("Choose a file that is not empty.")})
        final = path_of(folder, digest.hexdigest())
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(final)
        sync(final.parent)
        return Blob(digest.hexdigest(), size)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path, used: Iterable[str]) -> int:
    """Remove blobs that no row has used for a day, and left-over temporary files; returns how many."""
    kept, gone, old = set(used), 0, time.time() - ORPHAN_SECONDS
    for path in [*(folder / "blobs").glob("??/*"), *(folder / "tmp").glob("*")]:
        name = path.parent.name + path.name
        if name not in kept and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
