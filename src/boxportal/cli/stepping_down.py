"""Root's commands run with the rights of whom the data belongs to, so that no file in it becomes root's."""

import os
import pwd
from pathlib import Path

from boxportal.kernel.config import installed_data

ROOTS_OWN = frozenset({"install", "uninstall", "upgrade", "bundle"})
"""Nouns that change the program itself, which belongs to root."""
USER = "boxportal"


def step_down(noun: str, data: Path) -> bool:
    """Give root's rights up for good, where the installed box's user owns the data; True when that was done."""
    if os.geteuid() != 0 or noun in ROOTS_OWN:
        return False
    try:
        user = pwd.getpwnam(USER)
        # The installed box's settings, which say where its data lies, are the user's own: root trusts them in nothing.
        if data != installed_data() and data.stat().st_uid != user.pw_uid:
            return False
    except (KeyError, OSError):
        return False
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.umask(0o027)
    os.environ["HOME"] = user.pw_dir
    if not os.access(".", os.R_OK | os.X_OK):
        os.chdir("/")
    return True
