"""Makes a bundle out of a checkout, on a machine that reaches a package index."""

import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.bundle.container import entry_for, signature_line, write_bundle
from boxportal.kernel.bundle.keys import SigningKey
from boxportal.kernel.bundle.manifest import BadBundle, Manifest
from boxportal.kernel.database.pending import steps_in
from boxportal.kernel.durable import sync
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken

EXTRAS = ("ldap", "pdf", "postgres", "sso", "targets")
LOCK = "installer/requirements.lock"
FOR_CHECKOUTS = frozenset({"lock.sh", "test.sh", "trial.sh"})
# What reads a bundle where nothing but Python is there yet.
READERS = (
    "__init__.py", "kernel/__init__.py", "kernel/bundle/__init__.py", "kernel/bundle/__main__.py",
    "kernel/bundle/container.py", "kernel/bundle/ed25519.py", "kernel/bundle/manifest.py", "kernel/bundle/release.py",
    "kernel/bundle/trust.py",
)  # fmt: skip
SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Made:
    """A finished bundle."""

    path: Path
    manifest: Manifest


def find_source(given: Path | None) -> Path:
    """The checkout to bundle: the one that was named, or the one that this program runs in.

    Raises: RuleBroken.
    """
    source = (given or Path(__file__).resolve().parents[4]).absolute()
    if not (source / "pyproject.toml").exists() or not (source / LOCK).exists():
        raise RuleBroken(f"{source} is no checkout of BoxPortal. Name one: boxportal bundle create --source CHECKOUT")
    return source


def create_bundle(source: Path, to: Path | None, key: SigningKey, extras: Sequence[str]) -> Made:
    """Gather the wheels and write the bundle; under its name it stands there whole or not at all.

    Raises: RuleBroken with pip's words.
    """
    beside = to.absolute().parent if to else Path.cwd()
    with tempfile.TemporaryDirectory(prefix=".making-", dir=beside) as name:
        work = Path(name)
        gather_wheels(source, work / "wheels", extras)
        gather_installer(source, work / "installer")
        manifest = manifest_of(source, work, extras)
        final = to.absolute() if to else beside / file_name(manifest)
        temporary = work / "bundle"
        try:
            with temporary.open("xb") as file:
                write_bundle(file, manifest, signature_line(key.public, key.sign(manifest.text())), work)
        except BadBundle as error:
            raise RuleBroken(str(error)) from error
        sync(temporary)
        temporary.replace(final)
        sync(beside)
    return Made(final, manifest)


def gather_wheels(source: Path, folder: Path, extras: Sequence[str]) -> None:
    """The program's own wheel, all that it needs in the versions of the lock, and pip."""
    wanted = f"{source}[{','.join(extras)}]" if extras else str(source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
               "--wheel-dir", str(folder), "--constraint", str(source / LOCK), wanted, "pip"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603 our own
    if done.returncode:
        raise RuleBroken(f"pip could not gather the wheels: {done.stderr.strip()[-800:]}")


def gather_installer(source: Path, folder: Path) -> None:
    """The scripts that install, and what they read bundles with."""
    for script in sorted((source / "installer").rglob("*.sh")):
        if script.name not in FOR_CHECKOUTS:
            copy(script, folder / script.relative_to(source / "installer"))
    for name in READERS:
        copy(source / "src" / "boxportal" / name, folder / "lib" / "boxportal" / name)


def copy(one: Path, other: Path) -> None:
    other.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(one, other)


def manifest_of(source: Path, work: Path, extras: Sequence[str]) -> Manifest:
    """What is in the folder, hashed."""
    names = sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
    names.sort(key=lambda name: not name.startswith("installer/"))  # so that they unpack first
    entries = [entry_for(name, work / name) for name in names]
    (own,) = (work / "wheels").glob("boxportal-*.whl")
    return Manifest(
        version=own.name.split("-")[1],
        made_at=utcnow().isoformat(timespec="seconds"),
        python=".".join(platform.python_version_tuple()[:2]),
        platform=sysconfig.get_platform(),
        extras=tuple(extras),
        heads=heads_of(source / "migrations"),
        files=tuple(entries),
    )


def heads_of(migrations: Path) -> tuple[str, ...]:
    """The last migration of each branch."""
    steps = steps_in({folder.name: folder for folder in sorted(migrations.iterdir()) if folder.is_dir()})
    below = {(step.branch, other) for step in steps.values() for other in step.stands_on}
    return tuple(sorted(revision for revision, step in steps.items() if (step.branch, revision) not in below))


def file_name(manifest: Manifest) -> str:
    return f"boxportal-{manifest.version}-py{manifest.python}-{manifest.platform}.bundle"
