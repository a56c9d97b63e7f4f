"""The form of an exported company: a zip with a manifest, a file of JSON lines for each table, and the files.

Described for other programs in docs/company-export.md.
"""

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from boxportal.sdk.errors import RuleBroken

NAME, README = "manifest.json", "README.txt"
FILE_NAME = re.compile(r"^files/[A-Za-z0-9._/-]+$")
TABLE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
LARGEST = 64 << 20
LONGEST_NAME = 200
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0)]


class TableEntry(BaseModel):
    """One table: its rows, and what its file of JSON lines is."""

    model_config = ConfigDict(extra="forbid")
    rows: Size
    size: Size
    sha256: Sha256
    blanked: list[str] = []


class FileEntry(BaseModel):
    """One file of the company."""

    model_config = ConfigDict(extra="forbid")
    name: str
    size: Size
    sha256: Sha256

    @field_validator("name")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        parts = PurePosixPath(name).parts
        if not FILE_NAME.match(name) or ".." in parts or "/".join(parts) != name or len(name) > LONGEST_NAME:
            raise ValueError("not a name of this format")
        return name


class ExportManifest(BaseModel):
    """What an export says of itself."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["boxportal-company"] = "boxportal-company"
    version: Literal[1] = 1
    program: str
    made_at: datetime
    company: str
    title: str
    modules: list[str]
    revisions: list[str]
    tables: dict[str, TableEntry]
    left_out: list[str]
    files: list[FileEntry]

    @field_validator("tables")
    @classmethod
    def _names_are_plain(cls, tables: dict[str, TableEntry]) -> dict[str, TableEntry]:
        if not all(TABLE_NAME.match(name) for name in tables):
            raise ValueError("not a name of a table")
        return tables

    @property
    def names(self) -> set[str]:
        """All names in the zip, besides the manifest and the explanation."""
        return {table_file(name) for name in self.tables} | {entry.name for entry in self.files}

    @property
    def size(self) -> int:
        """Bytes of all that is in it, unpacked."""
        return sum(table.size for table in self.tables.values()) + sum(file.size for file in self.files)


def table_file(name: str) -> str:
    return f"tables/{name}.jsonl"


def parse(text: bytes) -> ExportManifest:
    """Raises: RuleBroken."""
    try:
        return ExportManifest.model_validate_json(text)
    except ValidationError as error:
        raise RuleBroken("This is no export of a company that this version can read.") from error
