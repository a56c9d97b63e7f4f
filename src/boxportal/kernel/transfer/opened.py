"""Reads an exported company, believing nothing: names, sizes and hashes must be what the manifest says."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.files.blobs import CHUNK
from boxportal.kernel.transfer.manifest import (
    LARGEST,
    NAME,
    README,
    ExportManifest,
    FileEntry,
    TableEntry,
    parse,
    table_file,
)
from boxportal.sdk.errors import NotFound, RuleBroken, StorageFull

LONGEST_LINE = 64 << 20
SPARE = 1.5  # free space that must be there, in sizes of what is unpacked


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is open, and its manifest."""

    manifest: ExportManifest
    archive: zipfile.ZipFile

    def lines(self, name: str) -> Iterator[dict[str, object]]:
        """The rows of one table, checked to the last byte at its end.

        Raises: RuleBroken.
        """
        entry = self.manifest.tables[name]
        digest, left, rows = hashlib.sha256(), entry.size, 0
        with self.archive.open(table_file(name)) as file:
            while line := file.readline(LONGEST_LINE):
                digest.update(line)
                left, rows = left - len(line), rows + 1
                if left < 0:
                    break
                yield row_in(line, name)
        require_same(name, entry, left, digest.hexdigest(), rows=rows)

    def unpack(self, entry: FileEntry, folder: Path) -> None:
        """Write one file into the company's folder.

        Raises: RuleBroken.
        """
        target = folder / entry.name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, left = hashlib.sha256(), entry.size
        with self.archive.open(entry.name) as source, target.open("xb") as file:
            target.chmod(0o600)
            while left >= 0 and (chunk := source.read(CHUNK)):
                left -= len(chunk)
                digest.update(chunk)
                file.write(chunk)
        require_same(entry.name, entry, left, digest.hexdigest())


def row_in(line: bytes, table: str) -> dict[str, object]:
    """Raises: RuleBroken."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise RuleBroken(f"A line of {table} is no JSON.") from error
    if not isinstance(row, dict):
        raise RuleBroken(f"A line of {table} is no row.")
    return row


def require_same(name: str, entry: TableEntry | FileEntry, left: int, digest: str, *, rows: int | None = None) -> None:
    """Raises: RuleBroken."""
    counted = isinstance(entry, FileEntry) or rows == entry.rows
    if left or digest != entry.sha256 or not counted:
        raise RuleBroken(f"{name} was changed or damaged: it is not what the manifest says. Nothing was imported.")


@contextmanager
def opened_export(path: Path) -> Iterator[Export]:
    """Open an export and check that it holds what its manifest names, and nothing else.

    Raises: NotFound, RuleBroken.
    """
    if not path.exists():
        raise NotFound(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield Export(sound_manifest(archive), archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise RuleBroken(f"{path} is damaged, or no export of a company: {error}") from error


def sound_manifest(archive: zipfile.ZipFile) -> ExportManifest:
    names = archive.namelist()
    if NAME not in names or archive.getinfo(NAME).file_size > LARGEST:
        raise RuleBroken("This is no export of a company that this version can read.")
    manifest = parse(archive.read(NAME))
    if len(set(names)) != len(names) or set(names) - {NAME, README} != manifest.names:
        raise RuleBroken("The file does not hold what its manifest names. Nothing was imported.")
    return manifest


def require_room(manifest: ExportManifest, folder: Path) -> None:
    """Raises: StorageFull."""
    if manifest.size * SPARE > shutil.disk_usage(folder).free:
        raise StorageFull(f"There is no room for {manifest.size} bytes in {folder}.")
