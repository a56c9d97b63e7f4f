"""Passwords that were stolen elsewhere and stand in a public list, which was built in: nothing is asked outside.

The file holds the sorted first five bytes of each one's SHA-256. One is looked up where it lies on disk; of passwords
that are in no list one of ten million is refused too.
"""

import hashlib
from mmap import ACCESS_READ, mmap

from boxportal.kernel.paths import assets_folder
from boxportal.sdk.logs import get_logger

FILE, MARK_BYTES = "breached.bin", 5
log = get_logger()


def is_breached(password: str) -> bool:
    """Whether a password stands in the list, in whatever case."""
    mark = hashlib.sha256(password.lower().encode()).digest()[:MARK_BYTES]
    try:
        with (assets_folder() / FILE).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as marks:
            return holds(marks, mark)
    except (FileNotFoundError, ValueError) as error:  # not built, or empty: people must be able to choose a password
        log.warning("the list of stolen passwords can't be read", why=str(error))
        return False


def holds(marks: mmap, mark: bytes) -> bool:
    """Look a mark up by halves."""
    low, high = 0, len(marks) // MARK_BYTES
    while low < high:
        middle = (low + high) // 2
        found = marks[middle * MARK_BYTES : (middle + 1) * MARK_BYTES]
        if found == mark:
            return True
        if found < mark:
            low = middle + 1
        else:
            high = middle
    return False
