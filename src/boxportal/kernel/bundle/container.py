"""The file format: an uncompressed tar of `manifest.json`, `manifest.sig` and the files in the manifest's order.

Any `tar` unpacks it. Read here, each header must be the very one that is written for its name and size: links, devices,
long names, other owners and all else that archives can hold do not exist in this format.
"""

import hashlib
import tarfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from boxportal.kernel.bundle.ed25519 import is_signed
from boxportal.kernel.bundle.manifest import LARGEST_MANIFEST, BadBundle, Entry, Manifest, fingerprint, read_manifest

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
WORD = b"ed25519 "
SIGNATURE_SIZE = len(WORD) + 64 + 1 + 128 + 1  # the word, the key, the signature, a line's end
BLOCK, CHUNK = 512, 1 << 20
DAMAGED = "The bundle is damaged or was changed."
Check = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the files: the manifest, its bytes as they were signed, and the key that signed them."""

    manifest: Manifest
    text: bytes
    signature: bytes
    key: bytes


def tar_header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.GNU_FORMAT)


def signature_line(key: bytes, signature: bytes) -> bytes:
    return WORD + key.hex().encode() + b" " + signature.hex().encode() + b"\n"


def entry_for(name: str, path: Path) -> Entry:
    """A file as it is now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Entry(name, file.tell(), digest.hexdigest())


def write_bundle(target: BinaryIO, manifest: Manifest, line: bytes, folder: Path) -> None:
    """Write a bundle whose files lie in a folder under their names.

    Raises: BadBundle when a file is not what the manifest says.
    """
    head = ((MANIFEST, manifest.text()), (SIGNATURE, line))
    target.writelines(tar_header(name, len(text)) + text + bytes(-len(text) % BLOCK) for name, text in head)
    for entry in manifest.files:
        target.write(tar_header(entry.name, entry.size))
        with (folder / entry.name).open("rb") as file:
            copy_checked(file, target.write, entry)
        target.write(bytes(-entry.size % BLOCK))
    target.write(bytes(2 * BLOCK))


def copy_checked(source: BinaryIO, write: Callable[[bytes], object], entry: Entry) -> None:
    """Copy exactly what the entry promises. Raises: BadBundle."""
    digest, left = hashlib.sha256(), entry.size
    while left and (chunk := source.read(min(CHUNK, left))):
        digest.update(chunk)
        write(chunk)
        left -= len(chunk)
    if left or digest.hexdigest() != entry.sha256:
        raise BadBundle(f"{entry.name} in the bundle is damaged: it is not what its hash says.")


@contextmanager
def opened(path: Path, trusted: Collection[bytes] | None, check: Check = is_signed) -> Iterator[tuple[Head, BinaryIO]]:
    """Open a bundle as far as its head: the signature first. `trusted` are the keys that count; None lets any count.

    Raises: BadBundle.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadBundle(f"{path} can't be read: {error.strerror}.") from error
    with file:
        yield read_head(file, trusted, check), file


def read_head(file: BinaryIO, trusted: Collection[bytes] | None, check: Check) -> Head:
    text = small(file, MANIFEST)
    line = small(file, SIGNATURE)
    try:
        word, key_text, signature_text = line.decode("ascii").removesuffix("\n").split(" ")
        key, signature = bytes.fromhex(key_text), bytes.fromhex(signature_text)
    except ValueError as error:
        raise BadBundle(DAMAGED) from error
    if word != "ed25519" or line != signature_line(key, signature) or not check(key, text, signature):
        raise BadBundle("The bundle's signature is not right: it is damaged or was changed. It was not used.")
    if trusted is not None and key not in trusted:
        raise BadBundle(
            f"The bundle is signed with the key {fingerprint(key)}, which this box does not trust. Whoever made the "
            "bundle sees the fingerprint of theirs with: boxportal bundle key",
            "boxportal bundle trust FILE",
        )
    return Head(read_manifest(text), text, line, key)


def small(file: BinaryIO, name: str) -> bytes:
    """Read one of the first two files. Raises: BadBundle when this is no bundle."""
    block = file.read(BLOCK)
    try:
        size = int(block[124:135], 8)
    except ValueError as error:
        raise BadBundle("This file is no bundle of BoxPortal.") from error
    if size > LARGEST_MANIFEST or block != tar_header(name, size):
        raise BadBundle("This file is no bundle of BoxPortal.")
    text = file.read(size)
    if len(text) != size or file.read(-size % BLOCK) != bytes(-size % BLOCK):
        raise BadBundle(DAMAGED)
    return text


def each_file(file: BinaryIO, manifest: Manifest, take: Callable[[Entry], Callable[[bytes], object]]) -> None:
    """Go through all files; what `take` returns for each is given its bytes.

    Raises: BadBundle on the first byte that is not as it was when the bundle was made.
    """
    for entry in manifest.files:
        header = tar_header(entry.name, entry.size)  # of a long name it takes more than one block
        if file.read(len(header)) != header:
            raise BadBundle(DAMAGED)
        copy_checked(file, take(entry), entry)
        if file.read(-entry.size % BLOCK) != bytes(-entry.size % BLOCK):
            raise BadBundle(DAMAGED)
    if file.read(2 * BLOCK + 1) != bytes(2 * BLOCK):
        raise BadBundle(DAMAGED)


def verify(path: Path, trusted: Collection[bytes] | None, check: Check = is_signed) -> Head:
    """Check the signature and every byte of a bundle.

    Raises: BadBundle.
    """
    with opened(path, trusted, check) as (head, file):
        each_file(file, head.manifest, lambda _entry: nowhere)
    return head


def nowhere(_chunk: bytes) -> None:
    """Take bytes that are only hashed."""


def unpack(path: Path, folder: Path, trusted: Collection[bytes] | None, check: Check = is_signed) -> Head:
    """Unpack a bundle into an empty folder. When it raises, what was unpacked must not be used.

    Raises: BadBundle.
    """
    with opened(path, trusted, check) as (head, file):
        for entry in head.manifest.files:
            (folder / entry.name).parent.mkdir(parents=True, exist_ok=True)

        def into(entry: Entry) -> Callable[[bytes], object]:
            target = folder / entry.name

            def append(chunk: bytes) -> None:
                with target.open("ab") as out:
                    out.write(chunk)

            target.touch(exist_ok=False)
            return append

        each_file(file, head.manifest, into)
    return head
