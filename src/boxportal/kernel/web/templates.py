"""How templates are compiled: by the build, for this Python, and by the server what the build did not see.

The build imports this file where little more than Jinja is installed.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, BytecodeCache, Environment, StrictUndefined
from jinja2.bccache import Bucket

ENDING = ".compiled"


class Built(BytecodeCache):
    """The folder of what the build compiled. It is only read: a template that changed since is compiled when used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # type: ignore[explicit-override]  # as `path_of`  # noqa: ARG002
        """The same wherever the program lies."""
        return sha256(name.encode()).hexdigest()[:40]

    def load_bytecode(self, bucket: Bucket) -> None:  # type: ignore[explicit-override]  # as `path_of`
        """Take what was compiled from this very source by this Python; Jinja compares both."""
        path = self.path_of(bucket.key)
        if path.exists():
            with path.open("rb") as file:
                bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:  # type: ignore[explicit-override]  # as `path_of`
        """Nothing: a server does not write into its program."""

    def path_of(self, key: str) -> Path:
        # (`typing_extensions` is not there where the build runs, and with it no `override`.)
        return self._folder / f"{key}{ENDING}"


def new_environment(loader: BaseLoader | None = None, built: Built | None = None, **more: Any) -> Environment:  # noqa: ANN401 what Jinja takes
    """An environment in the language of our templates."""
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a release's templates do not change; looking costs a stat each on every page
        cache_size=-1,
        bytecode_cache=built,
        **more,
    )
