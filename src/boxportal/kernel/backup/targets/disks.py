"""Whether a folder lies on another disk than the data."""

import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
IN_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})


def is_other_disk(folder: Path, data: Path) -> bool:
    """Whether the folder outlives the disk of the data: another file system, and not one in memory."""
    try:
        device = folder.stat().st_dev
        return device != data.stat().st_dev and kind_of(device) not in IN_MEMORY
    except OSError:
        return False


def kind_of(device: int) -> str:
    """The kind of the file system with this device number; empty where the system does not say."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in MOUNTS.read_text("utf-8").splitlines():
        words = line.split()
        if len(words) > 2 and words[2] == number and "-" in words:  # noqa: PLR2004 proc(5): the third is the device
            return words[words.index("-") + 1]
    return ""
