"""The two keys that open a backup: the box's own, and the recovery key that somebody keeps on paper."""

import re
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from boxportal.kernel.config import settings_folder
from boxportal.kernel.durable import write_whole
from boxportal.sdk.errors import Invalid, RuleBroken

BOX_KEY = "backup.key"
RECOVERY = "recovery.pub"
PRINTED = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")


def box_key(data: Path) -> x25519.Identity:
    """The box's key, made at the first use; only the owner of the data folder can read it."""
    path = settings_folder(data) / BOX_KEY
    if not path.exists():
        write_whole(path, f"{x25519.Identity.generate()}\n")
    try:
        return x25519.Identity.from_str(path.read_text("utf-8").strip())
    except IdentityError as error:
        raise RuleBroken(f"{path} holds no key. Put the right file back; it opens the backups of this box.") from error


def recipients(data: Path) -> list[x25519.Recipient]:
    """Who can open a new backup: the box, and whoever holds the recovery key once there is one."""
    public = settings_folder(data) / RECOVERY
    mine = [box_key(data).to_public()]
    if not public.exists():
        return mine
    try:
        return [*mine, x25519.Recipient.from_str(public.read_text("utf-8").strip())]
    except RecipientError as error:
        raise RuleBroken(f"{public} holds no key. Make a new recovery key: boxportal backup key --new") from error


def has_recovery_key(data: Path) -> bool:
    return (settings_folder(data) / RECOVERY).exists()


def make_recovery_key(data: Path) -> str:
    """Make a recovery key and return its secret, which is kept nowhere. Backups from now on can be opened with it."""
    identity = x25519.Identity.generate()
    write_whole(settings_folder(data) / RECOVERY, f"{identity.to_public()}\n")
    return str(identity)


def recovery_key(text: str) -> x25519.Identity:
    """Read a recovery key that somebody typed, or the print-out that holds it.

    Raises: Invalid.
    """
    found = PRINTED.search(text.upper())
    try:
        return x25519.Identity.from_str(found[0] if found else text.strip())
    except IdentityError as error:
        raise Invalid({"--key-stdin": "is not a recovery key: it begins with AGE-SECRET-KEY-1"}) from error
