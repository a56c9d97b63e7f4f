"""Removes a company: its folder with files and secrets, its database, and what restores of it left.

The folder is hidden by one rename. Servers that serve it see that, let it go and say so in the hidden folder; only
then is anything deleted, so that until then all can be put back.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.backup.database import drop_database, require_tool
from boxportal.kernel.backup.verify import proven_backup
from boxportal.kernel.companies import FILE, Box, Company, hidden_folder, read_company_file
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.durable import sync
from boxportal.kernel.switch.live import live_processes, wait_dropped
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import RolledBack, RuleBroken

DROPDB = "dropdb"


@dataclass(frozen=True, slots=True)
class Removed:
    """Where the last backup lies, if one was made, and which databases of Postgres were dropped."""

    backup: Path | None
    databases: tuple[str, ...]


def remove_company(box: Box, company: Company, actor: Actor, *, backup: bool) -> Removed:
    """Remove a company for good. Its backups stay.

    Raises: RuleBroken for the last company; RolledBack when a server or the database did not let go of it; what making
    a backup raises.
    """
    require_removable(box, company)
    databases = databases_of(company)
    if databases:
        require_tool(DROPDB)
    kept = proven_backup(company, actor)[0] if backup else None
    serving = list(live_processes(company))
    title = company.snapshot.info.title or company.name
    company.engines.dispose()
    hidden = hidden_folder(company.folder)
    clear(hidden)
    company.folder.rename(hidden)
    sync(hidden.parent)
    try:
        wait_dropped(hidden, serving)
        drop_database(databases[0]) if databases else None
    except RuleBroken as error:
        hidden.rename(company.folder)
        raise RolledBack(f"{error} {company.name} is as it was.") from error
    forget(company, hidden, databases[1:])
    del box.companies[company.name]
    with write_session(box.get(None).engines) as db:
        write_line(db, actor, "core.company.remove", title)
    return Removed(kept, tuple(str(url.database) for url in databases))


def require_removable(box: Box, company: Company) -> None:
    """Raises: RuleBroken."""
    if len(box.companies) == 1:
        raise RuleBroken(f"{company.name} is the only company of this box: without one nothing can be served.")


def databases_of(company: Company) -> list[URL]:
    """The company's database of Postgres, then those of what restores put aside."""
    folders = [company.folder, *aside_of(company)]
    texts = [read_company_file(folder / FILE).database for folder in folders if (folder / FILE).exists()]
    return [make_url(text) for text in dict.fromkeys(texts) if text != "sqlite"]


def aside_of(company: Company) -> list[Path]:
    """What restores of the company put aside for a week."""
    return sorted(company.folder.parent.glob(f".{company.name}.before-*"))


def forget(company: Company, hidden: Path, databases: list[URL]) -> None:
    """Delete what is left. What a crash leaves here goes when a company of that name is made or removed again."""
    for url in databases:
        drop_database(url)
    for folder in (*aside_of(company), hidden):
        clear(folder)
    sync(hidden.parent)


def clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
