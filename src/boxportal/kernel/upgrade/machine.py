"""What an upgrade needs of the machine: the service that serves, and how it answers. Systemd is one; tests have others."""

import http.client
import ssl
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boxportal.kernel.bundle.keys import is_signed_by
from boxportal.kernel.bundle.release import Release, make_release
from boxportal.kernel.config import load_config
from boxportal.kernel.upgrade.program import Program
from boxportal.kernel.upgrade.standstill import RELEASE_HEADER, TOKEN_HEADER
from boxportal.sdk.errors import RuleBroken

SERVICE = "boxportal.service"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 what is listened on, and how to reach it
SECONDS = 10


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

    def fetch(self, path: str, token: str) -> Answer:
        """Ask the server for a page, as the examiner."""


@dataclass(frozen=True, slots=True)
class Systemd:
    """A machine whose systemd runs the service."""

    program: Program
    data: Path

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:
        python = str(Path(sys.executable).resolve())  # the system's own, not that of this release
        return make_release(bundle, self.program.releases, python, trusted, is_signed_by)

    def restart(self) -> None:
        self._systemctl("restart")

    def stop(self) -> None:
        self._systemctl("stop")

    def fetch(self, path: str, token: str) -> Answer:
        return fetch(self.data, path, token)

    def _systemctl(self, verb: str) -> None:
        command = ["systemctl", verb, SERVICE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 arguments as a list
        if done.returncode:
            said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[0]
            raise RuleBroken(f"systemctl {verb} {SERVICE}: {said} Its log: journalctl -u {SERVICE}")


@dataclass(frozen=True, slots=True)
class AtStart:
    """The machine when the service is about to start: it does not run, and is started when this is done."""

    program: Program
    data: Path

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:
        raise NotImplementedError

    def restart(self) -> None:
        """Nothing: systemd does, next."""

    def stop(self) -> None:
        """Nothing: it does not run."""

    def fetch(self, path: str, token: str) -> Answer:  # noqa: ARG002 nobody answers yet
        return Answer(http.HTTPStatus.OK)


def fetch(data: Path, path: str, token: str) -> Answer:
    """Ask the box's own server, at the address where it listens; it is this machine, so its certificate is as it is."""
    box = load_config(data)
    host, _, port = box.box.listen.rpartition(":")
    name = EVERYWHERE.get(host.strip("[]"), host.strip("[]"))
    connection = http.client.HTTPConnection(name, int(port), timeout=SECONDS)
    if box.tls.mode not in ("off", "proxy"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(name, int(port), timeout=SECONDS, context=context)
    try:
        connection.request("GET", path, headers={"Host": box.box.names[0], TOKEN_HEADER: token})
        answer = connection.getresponse()
        answer.read()
        return Answer(answer.status, answer.headers.get(RELEASE_HEADER, ""))
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()
