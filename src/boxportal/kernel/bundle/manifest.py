"""What a bundle says of itself. Like all files here that read bundles it needs nothing but Python."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass

FORMAT = 1
NAMES = re.compile(
    r"wheels/[A-Za-z0-9][A-Za-z0-9._+!-]{0,190}\.whl|installer(?:/[a-z0-9_]{1,40}){0,5}/[a-z0-9_]{1,40}\.(?:sh|py)"
)
VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){1,3}(?:(?:a|b|rc|\.dev|\.post)[0-9]+)?")
WORD = re.compile(r"[A-Za-z0-9._-]{1,60}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_FILES = 500
LARGEST_FILE, LARGEST_BUNDLE = 500 << 20, 2 << 30
LARGEST_MANIFEST = 1 << 20
TEXTS = ("version", "made_at", "python", "platform")
LISTS = ("extras", "heads")


class BadBundle(ValueError):
    """The file can't be used; the message says why. `fix` is the command that mends it, where there is one."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the bundle."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole of it: the program's version, for which machines it is, the heads of its migrations, every file."""

    version: str
    made_at: str
    python: str
    platform: str
    extras: tuple[str, ...]
    heads: tuple[str, ...]
    files: tuple[Entry, ...]

    def wheels(self) -> list[str]:
        return [entry.name for entry in self.files if entry.name.startswith("wheels/")]

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files)

    def text(self) -> bytes:
        """As it stands in the bundle."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode() + b"\n"


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest, and nothing but one.

    Raises: BadBundle.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise BadBundle("The bundle's manifest can't be read.") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadBundle("This bundle has a format that this version does not know.")
    if set(raw) != {"format", "files", *TEXTS, *LISTS}:
        raise BadBundle("The bundle's manifest lacks something, or holds what does not belong there.")
    if not all(isinstance(raw[name], str) and len(raw[name]) <= 60 for name in TEXTS):  # noqa: PLR2004 longer than any
        raise BadBundle("The bundle's manifest is not sound.")
    files = entries(raw["files"])
    if not VERSION.fullmatch(raw["version"]):
        raise BadBundle("The bundle's version can't be one.")
    return Manifest(
        **{name: raw[name] for name in TEXTS}, extras=words(raw["extras"]), heads=words(raw["heads"]), files=files
    )


def words(raw: object) -> tuple[str, ...]:
    """A list of plain words. Raises: BadBundle."""
    if not isinstance(raw, list) or not all(isinstance(word, str) and WORD.fullmatch(word) for word in raw):
        raise BadBundle("The bundle's manifest is not sound.")
    return tuple(raw)


def entries(raw: object) -> tuple[Entry, ...]:
    """The files that a manifest names: plain names, each once, of bounded size. Raises: BadBundle."""
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_FILES:
        raise BadBundle("The bundle's manifest names no files, or too many.")
    found = tuple(entry_of(item) for item in raw)
    if len({entry.name.lower() for entry in found}) != len(found):
        raise BadBundle("The bundle's manifest names a file twice.")
    if sum(entry.size for entry in found) > LARGEST_BUNDLE:
        raise BadBundle("The bundle says that it is larger than any can be.")
    return found


def entry_of(raw: object) -> Entry:
    if not isinstance(raw, dict) or set(raw) != {"name", "size", "sha256"}:
        raise BadBundle("The bundle's manifest is not sound.")
    name, size, sha256 = raw["name"], raw["size"], raw["sha256"]
    if not isinstance(name, str) or not NAMES.fullmatch(name):
        raise BadBundle("The bundle names a file that does not belong in one.")
    if type(size) is not int or not 0 <= size <= LARGEST_FILE:
        raise BadBundle(f"The bundle says that {name} has a size that can't be true.")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise BadBundle("The bundle's manifest is not sound.")
    return Entry(name, size, sha256)


def fingerprint(key: bytes) -> str:
    """What people compare of a key: the first half of its SHA-256, in groups of four."""
    digest = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))
