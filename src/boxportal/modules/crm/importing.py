"""Leads from a CSV file: read whatever separator and encoding it has, shown before anything is kept, kept once."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import select

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, LEAD
from boxportal.modules.crm.leads import Arrival, LeadData, create_lead, title_from
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.reach import read_reach
from boxportal.modules.crm.wording import CSV
from boxportal.sdk.context import AuditEntry, Ctx, Notice, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.names import name_key

SOURCE = CSV
TOPIC = "crm.import"
BATCH = 50
MOST_ROWS, MOST_BYTES, MOST_COLUMNS, SHOWN = 5_000, 900_000, 50, 20
FIELDS: Mapping[str, Lazy] = {
    "title": _l("Title"),
    "request": _l("What is asked for"),
    "name": _l("Name"),
    "company_name": _l("Company"),
    "phone": _l("Telephone"),
    "email": _l("E-mail"),
}
# What other programs call their columns, in the languages of the product.
KNOWN_AS: Mapping[str, frozenset[str]] = {
    "title": frozenset({"title", "lead", "lead name", "subject", "название", "название лида", "тема", "kichwa"}),
    "request": frozenset({"request", "message", "comment", "comments", "note", "notes", "description", "сообщение",
                          "комментарий", "примечание", "описание", "запрос", "maelezo", "ombi"}),
    "name": frozenset({"name", "full name", "contact", "contact name", "first name", "имя", "фио", "контакт", "jina"}),
    "company_name": frozenset({"company", "company name", "organisation", "organization", "firm", "компания",
                               "название компании", "организация", "фирма", "kampuni"}),
    "phone": frozenset({"phone", "telephone", "phone number", "mobile", "work phone", "tel", "телефон",
                        "рабочий телефон", "мобильный", "мобильный телефон", "simu"}),
    "email": frozenset({"email", "e-mail", "mail", "e-mail address", "email address", "work e-mail", "почта",
                        "эл. почта", "рабочий e-mail", "barua pepe"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A file's head and rows, each row as long as the head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import makes: new leads, rows that are there already, rows that can't be read (number and why)."""

    new: int
    known: int
    wrong: Sequence[tuple[int, str]]


def text_of(data: bytes) -> str:
    """A file's text, in whichever of the usual encodings it is.

    Raises: Invalid for a file that is too large or none of text.
    """
    if len(data) > MOST_BYTES:
        raise too_large()
    for encoding in ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1251"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text.encode()) > MOST_BYTES:
            raise too_large()
        if "\0" not in text:
            return text
    raise Invalid({"file": _("This is not a CSV file.")})


def too_large() -> Invalid:
    return Invalid({"file": _("The file is too large: at most %(num)s KB. Split it.", num=MOST_BYTES // 1000)})


def read_table(text: str) -> Table:
    """Read the file's rows; the separator is the one that its head has most of.

    Raises: Invalid.
    """
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    separator = max(",;\t|", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip()), delimiter=separator))
    except csv.Error as error:
        raise Invalid({"file": _("This is not a CSV file.")}) from error
    rows = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if not first or not rows:
        raise Invalid({"file": _("The file has no rows under its head.")})
    if len(rows) > MOST_ROWS or len(lines[0]) > MOST_COLUMNS:
        raise Invalid(
            {"file": _("The file has too many rows or columns: at most %(num)s rows. Split it.", num=MOST_ROWS)}
        )
    head = lines[0]
    return Table(head, [[*line, *[""] * len(head)][: len(head)] for line in rows])


def guess_columns(table: Table) -> dict[str, int]:
    """Which column holds which field, by the words of the head."""
    words = [name_key(word).strip(" *:") for word in table.head]
    return {
        name: next(number for number, word in enumerate(words) if word in known)
        for name, known in KNOWN_AS.items()
        if any(word in known for word in words)
    }


def leads_in(table: Table, columns: Mapping[str, int]) -> Iterator[LeadData]:
    """The rows as leads. The row's own content is its name in the outside world: so a file makes its leads once."""
    for row in table.rows:
        values = {name: row[number] for name, number in columns.items() if name in FIELDS and number < len(row)}
        key = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:40]
        yield LeadData(
            title=values.get("title", ""),
            request=values.get("request", ""),
            name=values.get("name", ""),
            company_name=values.get("company_name", ""),
            phone=values.get("phone", ""),
            email=values.get("email", ""),
            source=SOURCE,
            external_id=key,
        )


