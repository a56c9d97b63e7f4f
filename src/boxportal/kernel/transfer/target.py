"""Whether a company's database can be moved to a place: looked at before anything is begun."""

import socket
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import open_engines
from boxportal.kernel.database.pending import is_behind
from boxportal.kernel.former import room_for
from boxportal.kernel.switch.live import live_processes
from boxportal.kernel.transfer.fresh import require_empty
from boxportal.sdk.errors import RuleBroken, StorageFull

SQLITE = "sqlite"


def require_movable(company: Company, target: str) -> None:
    """See that the move can begin; nothing is written.

    Raises: RuleBroken, StorageFull.
    """
    if target == SQLITE and company.engines.is_sqlite:
        raise RuleBroken(f"{company.name} is on SQLite already.")
    strangers = [name for name in live_processes(company) if f"@{socket.gethostname()[:20]}-" not in name]
    if strangers:
        raise RuleBroken(f"Servers of other machines serve {company.name}; stop them first: {', '.join(strangers)}.")
    with company.engines.reader.connect() as connection:
        if is_behind(connection, load_catalog().branch_folders()):
            raise RuleBroken("The tables are not those of this version. Start the server once: it brings them there.")
        size = size_of(connection)
    if target == SQLITE:
        require_room(company.folder, size)
    else:
        require_server(target)


def size_of(connection: Connection) -> int:
    """The bytes of a database."""
    if connection.dialect.name == SQLITE:
        pages = connection.scalar(text("PRAGMA page_count")) or 0
        return int(pages) * int(connection.scalar(text("PRAGMA page_size")) or 0)
    return int(connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def require_room(folder: Path, size: int) -> None:
    """Raises: StorageFull."""
    room = room_for(folder, size)
    if room.needed > room.free:
        raise StorageFull(f"{folder} needs {room.needed} bytes free for the new database; there are {room.free}.")


def require_server(target: str) -> None:
    """Raises: RuleBroken where there is no such database, it is not empty, not ours to write to, or not in UTF-8."""
    engines = open_engines(target)
    try:
        with engines.writer.connect() as connection:
            require_empty(connection)
            if not connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")):
                raise RuleBroken("The user may not make tables there. On the server: GRANT CREATE ON SCHEMA public.")
            encoding = connection.scalar(text("SHOW server_encoding"))
            if encoding != "UTF8":
                raise RuleBroken(f"That database keeps its texts in {encoding}; it must be UTF8.")
    except DBAPIError as error:
        raise RuleBroken(f"That database can't be used: {str(error.orig).strip()}") from error
    finally:
        engines.dispose()
