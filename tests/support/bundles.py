"""Small bundles: signed as real ones are, with wheels that hold next to nothing."""

import platform
import sysconfig
from dataclasses import replace
from pathlib import Path

from boxportal.kernel.bundle.container import entry_for, signature_line, write_bundle
from boxportal.kernel.bundle.keys import SigningKey
from boxportal.kernel.bundle.manifest import Manifest

FILES = {
    "installer/install.sh": b"echo installed\n",
    "wheels/boxportal-1.2.3-py3-none-any.whl": b"program" * 300,
    "wheels/pip-26.1-py3-none-any.whl": b"",
    f"wheels/long-1.0-{'x' * 120}.whl": b"name",
}


def manifest_of(folder: Path, version: str = "1.2.3") -> Manifest:
    """Put the files into a folder, and say what they are."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Manifest(
        version=version,
        made_at="2026-11-25T12:00:00+00:00",
        python=".".join(platform.python_version_tuple()[:2]),
        platform=sysconfig.get_platform(),
        extras=("pdf",),
        heads=("core_0008",),
        files=tuple(entry_for(name, folder / name) for name in FILES),
    )


def write_to(path: Path, folder: Path, manifest: Manifest, key: SigningKey) -> Path:
    with path.open("wb") as file:
        write_bundle(file, manifest, signature_line(key.public, key.sign(manifest.text())), folder)
    return path


def with_first(manifest: Manifest, **changes: object) -> Manifest:
    """The manifest with something changed of what it says of its first file."""
    return replace(manifest, files=(replace(manifest.files[0], **changes), *manifest.files[1:]))  # type: ignore[arg-type]
