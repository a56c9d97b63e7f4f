"""Puts a whole box back: settings, certificate authority, master key, and all companies found beside its archive.

Everything is unpacked, checked and brought up to date aside; then it is put in place, settings first, and what fails on
the way is undone. A box that is killed in between is healed by the same command.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from pyrage import x25519
from sqlalchemy.engine import URL

from boxportal.kernel.backup.archive import header_of, unpack
from boxportal.kernel.backup.box_archive import CERTIFICATES, INSIDE, TARGETS, Listing, require_settings
from boxportal.kernel.backup.journal import ensure_state_folder, state_folder
from boxportal.kernel.backup.keys import RECOVERY
from boxportal.kernel.backup.names import newest_in
from boxportal.kernel.backup.restore import Prepared, drop_old, prepare_company, swap
from boxportal.kernel.config import FILE as SETTINGS
from boxportal.kernel.config import INSTALLED, settings_folder
from boxportal.kernel.durable import sync, write_whole
from boxportal.kernel.secrets import FILE as MASTER_KEY
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import NotFound, RuleBroken

MODES = {SETTINGS: 0o640, MASTER_KEY: 0o600, RECOVERY: 0o644}
BEFORE = ".before-"
Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class BoxRestored:
    """What was put back; `missing` are companies of the archive for which no backup lay beside it.

    `before` is where the settings lie that were replaced, None where there were none.
    """

    companies: tuple[str, ...]
    missing: tuple[str, ...]
    program: str
    before: Path | None


def restore_box(
    path: Path,
    keys: Sequence[x25519.Identity],
    data: Path,
    actor: Actor,
    *,
    server: URL | None = None,
    tell: Tell = lambda _name, _text: None,
) -> BoxRestored:
    """Put a box back. The caller holds the data folder, so that no server runs on it.

    `server` is where databases of Postgres are made. A failure leaves what was there.
    Raises: NotFound, RuleBroken, StorageFull.
    """
    header = header_of(path)
    if header.kind != "box":
        raise RuleBroken(f"{path.name} is the backup of one company: boxportal backup restore {path}")
    require_writable(settings_folder(data))
    aside = data / ".box.restored"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    prepared: list[Prepared] = []
    try:
        unpack(path, keys, aside)
        listing = require_settings(aside)
        files = beside(path, listing)
        require_nobody_else(data, aside / INSIDE / MASTER_KEY, set(files))
        for name, file in files.items():
            tell(name, f"{name} is unpacked and checked.")
            one = prepare_company(file, keys, data, actor, name=name, server=server, settle=drop_master_key)
            prepared.append(one)
        tell("box", "Everything is put in its place.")
        before = put_in_place(aside, data, prepared)
    except BaseException:
        for each in prepared:
            each.discard()
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    drop_old(data / "companies")
    missing = tuple(one.name for one in listing.companies if one.name not in files)
    return BoxRestored(tuple(files), missing, header.program, before)


def require_place(data: Path) -> None:
    """Refuse to fill, as root, a folder that is not root's: nobody else could read what lies there then.

    Raises: RuleBroken.
    """
    if os.geteuid() or settings_folder(data) == INSTALLED:
        return
    if not data.exists() or data.stat().st_uid:
        raise RuleBroken(
            f"{data} is not the folder of an installed box, so this must not run as root. Run it as the user whose "
            "portal it shall be, or install BoxPortal first."
        )


def require_writable(settings: Path) -> None:
    settings.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(settings, os.W_OK):
        raise RuleBroken(f"The settings can't be written to {settings} by this user.")


def beside(path: Path, listing: Listing) -> dict[str, Path]:
    """The backup of each company: that of the same run, else the newest that lies beside the archive.

    Raises: NotFound when there is none at all.
    """
    folder = path.absolute().parent
    found: dict[str, Path] = {}
    for one in listing.companies:
        same = folder / Path(one.file).name if one.file else None
        file = same if same is not None and same.exists() else newest_in(folder, one.name)
        if file is not None:
            found[one.name] = file
    if listing.companies and not found:
        names = ", ".join(one.name for one in listing.companies)
        raise NotFound(f"No backup of {names} lies beside {path}. Put the files into one folder.")
    return found


def require_nobody_else(data: Path, key: Path, coming: set[str]) -> None:
    """See that no company stays here whose secrets another master key would close for ever.

    Raises: RuleBroken.
    """
    ours = settings_folder(data) / MASTER_KEY
    if not ours.exists() or not key.exists() or ours.read_bytes() == key.read_bytes():
        return
    here = {file.parent.name for file in (data / "companies").glob("[!.]*/company.toml")}
    if others := sorted(here - coming):
        raise RuleBroken(
            f"This box has companies that are not in the archive: {', '.join(others)}. Put single companies back "
            "with boxportal backup restore FILE, or restore into an empty data folder."
        )


def drop_master_key(folder: Path, *, same_name: bool) -> bool:
    """The box's archive brings the master key."""
    (folder / MASTER_KEY).unlink(missing_ok=True)
    return same_name


