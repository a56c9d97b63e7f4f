"""A whole run: each company saved and proven, then the box itself, old ones removed, copies sent to the targets.

What fails does not stop the rest: a company whose backup fails must not keep the others from theirs.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.backup.box_archive import Listed, create_box_archive
from boxportal.kernel.backup.create import Made, create_backup
from boxportal.kernel.backup.journal import By, Kept, Run, keep_run, read_journal
from boxportal.kernel.backup.keep import prune
from boxportal.kernel.backup.keys import box_key
from boxportal.kernel.backup.locking import run_lock
from boxportal.kernel.backup.names import UNPROVEN
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.backup.targets.copying import copy_to
from boxportal.kernel.backup.targets.model import read_targets
from boxportal.kernel.backup.verify import verify_backup
from boxportal.kernel.companies import THE_BOX as BOX
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.config_rules import keep_of
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError, RuleBroken

Tell = Callable[[str, str], None]
"""Hears the name of each step that begins, and a sentence on it."""


def run_backups(box: Box, actor: Actor, by: By, tell: Tell = lambda _name, _text: None) -> Run:
    """Save everything, prove it, and write down what came of it; what failed stands in the run.

    Raises: Busy when another run goes on; NotFound when there is no company.
    """
    box.get(None)
    folder = default_folder(box.data).absolute()
    with run_lock(box.data):
        run = Run(by=by, began=utcnow())
        keep_run(box.data, run)
        try:
            save_all(box, actor, run, folder, tell)
            send_copies(box, run, folder, tell)
        except BaseException as error:
            run.error = str(error) or type(error).__name__
            raise
        finally:
            run.ended = utcnow()
            keep_run(box.data, run)
    return run


def save_all(box: Box, actor: Actor, run: Run, folder: Path, tell: Tell) -> None:
    """Make and prove everything on this box, then remove what need not be kept any longer."""
    for company in box.companies.values():
        tell(company.name, f"{company.name} is saved and proven.")
        make = partial(create_backup, company, actor, folder)
        run.kept.append(saved(company.name, box.data, folder, make, company))
    tell(BOX, "The box's settings and keys are saved and proven.")
    listed = [Listed(name=kept.name, file=kept.file) for kept in run.kept]
    if BOX in box.companies:
        run.error = "A company is called box. Put it back under another name: boxportal --company NAME backup restore"
    else:
        run.kept.append(saved(BOX, box.data, folder, lambda: create_box_archive(box.data, listed, folder)))
    keep_run(box.data, run)
    if not any(kept.error for kept in run.kept):
        run.removed = prune(folder, keep_of(box.config.backup.keep), read_journal(box.data))


def saved(name: str, data: Path, folder: Path, make: Callable[[], Made], company: Company | None = None) -> Kept:
    """Make one file and prove it by restoring it aside. One that can't be proven loses its name as a backup."""
    kept = Kept(name=name)
    try:
        made = make()
    except (DomainError, OSError, SQLAlchemyError) as error:
        kept.error = why(error)
        return kept
    server = None if company is None or company.engines.is_sqlite else company.engines.url
    try:
        kept.file, kept.size = made.path.name, made.path.stat().st_size
        kept.proven = list(verify_backup(made.path, [box_key(data)], folder, server).steps)
    except (DomainError, OSError, SQLAlchemyError) as error:
        kept.error, kept.file = why(error), ""
        made.path.rename(made.path.with_name(made.path.name + UNPROVEN))
    return kept


def why(error: Exception) -> str:
    return str(getattr(error, "orig", error)) or type(error).__name__


def send_copies(box: Box, run: Run, folder: Path, tell: Tell) -> None:
    """Copy what is proven to each target; one that fails keeps the others from nothing."""
    keep = keep_of(box.config.backup.keep)
    for target in read_targets(box.data):
        tell(target.name, f"Copies go to {target.name}.")
        run.copies.append(copy_to(box.get(None), target, folder, keep, read_journal(box.data)))
        keep_run(box.data, run)


def require_good(run: Run) -> None:
    """See that everything was proven.

    Raises: RuleBroken with what failed.
    """
    failed = [f"{kept.name}: {kept.error}" for kept in run.kept if kept.error]
    if not run.is_good:
        raise RuleBroken(" ".join([*failed, run.error]).strip() or "The run did not end.")
