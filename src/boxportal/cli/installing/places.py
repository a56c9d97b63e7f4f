"""Where the parts of an installed box lie."""

from dataclasses import dataclass
from pathlib import Path

USER = "boxportal"
UNITS = (
    "boxportal.service",
    "boxportal.socket",
    "boxportal-backup.service",
    "boxportal-backup.timer",
    "boxportal-check.service",
    "boxportal-check.timer",
)
STARTED = ("boxportal.socket", "boxportal.service", "boxportal-backup.timer", "boxportal-check.timer")
"""What is enabled and started; the rest is started by these."""


@dataclass(frozen=True, slots=True)
class Places:
    """Every path that the installer writes, under `root`: `/` but in tests.

    The journal lies with the program, where only root writes: what root reads back must not be the service's to change.
    """

    root: Path = Path("/")

    @property
    def program(self) -> Path:
        return self.root / "opt/boxportal"

    @property
    def current(self) -> Path:
        return self.program / "current"

    @property
    def journal(self) -> Path:
        return self.program / ".install.json"

    @property
    def settings(self) -> Path:
        return self.root / "etc/boxportal"

    @property
    def units(self) -> Path:
        return self.root / "etc/systemd/system"

    @property
    def command(self) -> Path:
        return self.root / "usr/local/bin/boxportal"

    @property
    def log(self) -> Path:
        return self.root / "var/log/boxportal/install.log"

    @property
    def backups(self) -> Path:
        return self.root / "var/backups/boxportal"

    @property
    def state(self) -> Path:
        return self.root / "var/lib/boxportal"

    @property
    def boxportal(self) -> Path:
        """The command of the release in force."""
        return self.current / "venv/bin/boxportal"

    def drop_in(self, unit: str) -> Path:
        """What this box alone says about a unit."""
        return self.units / f"{unit}.d" / "10-box.conf"
