"""A target that is a folder: another disk, a mounted share."""

import os
import shutil
from pathlib import Path

from boxportal.kernel.backup.archive import hash_file
from boxportal.kernel.backup.names import named
from boxportal.kernel.backup.targets.disks import is_other_disk
from boxportal.kernel.backup.targets.model import Target
from boxportal.kernel.durable import sync
from boxportal.sdk.errors import RuleBroken, StorageFull
from boxportal.sdk.i18n import gettext as _

PART = ".part"


class FolderRemote:
    """See `Remote`. A folder that was on another disk and is not any more is refused: the disk is not mounted."""

    def __init__(self, target: Target, data: Path) -> None:
        self._folder = Path(target.where)
        if not self._folder.is_dir():
            raise RuleBroken(_("There is no folder %(folder)s.", folder=self._folder))
        if target.is_elsewhere and not is_other_disk(self._folder, data):
            raise RuleBroken(
                _("%(folder)s is on the disk of the data now: its own disk is not mounted.", folder=self._folder)
            )

    def files(self) -> dict[str, int]:
        for left in self._folder.glob(f".*{PART}"):
            if named(left.name[1:].removesuffix(PART)):
                left.unlink(missing_ok=True)
        return {path.name: path.stat().st_size for path in self._folder.iterdir() if named(path.name)}

    def put(self, source: Path) -> None:
        aside = self._folder / f".{source.name}{PART}"
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
                shutil.copyfileobj(reading, writing, 1 << 20)
                writing.flush()
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # so that the disk is read, not memory
            if hash_file(aside) != hash_file(source):
                raise RuleBroken(_("What lies at the target is not what was written: %(file)s.", file=source.name))
            aside.rename(self._folder / source.name)
            sync(self._folder)
        except OSError as error:
            raise StorageFull(
                _("%(file)s can't be written: %(why)s", file=source.name, why=error.strerror or error)
            ) from error
        finally:
            aside.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is open."""
