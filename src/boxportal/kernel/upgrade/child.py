"""How one release lets another do something: a process of that release, as the owner of the data.

`boxportal.cli.upgrade_child` is what runs there. Its verbs, what they are given on standard input and what they answer
(one JSON document each) are a contract between versions: verbs are added, never changed.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from boxportal.kernel.bundle.release import Release
from boxportal.sdk.errors import RuleBroken

SECONDS = 6 * 3600
KEPT = ("BOXPORTAL_PROGRAM", "BOXPORTAL_SETTINGS", "LANG", "LC_ALL", "PATH", "TZ")


def ask(release: Release, data: Path, verb: str, **given: object) -> dict[str, Any]:
    """Let a release do something with the data.

    Raises: RuleBroken with the last line of what it said.
    """
    command = [str(release.python), "-m", "boxportal.cli.upgrade_child", verb, str(data)]
    done = subprocess.run(  # noqa: S603 a fixed program, arguments as a list
        command, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=SECONDS, cwd="/",
        env=environment(), **owner_of(data),
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else {}
    except ValueError:
        answer = {}
    if done.returncode or not isinstance(answer, dict):
        said = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        raise RuleBroken(said or (done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    return answer


def doctor(release: Release, data: Path) -> list[str]:
    """The problems that a release's doctor finds with the box; none where it has no doctor."""
    command = [str(release.python), "-m", "boxportal", "--data", str(data), "--json", "--no-input", "doctor"]
    done = subprocess.run(  # noqa: S603 a fixed program, arguments as a list
        command, capture_output=True, text=True, check=False, timeout=SECONDS, cwd="/", env=environment(),
        **owner_of(data),
    )  # fmt: skip
    try:
        checks = json.loads(done.stdout)["data"]["checks"]
    except (ValueError, KeyError, TypeError):
        return []
    return [f"{found['title']}: {found['said']}" for found in checks if found.get("state") == "problem"]


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def owner_of(data: Path) -> dict[str, Any]:
    """As whom to run what touches the data: as its owner, when root upgrades."""
    found = data.stat()
    if os.geteuid() != 0 or found.st_uid == 0:
        return {"umask": 0o077}
    return {"user": found.st_uid, "group": found.st_gid, "extra_groups": [], "umask": 0o077}
