"""How the process keeps its memory once it has started."""

import gc
import sys

from pydantic import BaseModel

# Cycles are rare and small here, and a page makes thousands of objects that are no garbage yet: look less often.
YOUNG, MIDDLE, OLD = 20_000, 10, 20


# What libraries load just in case, and get along without: pydantic's old models, which FastAPI asks for before it looks
# at the first route, and the watcher of files of uvicorn's reloader. 3 MB.
NEVER_USED = ("pydantic.v1", "watchfiles")


def load_less() -> None:
    """For a process that has just begun, before it imports the most: what is not used is not made.

    Models get their validators when they are first used (pydantic's `defer_build`): a portal has hundreds, for each
    form and each act of the API, and few of them are used in an hour.
    """
    BaseModel.model_config["defer_build"] = True
    for name in NEVER_USED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as Python's manual says: importing it fails


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
