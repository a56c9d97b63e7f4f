"""The archive of the box itself: settings, names, certificate authority, master key, and which companies there are."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from boxportal.kernel.backup.create import Made, program_version, seal, source_of, work_folder
from boxportal.kernel.backup.journal import state_folder
from boxportal.kernel.backup.keys import RECOVERY, box_key
from boxportal.kernel.backup.manifest import Header, Manifest
from boxportal.kernel.companies import THE_BOX as BOX
from boxportal.kernel.config import FILE as SETTINGS
from boxportal.kernel.config import parse_config, settings_folder
from boxportal.kernel.secrets import FILE as MASTER_KEY
from boxportal.kernel.secrets import KEY_BYTES
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken, StorageFull

LIST, TARGETS, INSIDE = "companies.json", "targets.json", "settings"
CERTIFICATES = "certificates"
BOX_PUBLIC = "backup.pub"
PLAIN = (SETTINGS, MASTER_KEY, RECOVERY)


class Listed(BaseModel):
    """A company of the box, and the file of the same run that holds it (empty when that failed)."""

    model_config = ConfigDict(extra="ignore")
    name: str
    file: str = ""


class Listing(BaseModel):
    """`companies.json` of an archive."""

    model_config = ConfigDict(extra="ignore")
    companies: list[Listed]


def create_box_archive(data: Path, companies: Sequence[Listed], folder: Path) -> Made:
    """Write the archive; under its name it stands there whole or not at all.

    The box's private key for backups is not in it: what it seals would open itself. Raises: RuleBroken, StorageFull.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with work_folder(folder) as work:
            gather(data, companies, work / "box")
            return write_box(data, work, folder)
    except OSError as error:
        raise StorageFull(f"The box's archive could not be written to {folder}: {error.strerror}") from error


def gather(data: Path, companies: Sequence[Listed], inside: Path) -> None:
    """Copy what goes in: small files, so that nobody changes one while it is packed."""
    settings = settings_folder(data)
    (inside / INSIDE).mkdir(parents=True, mode=0o700)
    (inside / LIST).write_text(Listing(companies=list(companies)).model_dump_json(indent=1), "utf-8")
    (inside / INSIDE / BOX_PUBLIC).write_text(f"{box_key(data).to_public()}\n", "utf-8")
    targets = state_folder(data) / TARGETS
    pairs = [(settings / name, Path(INSIDE) / name) for name in PLAIN] + [(targets, Path(TARGETS))]
    for path in sorted((settings / CERTIFICATES).rglob("*")):
        is_kept = path.is_file() and not path.is_symlink() and not path.name.startswith(".") and path.name != "lock"
        pairs += [(path, Path(INSIDE) / path.relative_to(settings))] if is_kept else []
    for path, name in pairs:
        if path.exists():
            (inside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, inside / name)


def write_box(data: Path, work: Path, folder: Path) -> Made:
    inside = work / "box"
    paths = sorted(path for path in inside.rglob("*") if path.is_file())
    sources = [source_of(path.relative_to(inside).as_posix(), path) for path in paths]
    header = Header(kind="box", program=program_version(), company=BOX, made_at=utcnow(), database="none")
    manifest = Manifest(
        header=header, files=[s.entry for s in sources], rows={}, revisions=[], audit_lines=0, audit_last=0
    )
    return seal(manifest, sources, work, data, folder)


def require_settings(unpacked: Path) -> Listing:
    """See that an unpacked archive can be used here.

    Raises: RuleBroken, also for settings that this version does not know.
    """
    settings = unpacked / INSIDE
    key = settings / MASTER_KEY
    if key.exists() and key.stat().st_size != KEY_BYTES:
        raise RuleBroken("The archive's master key is none. It was not used.")
    try:
        if (settings / SETTINGS).exists():
            parse_config((settings / SETTINGS).read_text("utf-8"))
        return Listing.model_validate_json((unpacked / LIST).read_bytes())
    except (ValueError, ValidationError) as error:
        raise RuleBroken(f"The archive's settings can't be used by this version: {error}") from error
