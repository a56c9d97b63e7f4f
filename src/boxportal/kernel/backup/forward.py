"""Brings a company's tables up to this program's version: a proven backup first, then all migrations at once.

Run as a process of its own (`python -m boxportal.kernel.backup.forward FOLDER`), so that Alembic stays out of a server.
"""

import subprocess
import sys
from pathlib import Path

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company, open_company
from boxportal.kernel.database.pending import is_behind
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.errors import RuleBroken

SECONDS = 1800


def bring_up_to_date(company: Company) -> bool:
    """Run what is pending in a process of its own; False when nothing was.

    Raises: RuleBroken with what the process said; the tables are as they were then.
    """
    with company.engines.reader.connect() as connection:
        if not is_behind(connection, load_catalog().branch_folders()):
            return False
    command = [sys.executable, "-m", "boxportal.kernel.backup.forward", str(company.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603 our own
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise RuleBroken(
            f"The tables of {company.name} could not be brought up to date; nothing was changed: {said[0]}"
        )
    return True


def forward(folder: Path) -> Path:
    """Back the company up, then migrate in one transaction; returns where the backup lies."""
    from boxportal.kernel.backup.tables import migrate_all  # noqa: PLC0415 a server, which imports this file, needs neither
    from boxportal.kernel.backup.verify import proven_backup  # noqa: PLC0415

    company = open_company(folder)
    try:
        backup, _ = proven_backup(company, SYSTEM)
        migrate_all(company, SYSTEM, "core.tables.forward", backup.name)
        return backup
    finally:
        company.engines.dispose()


if __name__ == "__main__":
    sys.stdout.write(f"{forward(Path(sys.argv[1]))}\n")
