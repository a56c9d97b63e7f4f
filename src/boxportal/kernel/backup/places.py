"""Where backups lie. Apart from the rest, so that whoever asks needs no archive library."""

from pathlib import Path

from boxportal.kernel.companies import Company

INSTALLED = Path("/var/lib/boxportal")
INSTALLED_BACKUPS = Path("/var/backups/boxportal")


def default_folder(data: Path) -> Path:
    """Where backups lie: beside the data in a trial, in `/var/backups` in an installed box."""
    return INSTALLED_BACKUPS if data == INSTALLED else data / "backups"


def data_of(company: Company) -> Path:
    """The data folder that a company lies in."""
    return company.folder.parent.parent
