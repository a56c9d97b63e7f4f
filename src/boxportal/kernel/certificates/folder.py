"""Where the box's certificates lie, and what is known of them without a library that reads certificates.

A certificate and its key are one file, so that no reader ever sees half of a pair; what it says stands in its first
line as explanatory text (RFC 7468, 5.2), so that a server need not parse it.
"""

import fcntl
import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from boxportal.kernel.durable import write_whole
from boxportal.sdk.errors import RuleBroken

NAME = "certificates"
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class Facts(BaseModel):
    """What a certificate says. `names` are the names and addresses it is for, or those that an authority may vouch for.

    `authority` is the SHA-256 fingerprint of the own authority that signed it, empty for a certificate from files.
    """

    model_config = ConfigDict(extra="ignore")
    names: list[str]
    begins: AwareDatetime
    ends: AwareDatetime
    fingerprint: str
    authority: str = ""
    issuer: str = ""


class State(BaseModel):
    """What was chosen: the authority in force and its successor, which certificate is served, and HSTS of each mode.

    `mode` replaces the one of boxportal.toml for as long as that says `over`. `source` is the certificate file that
    boxportal.toml names, with the time of its last change, as it was when it was last taken in. `told` is of which
    certificate (its fingerprint) administrators heard how many days before its end.
    """

    model_config = ConfigDict(extra="ignore")
    authority: str = ""
    successor: str = ""
    mode: str = ""
    over: str = ""
    hsts: dict[str, bool] = {}
    source: tuple[str, int] = ("", 0)
    told: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that can be served: its files, and the fingerprint (SHA-256) of the authority to be trusted."""

    cert: Path
    key: Path
    ca: Path
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder `certificates` among the box's settings."""

    settings: Path

    @property
    def root(self) -> Path:
        return self.settings / NAME

    @property
    def own(self) -> Path:
        """The box's certificate from its own authority, with its key."""
        return self.root / "own.pem"

    @property
    def given(self) -> Path:
        """The certificate that the administrator brought, with its chain and key."""
        return self.root / "given.pem"

    def served(self, mode: str) -> Path:
        return self.given if mode == "files" else self.own

    def authority(self, name: str) -> Path:
        """The folder of one authority: `ca.pem`, and `ca.key`, which is read to sign only."""
        return self.root / "authorities" / name

    def ca_file(self, name: str) -> Path:
        return self.authority(name) / "ca.pem"

    @property
    def state_file(self) -> Path:
        return self.root / "state.json"

    def state(self) -> State:
        """What was chosen; nothing yet where there is no file."""
        try:
            return State.model_validate_json(self.state_file.read_bytes())
        except (OSError, ValidationError):
            return State()

    def keep(self, state: State) -> None:
        write_whole(self.state_file, state.model_dump_json(indent=2) + "\n")

    def authorities(self) -> list[Path]:
        """The certificates of the authorities that devices should trust: the one in force, then its successor."""
        state = self.state()
        files = [self.ca_file(name) for name in (state.authority, state.successor) if name]
        return [file for file in files if file.exists()]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else change anything here meanwhile; makes the folder where there is none."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
            if os.geteuid() == 0:
                give_away(self.root)
        finally:
            os.close(descriptor)


def give_away(root: Path) -> None:
    """Let what root made belong to whom the folder belongs: the server has to read it."""
    owner = root.stat()
    for path in root.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def with_facts(facts: Facts, pem: str) -> str:
    """The text of a file: what it says, then what it is."""
    return f"{facts.model_dump_json()}\n{pem}"


def facts_of(file: Path) -> Facts | None:
    """What a certificate says; None where there is none that can be read."""
    try:
        with file.open(encoding="utf-8") as lines:
            return Facts.model_validate_json(lines.readline())
    except (OSError, ValueError):
        return None


def certificate_in(file: Path) -> str:
    """The first certificate of a file as PEM, without its key and what is said of it."""
    text = file.read_text("utf-8")
    return BEGIN + text.partition(BEGIN)[2].partition(END)[0] + END + "\n"


def der_of(pem: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem)


def fingerprint_of(der: bytes) -> str:
    """SHA-256 as browsers and systems show it: pairs of capital digits."""
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def read_pem(file: Path) -> str:
    """Raises: RuleBroken that names the file."""
    try:
        return file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleBroken(f"{file} can't be read: {error}") from error


def changed_at(file: Path) -> int:
    """When a file last changed; 0 where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
