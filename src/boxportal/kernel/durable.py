"""What must outlive a power cut reaches the disk."""

import os
import secrets
from pathlib import Path


def sync(path: Path) -> None:
    """Let a file's bytes, or the names that a folder holds, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Let everything in a folder reach the disk before the folder takes its place."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def write_whole(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a small file whole or not at all, so that it outlives a power cut.

    Raises: OSError; then the file is as it was.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(descriptor)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)
