"""Adds, tries and removes targets; each change stands in the audit log of the box's first company."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.backup.places import data_of
from boxportal.kernel.backup.targets.disks import is_other_disk
from boxportal.kernel.backup.targets.model import (
    MOST,
    Target,
    forget_target,
    open_secret,
    read_targets,
    seal_secret,
    target_named,
    write_targets,
)
from boxportal.kernel.backup.targets.opening import opened_target
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.door import is_ip
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

PROBE = "box-19700101-000000.bpb"
"""What is written to try a target: so old that keeping would remove it, should the try be killed."""
HERE = ("localhost", "127.", "::1")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a target answered: how many backups lie there, and the fingerprint of its key where it has one."""

    files: int
    host_key: str


def try_target(company: Company, target: Target, secret: str) -> Tried:
    """Write a small file to the target, compare it, remove it again, and count what lies there.

    Raises: DomainError with a sentence.
    """
    with opened_target(company, target, secret) as remote, tempfile.TemporaryDirectory() as work:
        there = remote.files()
        probe = Path(work) / PROBE
        probe.write_bytes(b"A try. This file may be removed.\n")
        remote.put(probe)
        remote.remove(PROBE)
        return Tried(len(set(there) - {PROBE}), str(getattr(remote, "host_key", "")))


def add_target(company: Company, actor: Actor, target: Target, secret: str) -> Target:
    """Add a target that answers; its host key, if it has one, is pinned from now on.

    Raises: Invalid (a taken name, too many), and as `try_target`.
    """
    data = data_of(company)
    others = read_targets(data)
    if any(other.name == target.name for other in others):
        raise Invalid({"name": _("There is a target of this name already.")})
    if len(others) >= MOST:
        raise Invalid({"name": _("There are too many already. Remove some first.")})
    tried = try_target(company, target, secret)
    settled = {
        "host_key": tried.host_key,
        "is_elsewhere": is_away(target, data),
        "secret": seal_secret(data, target.name, secret),
    }
    added = target.model_copy(update=settled)
    write_targets(data, [*others, added])
    note(company, actor, "core.backup.target-add", added)
    return added


def retry_target(company: Company, name: str) -> Tried:
    """Try a target that there is.

    Raises: NotFound, and as `try_target`.
    """
    data = data_of(company)
    target = target_named(data, name)
    return try_target(company, target, open_secret(data, target))


def remove_target(company: Company, actor: Actor, name: str) -> Target:
    """Forget a target. What lies there stays.

    Raises: NotFound.
    """
    target = forget_target(data_of(company), name)
    note(company, actor, "core.backup.target-remove", target)
    return target


def note(company: Company, actor: Actor, action: str, target: Target) -> None:
    with write_session(company.engines) as db:
        write_line(db, actor, action, f"{target.name}: {target.where}")


def is_away(target: Target, data: Path) -> bool:
    """Whether a dead disk of the data leaves what lies there."""
    if target.kind == "folder":
        return is_other_disk(Path(target.where), data)
    host = target.host
    return not (host == HERE[0] or (is_ip(host) and host.startswith(HERE[1:])))
