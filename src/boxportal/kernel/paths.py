"""Where the program keeps its own files: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def migrations_folder() -> Path:
    """The folder of Alembic's scripts."""
    packed = PACKAGE / "_data" / "migrations"
    return packed if packed.exists() else PACKAGE.parent.parent / "migrations"


def assets_folder() -> Path:
    """The folder of the built front-end files."""
    return PACKAGE / "_assets"


def templates_folder() -> Path:
    """The folder of the compiled templates."""
    return PACKAGE / "_templates"


def modules_folder() -> Path:
    """The folder of the modules that come with the program."""
    return PACKAGE / "modules"


def units_folder() -> Path:
    """The folder of the service manager's units."""
    packed = PACKAGE / "_data" / "systemd"
    return packed if packed.exists() else PACKAGE.parent.parent / "systemd"
