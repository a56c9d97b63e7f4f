"""How the process keeps its memory once it has started."""

import gc
import sys
from typing import cast

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


def forget_world() -> None:
    """Let go of what Babel keeps of languages that it has no texts in, and of who speaks what: 1.6 MB.

    No page asks for it. What Babel has of each language that it can write in stays.
    """
    from babel.core import get_global  # noqa: PLC0415 most commands write no date
    from babel.localedata import locale_identifiers  # noqa: PLC0415 as above

    likely = cast("dict[str, str]", get_global("likely_subtags"))
    kept = {name: likely[name] for name in locale_identifiers() if name in likely}
    likely.clear()
    likely.update(kept)
    cast("dict[str, object]", get_global("territory_languages")).clear()


def settle() -> None:
    """Take what the start made out of the garbage collector's view: it stays for good, and is most of what there is.

    Otherwise every few pages pay for a walk over all classes, tables and templates.
    """
    forget_world()
    gc.collect()
    gc.freeze()
    look_less_often()
