"""Copies what is proven to a target, and removes there what need not be kept: the target catches up by itself."""

from pathlib import Path

from boxportal.kernel.backup.journal import Copies, Journal
from boxportal.kernel.backup.keep import to_remove
from boxportal.kernel.backup.names import files_in, named
from boxportal.kernel.backup.places import data_of
from boxportal.kernel.backup.targets.model import Remote, Target, open_secret
from boxportal.kernel.backup.targets.opening import opened_target
from boxportal.kernel.companies import Company
from boxportal.kernel.config_rules import Keep
from boxportal.sdk.errors import DomainError


def copy_to(company: Company, target: Target, folder: Path, keep: Keep, journal: Journal) -> Copies:
    """Bring a target up to date; what fails stands in the answer."""
    copies = Copies(target=target.name)
    try:
        with opened_target(company, target, open_secret(data_of(company), target)) as remote:
            catch_up(remote, folder, keep, journal, copies)
    except (DomainError, OSError) as error:
        copies.error = str(error) or type(error).__name__
    return copies


def catch_up(remote: Remote, folder: Path, keep: Keep, journal: Journal, copies: Copies) -> None:
    """New ones first, then the old ones go: whatever breaks off in between, the last good copy is there."""
    there = remote.files()
    here = {one.file: (folder / one.file).stat().st_size for one in files_in(folder) if one.file in journal.proven}
    wanted = set(here) - set(to_remove({*here, *there}, keep, journal))
    for file in sorted(wanted, key=lambda name: (one.at, one.number) if (one := named(name)) else ()):
        if there.get(file) != here[file]:
            remote.put(folder / file)
            copies.copied.append(file)
    for file in to_remove({*there, *copies.copied}, keep, journal):
        remote.remove(file)
        copies.removed.append(file)
