"""How the process keeps its memory once it has started."""

import gc

# Cycles are rare and small here, and a page makes thousands of objects that are no garbage yet: look less often.
YOUNG, MIDDLE, OLD = 20_000, 10, 20


def look_less_often() -> None:
    """For a process that has just begun: what it imports makes many objects, and hardly any of it is garbage."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def settle() -> None:
    """Take what the start made out of the garbage collector's view: it stays for good, and is most of what there is.

    Otherwise every few pages pay for a walk over all classes, tables and templates.
    """
    gc.collect()
    gc.freeze()
    look_less_often()