def put_in_place(aside: Path, data: Path, prepared: Sequence[Prepared]) -> Path | None:
    """The last step; what fails in it is undone. Returns where the former settings lie."""
    with ExitStack() as undo:
        before = put_settings(aside / INSIDE, data, undo)
        put_targets(aside / TARGETS, data)
        for one in prepared:
            former = swap(one.aside, one.live)
            undo.callback(put_back, one.live, former, one.aside)
        undo.pop_all()
    return before


def put_back(live: Path, former: Path | None, aside: Path) -> None:
    """Undo a company's swap."""
    live.rename(aside)
    if former is not None:
        former.rename(live)


def put_settings(inside: Path, data: Path, undo: ExitStack) -> Path | None:
    """Write the settings, each file whole, with the former ones kept in a folder beside them."""
    settings = settings_folder(data)
    apart = settings != data
    kept = settings / f"{BEFORE}{utcnow():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    for name, mode in MODES.items():
        if not (inside / name).exists():
            continue
        keep(settings / name, kept, undo)
        text = (inside / name).read_bytes()
        write_whole(settings / name, with_data(text, data, apart=apart) if name == SETTINGS else text, mode)
    if (inside / CERTIFICATES).is_dir():
        keep(settings / CERTIFICATES, kept, undo)
        shutil.copytree(inside / CERTIFICATES, settings / CERTIFICATES)
        (settings / CERTIFICATES).chmod(0o700)
    sync(settings)
    return kept if kept.exists() else None


def keep(path: Path, kept: Path, undo: ExitStack) -> None:
    """Keep what will be replaced, and put it back if all fails; what is put in its place goes then.

    A file stays where it is until then: by it an installed box is found, at every moment.
    """
    former = kept / path.name if path.exists() else None
    if former is not None:
        kept.mkdir(exist_ok=True, mode=0o700)
        if path.is_dir():
            path.rename(former)
        else:
            link_or_copy(path, former)
    undo.callback(take_back, path, former)


def link_or_copy(path: Path, former: Path) -> None:
    try:
        os.link(path, former)
    except OSError:  # another device, or a file of another user
        write_whole(former, path.read_bytes(), path.stat().st_mode & 0o777)


def take_back(path: Path, former: Path | None) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif former is None:
        path.unlink(missing_ok=True)
    if former is not None:
        former.replace(path)
        former.unlink(missing_ok=True)  # it stays where nothing was replaced yet: both are names of one file then
        if not any(former.parent.iterdir()):
            former.parent.rmdir()


def with_data(text: bytes, data: Path, *, apart: bool) -> bytes:
    """The settings with the data folder and the starter of backups that they have here.

    An installed box, whose settings lie apart, is found by the one and has the system's timer; a trial has neither.
    """
    document = tomlkit.parse(text.decode())
    box = document.setdefault("box", tomlkit.table())
    if apart:
        box["data"] = str(data)
        document.setdefault("backup", tomlkit.table())["by"] = "timer"
    else:
        box.pop("data", None)
        if "by" in document.get("backup", {}):
            document["backup"]["by"] = "server"
    return tomlkit.dumps(document).encode()


def put_targets(kept: Path, data: Path) -> None:
    """The targets come along where none are known here."""
    path = state_folder(data) / TARGETS
    if kept.exists() and not path.exists():
        write_whole(ensure_state_folder(data) / TARGETS, kept.read_bytes())
