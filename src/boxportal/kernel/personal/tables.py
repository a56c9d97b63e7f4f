"""Tables whose rows belong to one person of the portal: found by their foreign key, so that none is forgotten."""

from collections.abc import Iterator

from sqlalchemy import Column, Table

from boxportal.sdk.database import Base

PERSON = "core_person"


def owned_tables() -> Iterator[tuple[Table, Column[int]]]:
    """The kernel's tables whose rows go with a person (`ON DELETE CASCADE`), and the column that names the person."""
    for table in Base.metadata.sorted_tables:
        if table.name.startswith("core_"):
            for column in table.columns:
                if any(
                    key.target_fullname == f"{PERSON}.id" and key.ondelete == "CASCADE" for key in column.foreign_keys
                ):
                    yield table, column
                    break
