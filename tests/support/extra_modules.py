"""Two small modules in a package of their own, as someone else would ship them; no module of the product is needed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.web.render import environment

PACKAGES = Path(__file__).parent / "packages"


@contextmanager
def installed_extras() -> Iterator[None]:
    """Put the package on the path of this process and of those that it starts."""
    before = os.environ.get("PYTHONPATH")
    sys.path.append(str(PACKAGES))
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    forget()
    try:
        yield
    finally:
        sys.path.remove(str(PACKAGES))
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
        forget()


def forget() -> None:
    """Let the next look at the catalog read it anew."""
    load_catalog.cache_clear()
    environment.cache_clear()
