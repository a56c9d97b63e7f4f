"""What an upgrade needs of the machine: the service, how it answers, and releases that do things with the data."""

import http
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import override

from boxportal.kernel import own_server
from boxportal.kernel.bundle.keys import is_signed_by
from boxportal.kernel.bundle.release import Release, make_release
from boxportal.kernel.durable import write_whole
from boxportal.kernel.upgrade import child
from boxportal.kernel.upgrade.journal import RELEASE_HEADER, TOKEN_HEADER
from boxportal.kernel.upgrade.program import Program
from boxportal.sdk.errors import RuleBroken

SERVICE, SOCKET = "boxportal.service", "boxportal.socket"
SECONDS = 10
SYSTEMCTL_SECONDS = 180  # the unit itself gives a start hours: one that brings large tables up to date takes long
UNITS = Path("/etc/systemd/system")
PACKED = "venv/lib/python3*/site-packages/boxportal/_data/systemd/boxportal*"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: its status, 0 without an answer, and while it is examined which release it is."""

    status: int
    release: str = ""


class Machine(Protocol):
    """Where a box is installed."""

    @property
    def program(self) -> Program: ...

    @property
    def data(self) -> Path: ...

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:
        """Make a release folder out of a bundle. Raises: BadBundle."""

    def restart(self) -> None:
        """Start the service out of `current`, or start it anew. Raises: RuleBroken when it does not start."""

    def stop(self) -> None:
        """Stop the service. Raises: RuleBroken."""

    def use_units(self, release: Release) -> None:
        """Let the service be run as a release says. Raises: RuleBroken."""

    def fetch(self, path: str, token: str) -> Answer:
        """Ask the server for a page, as the examiner."""

    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        """Let a release do something with the data. Raises: RuleBroken."""

    def doctor(self, release: Release) -> list[str]:
        """The problems that a release finds."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A machine with releases, whatever runs the service."""

    program: Program
    data: Path

    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        return child.ask(release, self.data, verb, **given)

    def doctor(self, release: Release) -> list[str]:
        return child.doctor(release, self.data)

    def use_units(self, release: Release) -> None:
        """Where no systemd runs the service, there are no units."""

    def fetch(self, path: str, token: str) -> Answer:
        """Ask the box's own server, as the examiner."""
        answer = own_server.ask(self.data, path, seconds=SECONDS, headers={TOKEN_HEADER: token, "Accept": "text/html"})
        return Answer(answer.status or 0, answer.headers.get(RELEASE_HEADER, ""))


@dataclass(frozen=True, slots=True)
class Systemd(Installed):
    """A machine whose systemd runs the service."""

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:
        python = str(Path(sys.executable).resolve())  # the system's own, not that of this release
        return make_release(bundle, self.program.releases, python, trusted, is_signed_by)

    def restart(self) -> None:
        self._systemctl("reset-failed", SERVICE, must=False)  # however often another release failed to start
        self._systemctl("restart", SERVICE)  # which needs the socket, and so starts it too

    def stop(self) -> None:
        """With its socket, which would start the service again at the next visit."""
        self._systemctl("stop", *([SOCKET] if (UNITS / SOCKET).exists() else []), SERVICE)

    @override
    def use_units(self, release: Release) -> None:
        """Write the release's units in place of those that are installed; what the box says beside them stays."""
        changed = False
        for unit in release.folder.glob(PACKED):
            installed, text = UNITS / unit.name, unit.read_bytes()
            if installed.is_file() and installed.read_bytes() != text:
                write_whole(installed, text, mode=0o644)
                changed = True
        if changed:
            self._systemctl("daemon-reload")

    def _systemctl(self, verb: str, *units: str, must: bool = True) -> None:
        command = ["systemctl", verb, *units]
        try:
            done = subprocess.run(  # noqa: S603 arguments as a list
                command, capture_output=True, text=True, check=False, timeout=SYSTEMCTL_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            said = f"it did not end within {SYSTEMCTL_SECONDS} seconds."
            raise RuleBroken(f"systemctl {verb}: {said} Its log: journalctl -u {SERVICE}") from error
        if done.returncode and must:
            said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[0]
            raise RuleBroken(f"systemctl {verb}: {said} Its log: journalctl -u {SERVICE}")


@dataclass(frozen=True, slots=True)
class AtStart(Installed):
    """The machine when the service is about to start: it does not run, and is started when this is done."""

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:
        raise NotImplementedError

    @override
    def use_units(self, release: Release) -> None:
        """The units of the release that is put back; systemd reads them at once, and this start goes on as it began."""
        Systemd(self.program, self.data).use_units(release)

    def restart(self) -> None:
        """Nothing: systemd does, next."""

    def stop(self) -> None:
        """Nothing: it does not run."""

    @override
    def fetch(self, path: str, token: str) -> Answer:
        return Answer(http.HTTPStatus.OK)
