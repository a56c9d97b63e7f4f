"""Where backups lie. Apart from the rest, so that whoever asks needs no archive library."""

from pathlib import Path

from boxportal.kernel.companies import Company
from boxportal.kernel.config import load_config

INSTALLED = Path("/var/lib/boxportal")
INSTALLED_BACKUPS = Path("/var/backups/boxportal")


def default_folder(data: Path) -> Path:
    """Where backups lie: what `[backup] dir` says, else `/var/backups` of an installed box, beside the data in a trial.

    Raises: RuleBroken when boxportal.toml is wrong.
    """
    if chosen := load_config(data).backup.dir:
        return Path(chosen)
    return INSTALLED_BACKUPS if data == INSTALLED else data / "backups"


def data_of(company: Company) -> Path:
    """The data folder that a company lies in."""
    return company.folder.parent.parent
