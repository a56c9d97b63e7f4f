"""Likely twins of what is being typed: the same telephone, mail address, or name and company."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, and_, select, union_all

from boxportal.modules.crm.clients import visible_client_companies, visible_contacts
from boxportal.modules.crm.kinds import address_of
from boxportal.modules.crm.leads import visible_leads
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.reach import read_reach
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.names import company_key, person_key

MOST = 5
MOST_ALIKE = 200
UNCOUNTED = ("spam", "quarantined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for, as typed; `but` is the record that is being edited."""

    name: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""
    but: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """A record that may be the same one."""

    ref: RecordRef
    title: str
    what: Lazy
    detail: str

    @property
    def url(self) -> str:
        return address_of(self.ref)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the columns of keys are compared with; empty ones match nothing."""

    phone: str
    email: str
    name: str
    company: str


def find_twins(ctx: ReadCtx, wanted: Wanted) -> Sequence[Twin]:
    """The leads, contacts and companies that look like it, as far as the actor may see them; newest first."""
    reach = read_reach(ctx, wanted.phone, wanted.email, strict=False)
    keys = Keys(
        reach.phone_key, reach.email_key, person_key(wanted.name)[:200], company_key(wanted.company)[:200]
    )  # fmt: skip
    twins = [*twin_contacts(ctx, keys), *twin_companies(ctx, keys), *twin_leads(ctx, keys)]
    return [twin for twin in twins if twin.ref != wanted.but]


def twin_leads(ctx: ReadCtx, keys: Keys) -> list[Twin]:
    alike = by_reach(Lead, keys)
    if keys.name and keys.company:
        alike.append(and_(Lead.name_key == keys.name, Lead.company_key == keys.company))
    if not alike:
        return []
    found = (
        visible_leads(ctx)
        .where(Lead.id.in_(alike_ids(Lead, alike)), Lead.status.not_in(UNCOUNTED))
        .order_by(Lead.id.desc())
    )
    return [
        Twin(row.ref, row.title, _l("Request"), detail(row.name, row.company_name, row.phone))
        for row in ctx.db.scalars(found.limit(MOST))
    ]


def twin_contacts(ctx: ReadCtx, keys: Keys) -> list[Twin]:
    alike = by_reach(Contact, keys)
    if keys.name:
        alike.append(Contact.name_key == keys.name)
    if not alike:
        return []
    found = visible_contacts(ctx).where(Contact.id.in_(alike_ids(Contact, alike))).order_by(Contact.id.desc())
    return [
        Twin(row.ref, row.name, _l("Contact"), detail(row.phone, row.email))
        for row in ctx.db.scalars(found.limit(MOST))
    ]


def twin_companies(ctx: ReadCtx, keys: Keys) -> list[Twin]:
    alike = by_reach(ClientCompany, keys)
    if keys.company:
        alike.append(ClientCompany.name_key == keys.company)
    if not alike:
        return []
    found = (
        visible_client_companies(ctx)
        .where(ClientCompany.id.in_(alike_ids(ClientCompany, alike)))
        .order_by(ClientCompany.id.desc())
    )
    return [
        Twin(row.ref, row.name, _l("Company"), detail(row.phone, row.email))
        for row in ctx.db.scalars(found.limit(MOST))
    ]


def by_reach(model: type[Lead] | type[Contact] | type[ClientCompany], keys: Keys) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if keys.phone:
        found.append(model.phone_key == keys.phone)
    if keys.email:
        found.append(model.email_key == keys.email)
    return found


def alike_ids(
    model: type[Lead] | type[Contact] | type[ClientCompany], alike: Sequence[ColumnElement[bool]]
) -> CompoundSelect[int]:
    """The ids that any of the conditions finds, each by its own index: an OR would read the whole table."""
    live = select(model.id).where(model.deleted_at.is_(None))
    found = [live.where(condition).limit(MOST_ALIKE).subquery() for condition in alike]
    return union_all(*(select(one.c.id) for one in found))


def detail(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
