"""Brings all people into line with the directory: it is read first, then written in parts, a transaction each."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import func, select

from boxportal.kernel.directory.settings import DirectorySettings, DirectoryState, password_of
from boxportal.kernel.directory.taking import Groups, groups_that_count, take
from boxportal.kernel.directory.talk import Access, Entry, talking
from boxportal.kernel.identity.leaving import let_go
from boxportal.kernel.identity.models import DirectoryPerson, Person
from boxportal.kernel.identity.people import clean_name, require_other_admin
from boxportal.kernel.running import company_of
from boxportal.kernel.settings import save_setting
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, RuleBroken
from boxportal.sdk.i18n import gettext as _

PART = 100
MOST_TOLD = 50
FEW, SHARE = 5, 0.2  # how many may vanish at once before somebody is asked: five, or a fifth
SHOWN = 3
Changing = Callable[[], AbstractContextManager[Ctx]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the directory holds at one moment."""

    settings: DirectorySettings
    entries: Sequence[Entry]
    groups: Groups


def access_to(ctx: ReadCtx) -> Access:
    """With what the company's directory is reached.

    Raises: RuleBroken when none is set, or its password can't be opened.
    """
    settings, company = ctx.settings(DirectorySettings), company_of(ctx)
    if not settings.is_set:
        raise RuleBroken(_("Save a directory first."))
    return Access(settings, password_of(settings, company.vault), company.guarded_ports, company.book)


def look(by: Access, most: int | None = None) -> Found:
    """Read the directory; `most` entries are enough for a test.

    Raises: NotReached.
    """
    with talking(by) as talk:
        entries = list(talk.people(most) if most else talk.people())
        members = talk.members(groups_that_count(by.settings))
    return Found(by.settings, entries, Groups(by.settings, members))


def synchronise(found: Found, changing: Changing, *, all_may_go: bool = False) -> DirectoryState:
    """Take every entry, let those go who are no more in the directory, and keep how it went.

    Raises: RuleBroken when so many would go that something must be wrong; what was taken until then stays.
    """
    state = DirectoryState(found=len(found.entries))
    with changing() as ctx:
        known = ctx.settings(DirectoryState).departments
    named = {clean_name(entry.department) for entry in found.entries} - {""}
    state.departments = sorted({*known, *named}) if found.settings.teams else list(known)
    for begin in range(0, len(found.entries), PART):
        with changing() as ctx:
            for entry in found.entries[begin : begin + PART]:
                note(state, ctx, entry, found.groups)
    with changing() as ctx:
        try:
            state.gone = let_vanished_go(ctx, {entry.uid for entry in found.entries}, all_may_go=all_may_go)
        except RuleBroken as error:
            state.error = str(error)
        state.at = ctx.now
        save_setting(ctx.db, state)
        counts = {"added": state.added, "changed": state.changed, "gone": state.gone}
        ctx.audit(AuditEntry(action="core.directory.sync", after=counts))
    if state.error:
        raise RuleBroken(state.error)
    return state


def note(state: DirectoryState, ctx: Ctx, entry: Entry, groups: Groups) -> None:
    taken = take(ctx, entry, groups, state.departments)
    state.added += taken.added
    state.changed += taken.changed
    if taken.why and len(state.left_alone) < MOST_TOLD:
        state.left_alone.append(taken.why)


def let_vanished_go(ctx: Ctx, found: set[str], *, all_may_go: bool) -> int:
    """People whom the directory has no more leave: signed out at once, nothing of theirs deleted.

    Raises: RuleBroken when so many would go at once that the directory, or a setting, must be wrong.
    """
    here = select(DirectoryPerson).join(Person, Person.id == DirectoryPerson.person_id)
    links = ctx.db.scalars(here.where(Person.state == "active", DirectoryPerson.gone_at.is_(None))).all()
    gone = [link for link in links if link.uid not in found]
    if gone and (not found or len(gone) > max(FEW, SHARE * len(links))) and not all_may_go:
        raise RuleBroken(
            _("%(gone)s of %(all)s people are not in the directory any more. Nobody was taken out. If that is right: "
              "boxportal directory sync --all-may-go", gone=len(gone), all=len(links))
        )  # fmt: skip
    return sum(leave(ctx, link) for link in gone)


def leave(ctx: Ctx, link: DirectoryPerson) -> bool:
    person = ctx.db.get(Person, link.person_id)
    try:
        if person is not None and person.is_admin:
            require_other_admin(ctx, person)
        let_go(ctx, link.person_id, None)
    except DomainError:  # the last administrator, or who asks for this: stays, and the page shows them as here
        return False
    link.gone_at = ctx.now
    return True


def keep_failure(ctx: Ctx, why: str) -> None:
    """Note that the directory could not be asked."""
    state = ctx.settings(DirectoryState)
    state.error, state.at = why[:300], ctx.now
    save_setting(ctx.db, state)


def count_linked(ctx: ReadCtx) -> int:
    here = select(func.count()).select_from(DirectoryPerson).where(DirectoryPerson.gone_at.is_(None))
    return ctx.db.scalar(here) or 0
