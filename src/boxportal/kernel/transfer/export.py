"""Writes a company as one open file that any program can read: tables as JSON lines, files as they are, no secrets."""

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table, text

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.backup.create import program_version
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import Engines, read_session, write_session
from boxportal.kernel.durable import sync
from boxportal.kernel.files.blobs import CHUNK
from boxportal.kernel.state import read_profile
from boxportal.kernel.transfer.manifest import NAME, README, ExportManifest, FileEntry, TableEntry, table_file
from boxportal.kernel.transfer.secret import is_left_out, secret_columns, without_secrets
from boxportal.kernel.transfer.steps import Step
from boxportal.kernel.transfer.tables import data_tables, plain, rows_of
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken, StorageFull

TOLD = """This is a company of BoxPortal, exported by `boxportal company export`.

manifest.json       what is in here: tables with their rows, files, each with its size and SHA-256
tables/NAME.jsonl   one table: a JSON object a line, by the names of the columns
files/              what was uploaded (blobs/, named by the SHA-256 of what is in them) and pictures

Instants are in UTC (ISO 8601), amounts in minor units, exact decimals (prices, quantities, percentages) in millionths.
Passwords, keys and sessions are not in it. To make a company of it: boxportal company import FILE
"""


def export_company(company: Company, actor: Actor, to: Path, step: Step) -> ExportManifest:
    """Write the company, as it is at one moment, to a file that is not there yet; people work meanwhile.

    Raises: RuleBroken, StorageFull.
    """
    if to.exists():
        raise RuleBroken(f"{to} is there already. Choose another name.")
    aside = to.with_name(f".{to.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = write_all(company, archive, step)
        sync(aside)
        aside.rename(to)
        sync(to.parent)
    except OSError as error:
        raise StorageFull(f"The export could not be written to {to}: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)
    with write_session(company.engines) as db:
        write_line(db, actor, "core.company.export", to.name)
    return manifest


def write_all(company: Company, archive: zipfile.ZipFile, step: Step) -> ExportManifest:
    with read_session(company.engines) as db:
        title = read_profile(db).title
    archive.writestr(README, TOLD)
    with one_moment(company.engines) as connection:
        here = data_tables(connection)
        revisions = list(connection.scalars(text("SELECT version_num FROM alembic_version ORDER BY 1")))
        modules = list(connection.scalars(text("SELECT id FROM core_module ORDER BY 1")))
        tables = {}
        for name, table in here.items():
            if not is_left_out(name):
                step("table", f"Writing {name}.")
                tables[name] = write_table(connection, table, archive)
    step("files", "Writing the files.")
    manifest = ExportManifest(
        program=program_version(),
        made_at=utcnow(),
        company=company.name,
        title=title,
        modules=modules,
        revisions=revisions,
        tables=tables,
        left_out=[name for name in here if is_left_out(name)],
        files=[write_file(archive, company, path) for path in files_of(company)],
    )
    archive.writestr(NAME, manifest.model_dump_json(indent=1))
    return manifest


@contextmanager
def one_moment(engines: Engines) -> Iterator[Connection]:
    """A connection that sees the data as they are at one moment, from the first table to the last."""
    source = (
        engines.reader if engines.is_sqlite else engines.reader.execution_options(isolation_level="REPEATABLE READ")
    )
    with source.connect() as connection:
        if not engines.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield connection


def write_table(connection: Connection, table: Table, archive: zipfile.ZipFile) -> TableEntry:
    """Write one table's rows in the order of their key."""
    digest, size, number = hashlib.sha256(), 0, 0
    blanked = secret_columns(table)
    with archive.open(table_file(table.name), "w", force_zip64=True) as file:
        for batch in rows_of(connection, table):
            for values in batch:
                row = {c.name: plain(c, value) for c, value in zip(table.columns, values, strict=True)}
                leaving = without_secrets(table, row, blanked)
                if leaving is not None:
                    line = json.dumps(leaving, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
                    file.write(line)
                    digest.update(line)
                    size, number = size + len(line), number + 1
    return TableEntry(rows=number, size=size, sha256=digest.hexdigest(), blanked=blanked)


def files_of(company: Company) -> list[Path]:
    """The company's own files; what is being uploaded is none yet."""
    found = sorted(company.files.rglob("*"))
    waiting = company.files / "tmp"
    return [path for path in found if path.is_file() and not path.is_symlink() and waiting not in path.parents]


def write_file(archive: zipfile.ZipFile, company: Company, path: Path) -> FileEntry:
    name = path.relative_to(company.folder).as_posix()
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(name=name, size=size, sha256=digest.hexdigest())
