"""The whole schema of a database as comparable text."""

from sqlalchemy import Connection, inspect, text

from boxportal.kernel.database.schema import SHADOWS


def schema_of(connection: Connection) -> list[str]:
    """Every table, column, index, constraint and sequence, and where each branch of migrations stands."""
    lines = [f"at {row[0]}" for row in connection.execute(text("SELECT version_num FROM alembic_version"))]
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master"))
        return sorted(lines + [repr(tuple(row)) for row in rows])
    inspector = inspect(connection)
    for name in inspector.get_table_names():
        for read in ("columns", "indexes", "foreign_keys", "unique_constraints", "check_constraints"):
            lines += [f"{name} {read} {part!r}" for part in getattr(inspector, f"get_{read}")(name)]
    return sorted(lines + [f"sequence {name}" for name in inspector.get_sequence_names()])


def is_index_table(name: str) -> bool:
    """Whether a table belongs to the full-text search, which is no part of the models."""
    return name.startswith("core_search_") or name.endswith(SHADOWS)
