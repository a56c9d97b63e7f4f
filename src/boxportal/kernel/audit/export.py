"""Writes lines of the audit log to a file: CSV for spreadsheets, or a JSON object a line for programs."""

import csv
import io
import json
from collections.abc import Iterable
from typing import IO, Literal

from boxportal.kernel.audit.log import AuditFilter, each_line
from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.csv_export import BYTE_ORDER_MARK, guard
from boxportal.sdk.database import ReadSession

Format = Literal["csv", "jsonl"]
MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
COLUMNS = ("id", "at", "actor_kind", "actor_id", "actor_name", "address", "action", "record", "title", "before",
           "after")  # fmt: skip


def as_json(line: AuditLine) -> dict[str, object]:
    """A line as programs read it."""
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "actor": {"kind": line.actor_kind, "id": line.actor_id, "name": line.actor_name},
        "address": line.address,
        "action": line.action,
        "record": f"{line.ref_kind}:{line.ref_id}" if line.ref_kind else None,
        "title": line.title,
        "before": line.before,
        "after": line.after,
    }


def as_cells(line: AuditLine) -> list[str]:
    """A line as a row of a spreadsheet, which takes no cell for a formula."""
    record = f"{line.ref_kind}:{line.ref_id}" if line.ref_kind else ""
    texts = (line.actor_name, line.address, line.action, record, line.title, as_text(line.before), as_text(line.after))
    return [str(line.id), line.at.isoformat(), line.actor_kind, str(line.actor_id or ""), *map(guard, texts)]


def as_text(values: dict[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


def write_lines(file: IO[bytes], db: ReadSession, wish: AuditFilter, *, as_format: Format, zone: str) -> int:
    """Write every line that the filter leaves, the oldest first; returns how many.

    Raises: OSError.
    """
    lines = each_line(db, wish, zone)
    return write_csv(file, lines) if as_format == "csv" else write_jsonl(file, lines)


def write_csv(file: IO[bytes], lines: Iterable[AuditLine]) -> int:
    file.write((BYTE_ORDER_MARK + csv_row(COLUMNS)).encode())
    count = 0
    for line in lines:
        file.write(csv_row(as_cells(line)).encode())
        count += 1
    return count


def csv_row(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def write_jsonl(file: IO[bytes], lines: Iterable[AuditLine]) -> int:
    count = 0
    for line in lines:
        file.write(json.dumps(as_json(line), ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def entry_of(wish: AuditFilter, as_format: Format, count: int) -> AuditEntry:
    """What the audit log says of its own export."""
    return AuditEntry(action="core.audit.export", after={**wish.told, "format": as_format, "lines": count})
