"""Erases a person: everything in one transaction, and one line of the audit log that does not name them."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from boxportal.kernel.files.blobs import path_of
from boxportal.kernel.identity.models import Person
from boxportal.kernel.personal.gather import held_on, sources, subject_of
from boxportal.kernel.personal.own import PERSON, instead_of
from boxportal.kernel.personal.sides import erase_sides
from boxportal.kernel.pictures.store import folder_of
from boxportal.kernel.running import company_of
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.personal import Fate

SETTLED_SECONDS = 3600.0  # a content that was stored a moment ago may be about to be named by a new row


def erase_person(ctx: Ctx, ref: RecordRef, *, typed: str | None = None) -> Mapping[str, int]:
    """Erase all that may go; returns how many rows there were, by what became of them.

    `typed` is the name that was typed to confirm. Raises: NotFound, Invalid (`name`), RuleBroken.
    """
    subject = subject_of(ctx, ref)
    if typed is not None and typed.strip().casefold() != subject.name.strip().casefold():
        raise Invalid({"name": _("Type the name as it stands above.")})
    held = held_on(ctx, subject)
    counts = {fate.value: sum(len(one.rows) for one in held if one.fate is fate) for fate in Fate}
    picture = picture_of(ctx, ref)
    blobs = erase_sides(ctx, subject, instead_of(subject))
    for source in reversed(sources(ctx)):  # who hangs on others' records comes before them
        source.erase(ctx, subject)
    ctx.db.flush()
    ctx.audit(AuditEntry(action="core.personal.erase", ref=ref, after=dict(counts)))
    company = company_of(ctx)
    paths = [path_of(company.files, blob) for blob in blobs]
    ctx.after_commit.append(partial(remove_files, [*paths, *([folder_of(company) / picture] if picture else [])]))
    return counts


def picture_of(ctx: Ctx, ref: RecordRef) -> str:
    person = ctx.db.get(Person, ref.id) if ref.kind == PERSON else None
    return (person.picture or "") if person else ""


def remove_files(paths: Sequence[Path]) -> None:
    """Delete contents that nothing names any more; what is new is left to `db check` to tell of."""
    for path in paths:
        if path.exists() and path.stat().st_mtime < time.time() - SETTLED_SECONDS:
            path.unlink(missing_ok=True)
