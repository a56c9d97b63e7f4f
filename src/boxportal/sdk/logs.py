"""Structured logs: structlog, without what it loads for colours where that happens to be installed.

It looks for rich (which the command line has) and greenlet and, finding them, keeps 6 MB in a server that writes JSON
lines. With rich it would also write the values of variables under an error, secrets included.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Make packages look as if they were not installed, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: importing it fails, says Python's manual
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with without("rich", "greenlet"):
    import structlog

get_logger = structlog.get_logger
__all__ = ["get_logger", "structlog"]
