"""Other places that get copies of the backups: what is known of each, kept where server and commands can write it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from boxportal.kernel.backup.journal import ensure_state_folder, state_folder
from boxportal.kernel.door import is_ip
from boxportal.kernel.durable import write_whole
from boxportal.kernel.secrets import Place, Vault, ensure_master_key, read_master_key
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _

FILE = "targets.json"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
SSH, HTTP, HTTPS = 22, 80, 443
MOST = 10
Kind = Literal["folder", "sftp", "s3"]


class Target(BaseModel):
    """A place for copies.

    `where` is a folder's whole path, `sftp://USER@HOST[:PORT]/PATH`, or `s3://HOST[:PORT]/BUCKET[/PREFIX]` (`s3+http://`
    without encryption, in the own network).
    `host_key` is the fingerprint that an SFTP server had at the first contact. `is_elsewhere` says that it was not on
    the disk of the data when it was added. `secret` is sealed with the box's master key.
    """

    model_config = ConfigDict(extra="ignore")
    name: str
    where: str
    key_id: str = ""
    region: str = ""
    host_key: str = ""
    is_elsewhere: bool = False
    secret: str = ""

    @property
    def kind(self) -> Kind:
        if self.where.startswith("/"):
            return "folder"
        return "sftp" if self.where.startswith("sftp:") else "s3"

    @property
    def is_plain(self) -> bool:
        return self.where.startswith("s3+http:")

    @property
    def host(self) -> str:
        return urlsplit(self.where).hostname or ""

    @property
    def port(self) -> int:
        usual = SSH if self.kind == "sftp" else HTTP if self.is_plain else HTTPS
        return urlsplit(self.where).port or usual

    @property
    def user(self) -> str:
        return unquote(urlsplit(self.where).username or "")

    @property
    def path(self) -> str:
        """The path on the server, without an end."""
        return unquote(urlsplit(self.where).path).rstrip("/")


class Targets(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="ignore")
    targets: list[Target] = []


class Remote(Protocol):
    """An open connection to a target. All raise DomainError with a sentence when something fails."""

    def files(self) -> dict[str, int]:
        """The backups that lie there by name, with their sizes."""

    def put(self, source: Path) -> None:
        """Copy a file there under its own name, and compare what then lies there: whole or not at all."""

    def remove(self, name: str) -> None:
        """Remove a file."""

    def close(self) -> None:
        """End the connection."""


def parse_target(name: str, where: str, *, key_id: str = "", region: str = "") -> Target:
    """Read what somebody typed.

    Raises: Invalid, field by field.
    """
    wrong: dict[str, object] = {}
    if not NAME.fullmatch(name):
        wrong["name"] = _("Use up to 31 lower-case letters, digits and hyphens.")
    target = Target(name=name, where=where.strip().rstrip("/"), key_id=key_id.strip(), region=region.strip())
    if error := wrong_place(target):
        wrong["where"] = error
    elif target.kind == "s3" and not target.key_id:
        wrong["key_id"] = _("An S3 store asks for the id of a key.")
    if wrong:
        raise Invalid(wrong)
    return target


def wrong_place(target: Target) -> str:
    """What is wrong with the place; empty when nothing is."""
    if target.where.startswith("/"):
        parts = Path(target.where).parts
        return "" if len(parts) > 1 and ".." not in parts else forms()
    try:
        said = urlsplit(target.where)
        _port = said.port
    except ValueError:
        return forms()
    if said.scheme not in ("sftp", "s3", "s3+http") or not said.hostname or said.password or said.query:
        return forms()
    if not (is_ip(said.hostname) or HOST.fullmatch(said.hostname)):
        return forms()
    is_whole = bool(said.username) if said.scheme == "sftp" else bool(target.path.strip("/"))
    return "" if is_whole else forms()


def forms() -> str:
    return _("This must be /a/folder, sftp://user@host/folder or s3://host/bucket.")


def read_targets(data: Path) -> list[Target]:
    """All targets; none where there is no file.

    Raises: RuleBroken when the file can't be read.
    """
    path = state_folder(data) / FILE
    try:
        return Targets.model_validate_json(path.read_bytes()).targets
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        said = _("%(file)s can't be read. Put it back, or remove it and add the targets anew.", file=path)
        raise RuleBroken(said) from error


def write_targets(data: Path, targets: Sequence[Target]) -> None:
    write_whole(ensure_state_folder(data) / FILE, Targets(targets=list(targets)).model_dump_json(indent=1) + "\n")


def target_named(data: Path, name: str) -> Target:
    """Raises: NotFound."""
    found = next((target for target in read_targets(data) if target.name == name), None)
    if found is None:
        raise NotFound(_("There is no target %(name)s.", name=name))
    return found


def forget_target(data: Path, name: str) -> Target:
    """Take a target out of the file; returns what it was. Raises: NotFound."""
    target = target_named(data, name)
    write_targets(data, [other for other in read_targets(data) if other.name != name])
    return target


def seal_secret(data: Path, name: str, secret: str) -> str:
    """Seal a password or key for this target; an empty one stays empty."""
    return Vault(ensure_master_key(data), FILE).seal(secret, place_of(name)) if secret else ""


def open_secret(data: Path, target: Target) -> str:
    """Raises: RuleBroken when it was sealed with another master key."""
    return Vault(read_master_key(data), FILE).open(target.secret, place_of(target.name)) if target.secret else ""


def place_of(name: str) -> Place:
    return Place("backup", "secret", name)
