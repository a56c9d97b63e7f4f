"""Alembic, one branch a module: the only place that knows it. Imported where used, for Alembic is not light."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from boxportal.kernel.paths import migrations_folder

CORE = "core"


def config_for(connection: Connection | None, folders: dict[str, Path]) -> Config:
    """Alembic's configuration over the given branches' folders, working on an open connection."""
    root = migrations_folder()
    config = Config()
    config.set_main_option("script_location", str(root))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(f) for f in folders.values() if f.exists()))
    config.attributes["connection"] = connection
    return config


def heads_in(connection: Connection) -> set[str]:
    """The revisions that the database is at, of all branches."""
    return set(MigrationContext.configure(connection).get_current_heads())


def branches_in(connection: Connection, folders: dict[str, Path]) -> set[str]:
    """The branches (core and modules) that have tables in the database: "data is kept"."""
    script = ScriptDirectory.from_config(config_for(connection, folders))
    labels: set[str] = set()
    for head in heads_in(connection):
        for revision in script.iterate_revisions(head, "base"):
            labels |= {label for label in revision.branch_labels if label in folders}
    return labels


def known_revisions(folders: dict[str, Path]) -> set[str]:
    """Every revision that this installation has."""
    script = ScriptDirectory.from_config(config_for(None, folders))
    return {revision.revision for revision in script.walk_revisions()}


def upgrade(connection: Connection, folders: dict[str, Path], branches: list[str]) -> None:
    """Bring the branches up to their heads, within the connection's transaction. One without migrations is skipped."""
    config = config_for(connection, folders)
    for branch in branches:
        if folders[branch].exists():
            command.upgrade(config, f"{branch}@head")


def downgrade(connection: Connection, folders: dict[str, Path], branch: str) -> None:
    """Take one branch's tables away. The caller has refused before if another branch stands on it."""
    if folders[branch].exists():
        command.downgrade(config_for(connection, folders), f"{branch}@base")
