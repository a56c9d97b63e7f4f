"""What the kernel itself holds on one person: the account and what belongs to it, and what lies on records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Table, delete, select, update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.identity.models import Person
from boxportal.kernel.personal.keeping import KEEPS
from boxportal.kernel.personal.mentions import erase_mentions, mentions
from boxportal.kernel.personal.sides import CHAIN, sides
from boxportal.kernel.personal.tables import owned_tables
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import plain_table
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import Fate, Held, Match, PersonalData, Subject, newest_of, rows_of
from boxportal.sdk.phones import digits_of

PERSON = "core.person"
LEAST_DIGITS = 6
NOBODY = "invalid"  # a name that no mail server has (RFC 2606)


def find(ctx: ReadCtx, text: str) -> Sequence[Match]:
    """People of the portal, those who left too, by name, mail address or telephone."""
    typed, digits = text.casefold(), digits_of(text).lstrip("0")
    people = ctx.db.execute(select(Person.id, Person.name, Person.email, Person.phone).order_by(Person.name)).all()
    found = [
        row for row in people
        if typed in row.name.casefold() or typed in row.email.casefold()
        or (len(digits) >= LEAST_DIGITS and digits in digits_of(row.phone))
    ]  # fmt: skip
    return [Match(RecordRef(PERSON, row.id), _l("Person of the portal"), row.name, row.email) for row in found[:50]]


def begin(ctx: ReadCtx, ref: RecordRef) -> Subject | None:
    """The person of an account."""
    person = ctx.db.get(Person, ref.id) if ref.kind == PERSON else None
    if person is None:
        return None
    words = tuple(filter(None, (person.name, person.email, person.phone)))
    return Subject(ref=ref, name=person.name, words=words)


def records(_ctx: ReadCtx, subject: Subject) -> Mapping[RecordRef, Fate]:
    return {subject.ref: Fate.NAMELESS} if subject.ref.kind == PERSON else {}


def held(ctx: ReadCtx, subject: Subject) -> Sequence[Held]:
    """The account and what belongs to it; what lies on records; where the person is named in passing."""
    account = account_of(ctx, subject) if subject.ref.kind == PERSON else []
    return [*account, *sides(ctx, subject), *mentions(ctx, subject)]


def account_of(ctx: ReadCtx, subject: Subject) -> list[Held]:
    number, wrote = subject.ref.id, _l("It is the firm's; the author becomes a former colleague.")
    person, line = plain_table(Person), plain_table(AuditLine)
    comment, file = plain_table(Comment), plain_table(RecordFile)
    account = Held(
        id="core.account",
        title=_l("The account"),
        rows=rows_of(ctx.db, person, person.c.id == number),
        fate=Fate.NAMELESS,
        why=_l("Records that the person worked on name it: it becomes a former colleague."),
        refs=[subject.ref],
    )
    empty = Held(id="core.wrote", title=_l("Comments that the person wrote"), rows=(), fate=Fate.NAMELESS, why=wrote)
    files = replace(empty, id="core.uploaded", title=_l("Files that the person uploaded"))
    acts = Held(id="core.acts", title=_l("What the person did, by the audit log"), rows=(), fate=Fate.STAYS, why=CHAIN)
    return [
        account,
        *(filled(ctx, owned(table), table, column == number) for table, column in owned_tables()),
        filled(ctx, empty, comment, comment.c.author_id == number),
        filled(ctx, files, file, file.c.author_id == number),
        filled(ctx, acts, line, line.c.actor_id == number),
    ]


def owned(table: Table) -> Held:
    title = WHAT.get(table.name, _l("Other things of the account"))
    return Held(id=table.name, title=title, rows=(), fate=Fate.REMOVED)


def filled(ctx: ReadCtx, held: Held, table: Table, where: ColumnElement[bool]) -> Held:
    """The kind with its newest rows."""
    rows, more = newest_of(ctx.db, table, where)
    return replace(held, rows=rows, more=more)


WHAT = {
    "core_session": _l("Sessions and devices"),
    "core_api_token": _l("Keys to the API"),
    "core_notice": _l("Inbox"),
    "core_notice_choice": _l("Choices of notices"),
    "core_notice_times": _l("Quiet hours"),
    "core_list_view": _l("Views of lists"),
    "core_person_role": _l("Roles"),
    "core_team_member": _l("Places in teams"),
    "core_reminder": _l("Reminders"),
    "core_one_time_link": _l("One-time links"),
}


def instead_of(subject: Subject) -> str:
    """What stands where the person's name stood."""
    return _("former colleague") if subject.ref.kind == PERSON else _("erased client")


def erase(ctx: Ctx, subject: Subject) -> None:
    """Make a former colleague of the account, and delete what belongs to it.

    Raises: RuleBroken while the person has not left.
    """
    former = _("former colleague")
    erase_mentions(ctx, subject, instead_of(subject))
    if subject.ref.kind != PERSON:
        return
    person = ctx.db.get(Person, subject.ref.id)
    if person is None or person.state != "left":
        raise RuleBroken(_("This person still works here. Take them out first, under People."))
    for table, column in owned_tables():
        ctx.db.change(delete(table).where(column == person.id))
    for model in (Comment, RecordFile):
        ctx.db.change(update(model).where(model.author_id == person.id).values(author_name=former))
    person.name, person.email = former, f"former-{person.id}@{NOBODY}"
    person.phone, person.picture, person.password_hash = "", None, None


OWN = PersonalData(id="core", held=held, erase=erase, find=find, begin=begin, records=records, keeps=KEEPS)
