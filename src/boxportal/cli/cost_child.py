"""A fresh process that says how many bytes importing one module takes; started by `module cost --measure`."""

import gc
import resource
import sys
from pathlib import Path

from boxportal import app as _app  # noqa: F401 the program as a server has it
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.runtime import load_module


def resident() -> int:
    """The process's memory now, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def main() -> None:
    """Import what the module requires, then the module, and print the difference."""
    name = sys.argv[1]
    catalog = load_catalog()
    for required in catalog.in_order(catalog.requires(name)):
        load_module(required)
    before = resident()
    load_module(name)
    sys.stdout.write(f"{resident() - before}\n")


if __name__ == "__main__":
    main()
