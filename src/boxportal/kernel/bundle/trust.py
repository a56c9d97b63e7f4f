"""The keys whose bundles a box takes: `bundle-keys` beside the releases, a line `ed25519 HEX` each.

Not among the settings: those the service may write, and whoever writes this file runs a program as root.
"""

from pathlib import Path

from boxportal.kernel.bundle.ed25519 import KEY
from boxportal.kernel.bundle.manifest import BadBundle

FILE = "bundle-keys"


def read_keys(path: Path) -> list[bytes]:
    """The keys in a file; none where there is no file.

    Raises: BadBundle when a line is no key.
    """
    if not path.exists():
        return []
    lines = [line.split("#", 1)[0].split() for line in path.read_text("utf-8").splitlines()]
    return [key_of(words, path) for words in lines if words]


def key_of(words: list[str], path: Path) -> bytes:
    try:
        kind, text = words
        key = bytes.fromhex(text)
    except ValueError as error:
        raise BadBundle(f"{path}: a line is no key. Each must read: ed25519 HEX") from error
    if kind != "ed25519" or len(key) != KEY:
        raise BadBundle(f"{path}: a line is no key. Each must read: ed25519 HEX")
    return key


def line_of(key: bytes) -> str:
    return f"ed25519 {key.hex()}\n"
