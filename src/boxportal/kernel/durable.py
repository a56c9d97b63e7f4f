"""What must outlive a power cut reaches the disk."""

import os
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
