"""What a backup says of itself: a plain header in front of it, and the manifest of all that lies in it."""

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from boxportal.sdk.errors import RuleBroken

M = TypeVar("M", bound=BaseModel)
MAGIC = b"BOXPORTAL BACKUP 1\n"
LONGEST_HEADER = 4096
LONGEST_NAME = 100
COMPANY_NAME = r"database\.(sqlite|pgdump)|company\.toml|master\.key|(secrets|files)/[A-Za-z0-9._/-]+"
BOX_NAME = r"companies\.json|targets\.json|settings/[A-Za-z0-9._/-]+"
NAMES = {"company": re.compile(f"({COMPANY_NAME})"), "box": re.compile(f"({BOX_NAME})")}
FIRST = {"company": "company.toml", "box": "companies.json"}
"""What a backup of each kind can't be without."""


class Header(BaseModel):
    """What can be read without a key. It is repeated inside, where nobody can change it unseen.

    A box archive (`kind` box) holds the box's settings and keys, no company and no database.
    """

    model_config = ConfigDict(extra="forbid")
    format: Literal[1] = 1
    kind: Literal["company", "box"] = "company"
    program: str
    company: str
    made_at: datetime
    database: Literal["sqlite", "postgresql", "none"]


class Entry(BaseModel):
    """One file of the backup."""

    model_config = ConfigDict(extra="forbid")
    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        parts = PurePosixPath(name).parts
        is_known = any(kind.fullmatch(name) for kind in NAMES.values())
        if not is_known or ".." in parts or "/".join(parts) != name or len(name) > LONGEST_NAME:
            raise ValueError("not a name of this format")
        return name


class Manifest(BaseModel):
    """Everything in the backup: files with size and SHA-256, tables with their rows, and where the audit log ends."""

    model_config = ConfigDict(extra="forbid")
    header: Header
    files: list[Entry]
    rows: dict[str, int]
    revisions: list[str]
    audit_lines: int
    audit_last: int

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(entry.size for entry in self.files)

    def require_sound(self, header: Header) -> None:
        """See that the plain header is the one inside, and that each name stands once and is one of this kind.

        Raises: RuleBroken.
        """
        names = [entry.name for entry in self.files]
        kind = self.header.kind
        strange = [name for name in names if not NAMES[kind].fullmatch(name)]
        if header != self.header or len(set(names)) != len(names) or strange or FIRST[kind] not in names:
            raise RuleBroken("This backup was changed or damaged. It was not used.")


def parse(model: type[M], text: bytes) -> M:
    """Read one document of the format.

    Raises: RuleBroken.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise RuleBroken("This is no backup that this version can read.") from error
