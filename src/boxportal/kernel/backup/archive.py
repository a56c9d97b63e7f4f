"""The file format: a plain header, then, packed and sealed, a manifest and the files one after the other.

Inside is a plain `ustar` stream of regular files, written and read here: links, devices, long names and all else that
archives can hold do not exist in this format, so that a crafted one has nothing to work with.
"""

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pyrage import x25519

from boxportal.kernel.backup.manifest import LONGEST_HEADER, MAGIC, Entry, Header, Manifest, parse
from boxportal.kernel.backup.sealed import CHUNK, DAMAGED, opening, sealing
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken, StorageFull

BLOCK = 512
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 << 20
SPARE = 1.2  # free space that must be there, in sizes of what is unpacked
MOST_PACKED = 300  # a backup that says it unpacks to more than so many times its own size is a trap
SMALL = 64 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file that goes into a backup, as it was when the manifest was made."""

    entry: Entry
    path: Path


def hash_file(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def write_archive(
    target: BinaryIO, manifest: Manifest, sources: Sequence[Source], to: Sequence[x25519.Recipient]
) -> None:
    """Write the whole backup to a stream.

    Raises: RuleBroken when a file is not what the manifest says; StorageFull.
    """
    target.write(MAGIC + manifest.header.model_dump_json().encode() + b"\n")
    text = manifest.model_dump_json().encode()
    with sealing(target, to) as stream:
        stream.write(tar_header(MANIFEST, len(text)) + text + padding(len(text)))
        for source in sources:
            stream.write(tar_header(source.entry.name, source.entry.size))
            with source.path.open("rb") as file:
                copy_checked(file.read, stream.write, source.entry)
            stream.write(padding(source.entry.size))
        stream.write(bytes(2 * BLOCK))


def tar_header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    return bytes(-size % BLOCK)


def copy_checked(read: Callable[[int], bytes], write: Callable[[bytes], object], entry: Entry) -> None:
    """Copy exactly what the entry promises.

    Raises: RuleBroken when size or hash differ.
    """
    digest, left = hashlib.sha256(), entry.size
    while left:
        chunk = read(min(CHUNK, left))
        if not chunk:
            break
        digest.update(chunk)
        write(chunk)
        left -= len(chunk)
    if left or digest.hexdigest() != entry.sha256:
        raise RuleBroken(f"{entry.name} is damaged: it is not what its hash says.")


def read_header(file: BinaryIO) -> Header:
    """Read the plain header and leave the stream at the sealed part.

    Raises: RuleBroken when this is no backup.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise RuleBroken("This file is no BoxPortal backup, or of a format that this version does not know.")
    line = file.readline(LONGEST_HEADER)
    return parse(Header, line)


def header_of(path: Path) -> Header:
    """What a backup file says of itself without a key.

    Raises: NotFound, RuleBroken.
    """
    with open_file(path) as file:
        return read_header(file)


def open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise Invalid({"FILE": f"{path} can't be read: {error.strerror}"}) from error


def unpack(path: Path, keys: Sequence[x25519.Identity], folder: Path) -> Manifest:
    """Unpack a backup into an empty folder, checking every byte. Nothing is ever written outside the folder.

    Raises: NotFound, RuleBroken (damaged, changed, hostile, no key), StorageFull. What was unpacked then is worthless.
    """
    with open_file(path) as file:
        header = read_header(file)
        with opening(file, keys) as stream:
            reader = TarReader(stream)
            manifest = parse(Manifest, reader.small(MANIFEST))
            manifest.require_sound(header)
            require_room(path, manifest, folder)
            for entry in manifest.files:
                unpack_one(reader, entry, folder)
            reader.end()
    return manifest


def unpack_one(reader: "TarReader", entry: Entry, folder: Path) -> None:
    reader.start(entry.name, entry.size)
    target = folder / entry.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        target.chmod(0o600)
        copy_checked(reader.read, file.write, entry)
    reader.skip(-entry.size % BLOCK)


def require_room(path: Path, manifest: Manifest, folder: Path) -> None:
    """Refuse what can't be unpacked before anything is written.

    Raises: StorageFull, RuleBroken.
    """
    if manifest.size > MOST_PACKED * path.stat().st_size + SMALL:
        raise RuleBroken("This backup says that it unpacks to a size that can't be true. It was not used.")
    if manifest.size * SPARE > shutil.disk_usage(folder).free:
        raise StorageFull(f"There is no room to unpack {manifest.size} bytes in {folder}.")


class TarReader:
    """Reads regular files of expected names and sizes from a `ustar` stream, and refuses all else."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = self._stream.read(min(size, CHUNK))
            if not part:
                raise RuleBroken(DAMAGED)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        self.exactly(size)

    def start(self, name: str, size: int | None = None) -> int:
        """Read the next file's header, which must be the one that is written for this name and size."""
        block = self.exactly(BLOCK)
        try:
            found = int(block[124:135], 8) if block[124] < 128 else int.from_bytes(block[125:136], "big")  # noqa: PLR2004 base 256
        except ValueError as error:
            raise RuleBroken(DAMAGED) from error
        if block != tar_header(name, found) or (size is not None and found != size):
            raise RuleBroken(DAMAGED)
        return found

    def small(self, name: str) -> bytes:
        """Read a file into memory, if it is not too large for that."""
        size = self.start(name)
        if size > LARGEST_MANIFEST:
            raise RuleBroken(DAMAGED)
        text = self.exactly(size)
        self.skip(-size % BLOCK)
        return text

    def end(self) -> None:
        """See that nothing comes after the last file."""
        if self.exactly(2 * BLOCK) != bytes(2 * BLOCK) or self._stream.read(1):
            raise RuleBroken(DAMAGED)
