"""Pictures that only the tables of a purged module named, found before the tables go and removed after."""

from collections.abc import Iterable, Iterator

from sqlalchemy import JSON, Connection, String, Text, cast, column, inspect, or_, select, table

from boxportal.kernel.companies import Company
from boxportal.kernel.pictures.store import NAME, folder_of

OF_THE_KERNEL = {"core_person": ("picture",), "core_setting": ("value",)}
"""Where the kernel itself names pictures; its other tables are not looked through."""


def named_by(connection: Connection, modules: Iterable[str]) -> frozenset[str]:
    """The pictures that tables of these modules name and no other table does.

    A module's code may be gone, so its tables are read as they are: whatever looks like a picture's name is one.
    """
    mine = tuple(f"{module}_" for module in modules)
    names = inspect(connection).get_table_names()
    theirs = [name for name in names if name.startswith(mine)]
    found = {picture for name in theirs for picture in _pictures_in(connection, name)}
    if not found:
        return frozenset()
    others = [name for name in names if name not in theirs and (not name.startswith("core_") or name in OF_THE_KERNEL)]
    return frozenset(found - {picture for name in others for picture in _pictures_in(connection, name)})


def remove(company: Company, names: Iterable[str]) -> None:
    """Delete the files of these pictures."""
    for name in names:
        (folder_of(company) / name).unlink(missing_ok=True)


def _pictures_in(connection: Connection, name: str) -> Iterator[str]:
    known = inspect(connection).get_columns(name)
    wanted = OF_THE_KERNEL.get(name) or [c["name"] for c in known if isinstance(c["type"], String | JSON)]
    texts = [cast(column(each), Text) for each in wanted]
    if not texts:
        return
    with_one = select(*texts).select_from(table(name)).where(or_(*(each.like("%.png%") for each in texts)))
    for row in connection.execute(with_one):
        for text in row:
            yield from NAME.findall(text or "")
