"""Pictures of the company and its people: drawn anew in a process of their own, kept under the hash of the result."""

import hashlib
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from boxportal.kernel.companies import Company
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

MOST_BYTES = 10 * 1024 * 1024
SECONDS = 15
SIDE = 512
ADDRESS = "/pictures/"
NAME = re.compile(r"[0-9a-f]{40}\.png")


def redrawn(content: bytes, field: str, side: int = SIDE) -> bytes:
    """The picture as a PNG of at most so many pixels a side. Slow: outside any transaction.

    Raises: Invalid for the field when it is too large, or no PNG, JPEG, WebP or GIF that can be read.
    """
    if len(content) > MOST_BYTES:
        raise Invalid({field: _("This picture is too large: 10 MB at most.")})
    command = [sys.executable, "-I", str(Path(__file__).with_name("redraw.py")), str(side)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 our own file
    except subprocess.TimeoutExpired as error:
        raise Invalid({field: _("This picture can't be read.")}) from error
    if done.returncode != 0 or not done.stdout:
        raise Invalid({field: _("This is no picture that can be read: take a PNG, JPEG, WebP or GIF.")})
    return done.stdout


def keep(company: Company, picture: bytes) -> str:
    """Write the picture and return its name; the same picture twice is one file."""
    name = f"{hashlib.sha256(picture).hexdigest()[:40]}.png"
    path = folder_of(company) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{name}.{secrets.token_hex(4)}.tmp")
        with aside.open("wb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    return name


def find(company: Company, name: str) -> Path | None:
    """The file of a picture's name; None for what is no such name, or is not there."""
    path = folder_of(company) / name
    return path if NAME.fullmatch(name) and path.is_file() else None


def address_of(name: str) -> str:
    """Where a picture is shown."""
    return f"{ADDRESS}{name}"


def folder_of(company: Company) -> Path:
    return company.files / "pictures"
