"""The key that signs bundles, on the machine that makes them; and what a box thinks of a bundle's key."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from boxportal.kernel.durable import write_whole
from boxportal.sdk.errors import NotFound, RuleBroken

WORD = "ed25519-secret"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs bundles. Whoever has it can make programs that boxes which trust it will run."""

    secret: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.secret.sign(message)


def default_key_file() -> Path:
    """Where the key of whoever makes bundles lies: in their own configuration folder."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "boxportal" / "bundle.key"


def make_key(path: Path) -> SigningKey:
    """Make a key and keep it, readable by its owner alone."""
    key = SigningKey(Ed25519PrivateKey.generate())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, f"{WORD} {key.secret.private_bytes_raw().hex()}\n")
    return key


def read_key(path: Path) -> SigningKey:
    """Read the key.

    Raises: NotFound, RuleBroken.
    """
    try:
        word, text = path.read_text("ascii").split()
        secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    except FileNotFoundError as error:
        raise NotFound("There is no key to sign bundles with. Make one: boxportal bundle key") from error
    except (OSError, ValueError) as error:
        raise RuleBroken(f"{path} holds no key that signs bundles.") from error
    if word != WORD:
        raise RuleBroken(f"{path} holds no key that signs bundles.")
    return SigningKey(secret)


def is_signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key has signed the message; by the library, where it is there."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
