"""What a person is told at a page of a module that is off: who did it, when, and what became of its data."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.database.schema import table_names
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.context import ReadCtx

SWITCHED_OFF = "core.module.disable"


@dataclass(frozen=True, slots=True)
class Off:
    """A module that is off: its title, who switched it off at which time (None where nobody did), what it keeps."""

    title: str
    by: str = ""
    at: datetime | None = None
    is_kept: bool = False


def off_of(ctx: ReadCtx, title: str) -> Off:
    """How the module with this title in its manifest stands, of which somebody wanted a page."""
    module_id = next((entry.id for entry in load_catalog().entries.values() if entry.manifest.title == title), "")
    row = ctx.db.get(EnabledModule, module_id)
    if row is None or row.state != "off":
        return Off(title)
    done = select(AuditLine).where(AuditLine.action == SWITCHED_OFF, AuditLine.title == title)
    line = ctx.db.scalar(done.order_by(AuditLine.id.desc()).limit(1))
    kept = any(name.startswith(f"{module_id}_") for name in table_names(ctx.db))
    return Off(title, line.actor_name, line.at, kept) if line else Off(title, is_kept=kept)
