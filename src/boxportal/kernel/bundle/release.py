"""Makes a release folder out of a bundle, with no network: `RELEASES/VERSION/{venv,manifest.json,release.json}`.

A virtual environment can't be moved, so it is made where it stays; `release.json` is written last of all, and a folder
without it counts for nothing.
"""

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.bundle.container import MANIFEST, SIGNATURE, Check, Head, opened, unpack
from boxportal.kernel.bundle.ed25519 import is_signed
from boxportal.kernel.bundle.manifest import BadBundle, Manifest

MARK = "release.json"
SECONDS = 1800
SPARE = 4  # installed, a wheel takes about three times its size, and the wheels lie beside it for a while


@dataclass(frozen=True, slots=True)
class Release:
    """An installed release."""

    version: str
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"


def find_release(folder: Path) -> Release | None:
    """The release in a folder; None when it is not whole."""
    try:
        version = json.loads((folder / MARK).read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Release(str(version), folder)


def make_release(
    bundle: Path, releases: Path, python: str, trusted: Collection[bytes] | None, check: Check = is_signed
) -> Release:
    """Install a bundle beside the other releases. The same bundle a second time changes nothing.

    Raises: BadBundle. Nothing is left then.
    """
    with opened(bundle, trusted, check) as (head, _):
        manifest = head.manifest
    require_fit(manifest, python)
    folder = releases / manifest.version
    there = find_release(folder)
    if there is not None and (folder / MANIFEST).read_bytes() == head.text:
        return there
    if there is not None:
        raise BadBundle(f"{manifest.version} is installed already, and this bundle holds another one of that number.")
    require_room(releases, manifest)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    try:
        fill(folder, bundle, head, python, check)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Release(manifest.version, folder)


def fill(folder: Path, bundle: Path, head: Head, python: str, check: Check) -> None:
    """Unpack, install, and set the mark."""
    unpacked = folder / "unpacked"
    unpacked.mkdir(mode=0o700)
    if unpack(bundle, unpacked, [head.key], check).text != head.text:
        raise BadBundle("The bundle changed while it was read.")
    install(head.manifest, unpacked, folder / "venv", python)
    shutil.rmtree(unpacked)
    (folder / MANIFEST).write_bytes(head.text)
    (folder / SIGNATURE).write_bytes(head.signature)
    os.sync()
    mark = folder / f".{MARK}"
    mark.write_text(json.dumps({"version": head.manifest.version, "key": head.key.hex()}) + "\n", "utf-8")
    mark.rename(folder / MARK)
    os.sync()
    for path in (folder / MANIFEST, folder / SIGNATURE, folder / MARK):
        path.chmod(0o644)


def install(manifest: Manifest, unpacked: Path, venv: Path, python: str) -> None:
    """Make the environment and put exactly the bundle's wheels into it, by the pip that lies among them."""
    wheels = {Path(name).name.partition("-")[0].lower(): unpacked / name for name in manifest.wheels()}
    pip = wheels.pop("pip", None)
    if pip is None or "boxportal" not in wheels:
        raise BadBundle("The bundle lacks the program or pip.")
    run([python, "-m", "venv", "--without-pip", str(venv)], "Python could not make an environment")
    options = ["--no-index", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--quiet",
               "--root-user-action=ignore", "--no-warn-script-location"]  # fmt: skip
    inside = str(venv / "bin" / "python")
    run([inside, str(pip / "pip"), "install", *options, *map(str, wheels.values())], "pip could not install")


def run(command: list[str], failed: str) -> None:
    """Run a command whose files all may be read by everybody. Raises: BadBundle with its last words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environment = kept | {"PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(  # noqa: S603 our own, arguments as a list
        command, capture_output=True, text=True, check=False, timeout=SECONDS, env=environment, umask=0o022,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise BadBundle(f"{failed}: {(done.stderr or done.stdout).strip()[-800:]}")


def require_fit(manifest: Manifest, python: str) -> None:
    """Raises: BadBundle when the bundle is for other machines than this one."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603 as above
    if done.stdout.strip() != manifest.python:
        here = done.stdout.strip() or "none"
        raise BadBundle(f"The bundle is for Python {manifest.python}; here is {here}. Make it with that one.")
    if manifest.platform != sysconfig.get_platform():
        raise BadBundle(f"The bundle is for {manifest.platform}; this machine is {sysconfig.get_platform()}.")


def require_room(releases: Path, manifest: Manifest) -> None:
    """Raises: BadBundle when the disk is too full for another release."""
    releases.mkdir(parents=True, exist_ok=True)
    needed = SPARE * manifest.size
    free = shutil.disk_usage(releases).free
    if free < needed:
        raise BadBundle(f"{releases} needs {needed >> 20} MB free for another release; there are {free >> 20} MB.")
