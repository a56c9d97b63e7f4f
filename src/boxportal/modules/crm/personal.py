"""What the CRM holds on one person: contacts and leads, with the deals and activities that hang on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from boxportal.contracts.crm import CONTACT, DEAL, LEAD
from boxportal.modules.crm.keeping import KEEPS
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import plain_table
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.mailaddr import address_key
from boxportal.sdk.names import person_key
from boxportal.sdk.personal import Fate, Held, Match, PersonalData, Subject, escaped, parts, rows_by, rows_of
from boxportal.sdk.phones import digits_of

MOST = 50
LEAST_DIGITS = 6
Reached = type[Contact] | type[Lead]
KINDS: dict[str, Reached] = {CONTACT: Contact, LEAD: Lead}
FIRMS = _l("It belongs to a firm, or to somebody else: it stays without the name.")
FIGURES = _l("Sums and stages stay for the figures, without anything of the person.")
NAMES = {CONTACT: _l("Contact"), LEAD: _l("Lead")}


def find(ctx: ReadCtx, text: str) -> Sequence[Match]:
    """Contacts and leads by name, mail address or telephone, those in the trash too; newest first."""
    return [match for kind in KINDS for match in find_kind(ctx, kind, text)]


def find_kind(ctx: ReadCtx, kind: str, text: str) -> Iterator[Match]:
    columns = plain_table(KINDS[kind]).c
    alike = by_text(KINDS[kind], text)
    if not alike:
        return
    wanted = select(columns.id, columns.name, columns.email, columns.phone).where(or_(*alike))
    for row in ctx.db.execute(wanted.order_by(columns.id.desc()).limit(MOST)):
        detail = ", ".join(filter(None, (row.email, row.phone)))
        yield Match(RecordRef(kind, row.id), NAMES[kind], row.name or detail, detail)


def by_text(model: Reached, text: str) -> list[ColumnElement[bool]]:
    """The conditions by which what was typed finds a row."""
    keys, digits = person_key(text).split(), digits_of(text)
    alike: list[ColumnElement[bool]] = []
    if keys:
        alike.append(and_(*(model.name_key.like(f"%{escaped(key)}%", escape="\\") for key in keys)))
    if "@" in text:
        alike.append(model.email_key.like(f"%{escaped(text.strip().casefold())}%", escape="\\"))
    if len(digits) >= LEAST_DIGITS:
        alike.append(model.phone_key.like(f"%{escaped(digits.lstrip('0'))}%", escape="\\"))
    return alike


def begin(ctx: ReadCtx, ref: RecordRef) -> Subject | None:
    """The person of a contact or lead."""
    model = KINDS.get(ref.kind)
    row = ctx.db.get(model, ref.id) if model else None
    if row is None:
        return None
    words = known_by(row)
    return Subject(ref=ref, name=row.name or row.email or row.phone, words=words)


def known_by(row: Contact | Lead) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (row.name, row.email, row.email_key, row.phone, row.phone_key))))


def records(ctx: ReadCtx, subject: Subject) -> Mapping[RecordRef, Fate]:
    """The contacts and leads of the person, and the deals made with them.

    Somebody is the same with the same mail address, or with the same name and telephone: a telephone alone may be the
    firm's. A deal with a firm is the firm's: it stays, without the person's name.
    """
    emails = {key for word in subject.words if (key := address_key(word))}
    contacts = set(same(ctx, Contact, subject, emails))
    leads = set(same(ctx, Lead, subject, emails))
    for part in parts(sorted(leads)):
        linked = select(Lead.contact_id).where(Lead.id.in_(part), Lead.contact_id.is_not(None))
        contacts |= {number for number in ctx.db.scalars(linked) if number is not None}
    for part in parts(sorted(contacts)):
        leads |= set(ctx.db.scalars(select(Lead.id).where(Lead.contact_id.in_(part))))
    found = {RecordRef(CONTACT, number): Fate.REMOVED for number in contacts}
    found |= {RecordRef(LEAD, number): Fate.REMOVED for number in leads}
    return found | deals_of(ctx, contacts, leads)


def same(ctx: ReadCtx, model: Reached, subject: Subject, emails: set[str]) -> list[int]:
    alike: list[ColumnElement[bool]] = [model.email_key.in_(sorted(emails))] if emails else []
    if KINDS.get(subject.ref.kind) is model:
        alike.append(model.id == subject.ref.id)
    phones = [word for word in subject.words if word.startswith("+")]
    key = person_key(subject.name)
    if phones and key:
        alike.append(and_(model.phone_key.in_(phones), model.name_key == key))
    return list(ctx.db.scalars(select(model.id).where(or_(*alike)))) if alike else []


def deals_of(ctx: ReadCtx, contacts: set[int], leads: set[int]) -> dict[RecordRef, Fate]:
    found: dict[RecordRef, Fate] = {}
    for column, ids in ((Deal.contact_id, contacts), (Deal.lead_id, leads)):
        for part in parts(sorted(ids)):
            for row in ctx.db.execute(select(Deal.id, Deal.contact_id, Deal.client_company_id).where(column.in_(part))):
                others = row.client_company_id is not None or row.contact_id not in (*contacts, None)
                found[RecordRef(DEAL, row.id)] = Fate.NAMELESS if others else Fate.EMPTIED
    return found


def held(ctx: ReadCtx, subject: Subject) -> Sequence[Held]:
    """What stands in the CRM's tables."""
    gone, named = activities(ctx, subject)
    return [
        part_of(ctx, subject, CONTACT, Fate.REMOVED, title=_l("Contacts")),
        part_of(ctx, subject, LEAD, Fate.REMOVED, title=_l("Leads")),
        part_of(ctx, subject, DEAL, Fate.EMPTIED, title=_l("Deals"), why=FIGURES),
        part_of(ctx, subject, DEAL, Fate.NAMELESS, title=_l("Deals with firms"), why=FIRMS),
        Held(id="crm.activities", title=_l("Activities"), rows=gone, fate=Fate.REMOVED),
        Held(id="crm.activities-named", title=_l("Activities with firms that name the person"), rows=named,
             fate=Fate.NAMELESS, why=FIRMS),
    ]  # fmt: skip


