"""What the box's own doctor says before an upgrade."""

import json
import subprocess
from pathlib import Path

from boxportal.kernel.bundle.release import Release
from boxportal.kernel.upgrade.child import environment, owner_of
from boxportal.sdk.errors import RuleBroken

SECONDS = 300


def require_health(release: Release, data: Path) -> None:
    """Raises: RuleBroken when the release has a doctor, and it finds a problem."""
    command = [str(release.python), "-m", "boxportal", "--data", str(data), "--json", "--no-input", "doctor"]
    done = subprocess.run(  # noqa: S603 a fixed program, arguments as a list
        command, capture_output=True, text=True, check=False, timeout=SECONDS, cwd="/", env=environment(),
        **owner_of(data),
    )  # fmt: skip
    problems = problems_in(done.stdout)
    if problems:
        raise RuleBroken(f"The doctor finds: {'; '.join(problems)}. See: boxportal doctor")


def problems_in(text: str) -> list[str]:
    """The problems that a doctor's document names; none where there is no such command."""
    try:
        checks = json.loads(text)["data"]["checks"]
    except (ValueError, KeyError, TypeError):
        return []
    return [str(found.get("text", found.get("name"))) for found in checks if found.get("state") == "problem"]
