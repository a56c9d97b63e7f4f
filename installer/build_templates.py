"""Compiles the templates of the pages into `src/boxportal/_templates`, for the Python that runs this.

A server that finds one compiled saves the time of doing so at its first use, and the memory that this leaves behind.

Usage: python installer/build_templates.py
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from jinja2 import Environment
from jinja2.bccache import Bucket

from boxportal.kernel.web.templates import ENDING, Built, new_environment

RESULT = "_templates"


class Filters(dict[str, Callable[..., object]]):
    """Any filter at all: what one does is not asked before the page is made."""

    def get(self, name: str, _default: object = None) -> Callable[..., object]:  # type: ignore[explicit-override]
        return super().get(name, str)


def compile_all(package: Path) -> int:
    """Compile the templates under `package` that changed; returns how many."""
    folder = package / RESULT
    folder.mkdir(exist_ok=True)
    built, environment = Built(folder), for_building()
    kept = {built.path_of(built.get_cache_key(name)) for name, _ in templates_of(package)}
    for stale in set(folder.glob(f"*{ENDING}")) - kept:
        stale.unlink()
    return sum(_compile(environment, built, name, path) for name, path in templates_of(package))


def for_building() -> Environment:
    environment = new_environment(optimized=False)  # nothing is reckoned beforehand: the filters are not there
    environment.filters = Filters(environment.filters)
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # from the extension
    return environment


def templates_of(package: Path) -> Iterator[tuple[str, Path]]:
    """Each template by the name that the program calls it."""
    for folder in sorted(package.rglob("templates")):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path


def _compile(environment: Environment, built: Built, name: str, path: Path) -> bool:
    source = path.read_text("utf-8")
    bucket: Bucket = built.get_bucket(environment, name, None, source)
    if bucket.code is not None:
        return False
    bucket.code = environment.compile(source, name, name)
    # Written aside and moved, so that a server that runs from the checkout never reads half a file.
    target = built.path_of(bucket.key)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    with aside.open("wb") as file:
        bucket.write_bytecode(file)
    aside.replace(target)
    return True


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    print(f"Compiled {compile_all(root / 'src' / 'boxportal')} templates.")