MODELS = {CONTACT: Contact, LEAD: Lead, DEAL: Deal}


def part_of(ctx: ReadCtx, subject: Subject, kind: str, fate: Fate, *, title: Lazy, why: Lazy | str = "") -> Held:
    table, ids = plain_table(MODELS[kind]), subject.ids(kind, fate)
    rows = rows_by(ctx.db, table, table.c.id, ids)
    return Held(
        id=f"{kind}-{fate}", title=title, rows=rows, fate=fate, why=why, refs=[RecordRef(kind, one) for one in ids]
    )


def activities(ctx: ReadCtx, subject: Subject) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Those on the person's own records, and those with firms that name the person."""
    table = plain_table(Activity)
    gone: list[dict[str, object]] = []
    named: list[dict[str, object]] = []
    for kind in MODELS:
        for part in parts(subject.ids(kind)):
            where = and_(table.c.ref_kind == kind, table.c.ref_id.in_(part))
            for row in rows_where(ctx, where):
                fate = subject.records[RecordRef(kind, cast("int", row["ref_id"]))]
                if fate is not Fate.NAMELESS:
                    gone.append(row)
                elif subject.is_in(f"{row['title']}\n{row['result']}"):
                    named.append(row)
    return gone, named


def rows_where(ctx: ReadCtx, where: ColumnElement[bool]) -> list[dict[str, object]]:
    return rows_of(ctx.db, plain_table(Activity), where)


def erase(ctx: Ctx, subject: Subject) -> None:
    """Delete the person's contacts and leads; empty their deals; take the name out of the firms'."""
    instead = _("erased client")
    gone, named = activities(ctx, subject)
    for part in parts(cast("int", row["id"]) for row in gone):
        ctx.db.change(delete(Activity).where(Activity.id.in_(part)))
    for row in named:
        texts = {name: subject.without(str(row[name]), instead) for name in ("title", "result")}
        ctx.db.change(update(Activity).where(Activity.id == row["id"]).values(**texts))
    for part in parts(subject.ids(DEAL)):
        for deal in ctx.db.scalars(select(Deal).where(Deal.id.in_(part))):
            clean_deal(deal, subject, instead)
    ctx.db.flush()
    for part in parts(subject.ids(LEAD)):
        ctx.db.change(update(Lead).where(Lead.spam_of.in_(part)).values(spam_of=None))
        ctx.db.change(delete(Lead).where(Lead.id.in_(part)))
    for part in parts(subject.ids(CONTACT)):
        ctx.db.change(delete(Contact).where(Contact.id.in_(part)))
    ctx.index(*(RecordRef(DEAL, number) for number in subject.ids(DEAL)))


def clean_deal(deal: Deal, subject: Subject, instead: str) -> None:
    deal.version += 1
    if subject.records[deal.ref] is Fate.EMPTIED:
        deal.title, deal.reason, deal.open_activities, deal.next_at = instead, "", 0, None
        return
    deal.title = subject.without(deal.title, instead)
    deal.reason = subject.without(deal.reason, instead)


PERSONAL = PersonalData(id="crm", held=held, erase=erase, find=find, begin=begin, records=records, keeps=KEEPS)
