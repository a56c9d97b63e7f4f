"""Checks of what keeps the box safe: who may read its files, its backups, its certificate."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from boxportal.kernel.backup.journal import is_behind, read_journal
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.companies import Box
from boxportal.kernel.config import settings_folder
from boxportal.kernel.health.model import Finding, Look
from boxportal.kernel.own_server import EVERYWHERE, is_tls, where
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.i18n import lazy as _l

OTHERS, ALL_BUT_OWNER = 0o007, 0o077
SOON, VERY_SOON = timedelta(days=21), timedelta(days=7)


def rights(look: Look) -> Finding:
    """Whether anybody but the portal's user may read the data, and anybody at all but its owner a key."""
    wrong = [path for path, _forbidden in too_open(look)]
    if not wrong:
        return Finding("good", _l("The data, the backups and the keys are for the portal's user alone."))
    return Finding(
        "problem",
        _l("Others may read: %(paths)s.", paths=", ".join(map(str, wrong[:5]))),
        _l("Whoever has an account on this machine could read every company's data."),
        "boxportal doctor --fix --only rights",
    )


def too_open(look: Look) -> Iterator[tuple[Path, int]]:
    """Folders and keys that are open to others, with the rights that must go."""
    settings = settings_folder(look.data)
    folders = {look.data, look.data / "companies", default_folder(look.data), settings}
    keys = {*settings.glob("*.key"), *look.data.glob("companies/*/secrets/*"), *look.data.glob("*.key")}
    for several, forbidden in ((folders, OTHERS), (keys, ALL_BUT_OWNER)):
        for path in sorted(several):
            if path.exists() and path.stat().st_mode & forbidden:
                yield path, forbidden


def close_rights(look: Look) -> bool:
    """Take the rights of others away."""
    wrong = list(too_open(look))
    for path, forbidden in wrong:
        path.chmod(path.stat().st_mode & 0o7777 & ~forbidden)
    return bool(wrong)


def backup(look: Look) -> Finding:
    """How long ago the last run was in which every backup was made and proven."""
    journal = read_journal(look.data)
    last = journal.last_good
    if not look.companies:
        return Finding("good", _l("There is no company yet."))
    if last is not None and last.ended is not None:
        said = _l("The last backup that was made and proven is of %(at)s (UTC).", at=f"{last.ended:%Y-%m-%d %H:%M}")
    else:
        said = _l("No backup was made and proven yet.")
    if not is_behind(look.data, journal, look.now):
        return Finding("good", said)
    failed = next((run.error or kept.error for run in journal.runs[-1:] for kept in run.kept if kept.error), "")
    why = _l("What was entered since is lost when the disk fails today.")
    if failed:
        said = _l("The last backup failed: %(why)s", why=failed[:300])
    is_trial = any(company.is_trial for company in look.companies)
    return Finding("note" if is_trial else "problem", said, why, "boxportal backup run")


def back_up(look: Look) -> bool:
    """Make a backup of everything, and prove it by restoring it aside."""
    from boxportal.kernel.backup.run import run_backups  # noqa: PLC0415 only here are the archive libraries needed

    box = Box.open(look.data)
    try:
        return run_backups(box, SYSTEM, "command").is_good
    finally:
        box.close()


def certificate(look: Look) -> Finding:
    """When the certificate ends that the server shows to whoever comes."""
    if not is_tls(look.config.tls.mode):
        return Finding("good", _l("The server itself does not encrypt: there is no certificate of its own."))
    at = where(look.data)
    try:
        ends = expiry_at(EVERYWHERE.get(at.host, at.host), at.port)
    except (OSError, ValueError) as error:
        said = _l("The server shows no certificate: %(error)s", error=str(error))
        return Finding("problem", said, _l("Nobody can open the portal safely."), "boxportal status")
    said = _l("The certificate ends on %(day)s.", day=f"{ends:%Y-%m-%d}")
    if ends > look.now + SOON:
        return Finding("good", said)
    why = _l("From that day on browsers warn of the portal, and programs refuse to talk to it.")
    state = "problem" if ends <= look.now + VERY_SOON else "note"
    return Finding("problem" if state == "problem" else "note", said, why, look.restart)


def expiry_at(host: str, port: int) -> datetime:
    """The end of the certificate that is shown at a port.

    Raises: OSError (nothing answers), ValueError (what answers shows none).
    """
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 5 MB, in a command or a child

    pem = ssl.get_server_certificate((host, port), timeout=5)
    return load_pem_x509_certificate(pem.encode()).not_valid_after_utc