def wrong_with(ctx: ReadCtx, data: LeadData) -> str:
    """Why a row can't be a lead; empty when it can."""
    try:
        reach = read_reach(ctx, data.phone, data.email)
    except Invalid as error:
        return "; ".join(str(text) for text in error.fields.values())
    if not (data.title.strip() or title_from(data.request, data.name, data.company_name, reach)):
        return _("Fill in at least one field.")
    return ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the actor's leads and clients, and former imports, have already."""

    phones: frozenset[str]
    emails: frozenset[str]
    rows: frozenset[str]

    def has(self, ctx: ReadCtx, data: LeadData) -> bool:
        reach = read_reach(ctx, data.phone, data.email, strict=False)
        is_there = reach.phone_key in self.phones or reach.email_key in self.emails
        return is_there or data.external_id in self.rows


def known_of(ctx: ReadCtx, rows: Sequence[LeadData]) -> Known:
    """Ask for all rows at once, by the indexes of the keys."""
    reaches = [read_reach(ctx, data.phone, data.email, strict=False) for data in rows]
    phones = sorted({reach.phone_key for reach in reaches} - {""})
    emails = sorted({reach.email_key for reach in reaches} - {""})
    found_phones: set[str] = set()
    found_emails: set[str] = set()
    for kind, model in ((LEAD, Lead), (CONTACT, Contact), (CLIENT_COMPANY, ClientCompany)):
        seen = model.id.in_(ctx.visible(kind))
        found_phones.update(ctx.db.scalars(select(model.phone_key).where(model.phone_key.in_(phones), seen)))
        found_emails.update(ctx.db.scalars(select(model.email_key).where(model.email_key.in_(emails), seen)))
    same = select(Lead.external_id).where(Lead.source == SOURCE, Lead.external_id.in_([d.external_id for d in rows]))
    return Known(
        frozenset(found_phones), frozenset(found_emails), frozenset(key for key in ctx.db.scalars(same) if key)
    )  # fmt: skip


def try_import(ctx: ReadCtx, table: Table, columns: Mapping[str, int]) -> Report:
    """What an import would make; nothing is kept."""
    report, _fresh = sort_rows(ctx, table, columns)
    return report


def sort_rows(ctx: ReadCtx, table: Table, columns: Mapping[str, int]) -> tuple[Report, list[LeadData]]:
    fresh: dict[str | None, LeadData] = {}
    wrong: list[tuple[int, str]] = []
    known = 0
    rows = list(leads_in(table, columns))
    there = known_of(ctx, rows)
    for number, data in enumerate(rows, 2):
        problem = wrong_with(ctx, data)
        if problem:
            wrong.append((number, problem))
        elif data.external_id in fresh or there.has(ctx, data):
            known += 1
        else:
            fresh[data.external_id] = data
    return Report(len(fresh), known, wrong), list(fresh.values())


def run_import(ctx: Ctx, table: Table, columns: Mapping[str, int], responsible: int) -> Report:
    """Keep the new rows as leads, a few at a time after the commit, so that nobody waits for a long file.

    Whoever is responsible is told once, and reminded of none of them.
    """
    report, fresh = sort_rows(ctx, table, columns)
    for start in range(0, len(fresh), BATCH):
        rows = [asdict(replace(data, responsible_id=responsible)) for data in fresh[start : start + BATCH]]
        ctx.enqueue(TOPIC, {"rows": rows, "by": ctx.actor.id})
    after = {"new": report.new, "known": report.known, "wrong": len(report.wrong)}
    ctx.audit(AuditEntry(action="crm.lead.import", after=after))
    if responsible != ctx.actor.id and report.new:
        ctx.notify(
            Notice(
                to=responsible, kind="crm.lead", text=_n("%(num)s leads were brought in for you"),
                values={"num": str(report.new)}, url="/crm/leads?responsible=me",
            )
        )  # fmt: skip
    return report


def take_rows(ctx: Ctx, payload: Mapping[str, object]) -> None:
    """Make leads of some rows of a file; of rows that are there already nothing comes."""
    rows = payload["rows"]
    for row in rows if isinstance(rows, list) else []:
        data = LeadData(**row)
        same = select(Lead.id).where(Lead.source == SOURCE, Lead.external_id == data.external_id)
        if ctx.db.scalar(same) is None:
            lead = create_lead(ctx, data, Arrival(is_quiet=True))
            lead.created_by = payload["by"] if isinstance(payload["by"], int) else None
