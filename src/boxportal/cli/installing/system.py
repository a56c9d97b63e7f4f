"""What the installer asks of the system: users, rights, services, and the program's own commands run as its user."""

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from boxportal.cli.installing.places import USER
from boxportal.cli.installing.refused import Refused

FAILED = 1
SECONDS = 900


def run(command: Sequence[str | Path], *, stdin: str = "", as_user: bool = False) -> str:
    """Run a command and return what it printed; `as_user`: with the rights of the service, and of nobody else.

    Raises: Refused with its last words.
    """
    who = {"user": USER, "group": USER, "extra_groups": ()} if as_user else {}
    environment = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    environment |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(  # noqa: S603 commands of this file's callers
        [str(word) for word in command], input=stdin, capture_output=True, text=True, check=False, cwd="/",
        env=environment, timeout=SECONDS, umask=0o027, **who,  # type: ignore[call-overload] # typeshed wants them one by one
    )  # fmt: skip
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-12:]
        raise Refused(FAILED, f"{' '.join(map(str, command[:4]))} failed:", *words)
    return str(done.stdout)


def answer_of(text: str) -> dict[str, object]:
    """The data of a command of ours that was run with --json."""
    data = json.loads(text)["data"]
    return data if isinstance(data, dict) else {}


def has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def make_user(home: Path) -> None:
    """Make the system's user that owns the data and nothing else, and can't sign in.

    Raises: Refused.
    """
    run(["useradd", "--system", "--user-group", "--home-dir", home, "--no-create-home",
         "--shell", "/usr/sbin/nologin", "--comment", "BoxPortal", USER])  # fmt: skip


def missing_folders(path: Path) -> list[Path]:
    """The folder and those above it that are not there, the outermost first."""
    return [folder for folder in (*reversed(path.parents), path) if not folder.exists()]


def give(path: Path, mode: int) -> None:
    """Let a path belong to the service."""
    shutil.chown(path, USER, USER)
    path.chmod(mode)


def systemctl(*words: str) -> str:
    """Raises: Refused."""
    return run(["systemctl", *words])


def memory_of_service() -> int:
    """The bytes of memory that the service's processes use together; 0 where the system does not say."""
    said = run(["systemctl", "show", "boxportal.service", "--property=MemoryCurrent", "--value"]).strip()
    return int(said) if said.isdecimal() and int(said) < 1 << 62 else 0
