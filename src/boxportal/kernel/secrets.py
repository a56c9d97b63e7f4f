"""Secrets at rest: sealed one by one with the box's master key, each bound to the place where it is kept."""

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.config import settings_folder
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _

FILE = "master.key"
KEY_BYTES, NONCE_BYTES, ID_BYTES = 32, 12, 4
MARK = "sealed1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept. A sealed text that is copied to another place can't be opened there."""

    table: str
    column: str
    row: str

    def bound_to(self, company: str) -> bytes:
        return f"{company}\x00{self.table}\x00{self.column}\x00{self.row}".encode()


class Vault:
    """Seals and opens one company's secrets (AES-256-GCM, NIST SP 800-38D, a random nonce for each).

    The sealed text is `sealed1.<key id>.<nonce and ciphertext>`, so that a key can be told from its successor.
    """

    def __init__(self, key: bytes, company: str) -> None:
        self._key = key
        self._company = company

    @property
    def key_id(self) -> str:
        return hashlib.sha256(b"key-id:" + self._key).hexdigest()[: 2 * ID_BYTES] if self._key else ""

    def seal(self, secret: str, place: Place) -> str:
        """Seal a secret for its place.

        Raises: RuleBroken when the box has no master key.
        """
        if not self._key:
            raise RuleBroken(_("The box has no %(file)s: secrets can't be kept.", file=FILE))
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 5 MB, only where secrets are

        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, secret.encode(), place.bound_to(self._company))
        return f"{MARK}.{self.key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Open what `seal` made for this place.

        Raises: RuleBroken when it was sealed with another key, for another place, or was changed.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 as in seal
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 as in seal

        mark, _dot, rest = sealed.partition(".")
        key_id, _dot, body = rest.partition(".")
        if mark != MARK or not self._key or key_id != self.key_id:
            raise RuleBroken(_("A secret was sealed with another %(file)s. Enter it again.", file=FILE))
        try:
            raw = base64.urlsafe_b64decode(body)
            return (
                AESGCM(self._key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.bound_to(self._company)).decode()
            )
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise RuleBroken(_("A secret can't be opened: it was changed or moved. Enter it again.")) from error


def read_master_key(data: Path) -> bytes:
    """The box's master key; empty when there is none.

    Raises: RuleBroken when the file holds no key.
    """
    path = settings_folder(data) / FILE
    if not path.exists():
        return b""
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise RuleBroken(f"{path} must hold {KEY_BYTES} bytes.")
    return key


def ensure_master_key(data: Path) -> bytes:
    """Read the master key, or make it (mode 0600); of two who make it at once the first one's stands."""
    path = settings_folder(data) / FILE
    if not path.exists():
        aside = path.with_name(f"{FILE}.{secrets.token_hex(4)}.tmp")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return read_master_key(data)
