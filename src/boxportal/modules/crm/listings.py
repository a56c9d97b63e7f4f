"""The lists of the CRM: their columns, filters, orders and ready-made views."""

from datetime import timedelta
from functools import lru_cache

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import InstrumentedAttribute

from boxportal.modules.crm.leads import visible_leads
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage
from boxportal.modules.crm.seeing import KEPT
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import plazy
from boxportal.sdk.list_env import Condition
from boxportal.sdk.lists import (
    ChoiceFilter,
    Column,
    DateRange,
    Join,
    ListEnv,
    ListSpec,
    NamedFilter,
    NumberRange,
    PersonFilter,
    TextFilter,
    View,
)
from boxportal.sdk.names import company_key, person_key
from boxportal.sdk.people import person

QUIET = timedelta(days=7)
LEAD_STATES = (
    ("new", plazy("lead", "New")),
    ("working", _l("In work")),
    ("converted", _l("Became a deal")),
    ("dropped", _l("Dropped")),
    ("spam", _l("Spam")),
    ("quarantined", _l("Set aside")),
)
LEAD_MARKS = {
    "new": "running", "working": "waiting", "converted": "good", "dropped": "off", "spam": "bad",
    "quarantined": "warning",
}  # fmt: skip
DEAL_STATES = (("open", plazy("deal", "Open")), ("won", _l("Won")), ("lost", _l("Lost")))


def telephone(key: InstrumentedAttribute[str], typed: InstrumentedAttribute[str]) -> Column:
    """A telephone number that dials; one that could not be read is tried as it was typed."""
    dialled = func.coalesce(func.nullif(key, ""), func.nullif(typed, ""))
    return Column(key="phone", label=_l("Telephone"), expr=dialled, shows=typed, link="tel:{value}")


def listed_leads(ctx: ReadCtx, query: str) -> Select[Lead]:
    """The leads that a list starts from: spam and what was set aside only where the address asks for it."""
    base = visible_leads(ctx)
    if "status=spam" in query or "status=quarantined" in query:
        return base
    return without_spam(base)


@lru_cache(KEPT)
def without_spam(base: Select[Lead]) -> Select[Lead]:
    return base.where(Lead.status.not_in(("spam", "quarantined")))


def unanswered(_env: ListEnv) -> Condition:
    return and_(Lead.answered_at.is_(None), Lead.status == "new")


def quiet(env: ListEnv) -> Condition:
    return and_(Deal.state == "open", Deal.moved_at < env.now - QUIET)


def without_next(_env: ListEnv) -> Condition:
    return and_(Deal.state == "open", Deal.open_activities == 0)


def overdue(env: ListEnv) -> Condition:
    return and_(Deal.state == "open", Deal.next_at < env.now)


LEADS = ListSpec(
    key="crm.leads",
    id=Lead.id,
    version=Lead.version,
    joins=(Join(person, person.c.id == Lead.responsible_id),),
    columns=(
        Column(key="title", label=_l("Request"), expr=Lead.title, link="/crm/leads/{id}"),
        Column(key="name", label=_l("Name"), expr=Lead.name),
        Column(key="company", label=_l("Company"), expr=Lead.company_name),
        telephone(Lead.phone_key, Lead.phone),
        Column(key="email", label=_l("E-mail"), expr=Lead.email, default_shown=False),
        Column(key="status", label=_l("Status"), expr=Lead.status, kind="choice", options=LEAD_STATES,
               marks=LEAD_MARKS),
        Column(key="responsible", label=_l("Responsible"), expr=Lead.responsible_id, kind="person",
               shows=person.c.name),
        Column(key="created", label=_l("Came in"), expr=Lead.created_at, kind="datetime"),
        Column(key="source", label=_l("Source"), expr=Lead.source, default_shown=False),
    ),
    filters=(
        ChoiceFilter("status", _l("Status"), Lead.status, LEAD_STATES),
        PersonFilter("responsible", _l("Responsible"), Lead.responsible_id),
        NamedFilter("waiting", _l("Waiting"), {"answer": (_l("for an answer"), unanswered)}),
        DateRange("created", _l("Came in"), Lead.created_at, instants=True),
        TextFilter("name", _l("Name"), Lead.name_key, key_of=person_key),
    ),
    views=(
        View(_l("My open"), "responsible=me&status=new&status=working"),
        View(_l("Unanswered"), "waiting=answer"),
        View(_l("All open"), "status=new&status=working"),
    ),
)  # fmt: skip

DEALS = ListSpec(
    key="crm.deals",
    id=Deal.id,
    version=Deal.version,
    joins=(
        Join(person, person.c.id == Deal.responsible_id),
        Join(Stage, Stage.id == Deal.stage_id),
        Join(ClientCompany, ClientCompany.id == Deal.client_company_id),
        Join(Contact, Contact.id == Deal.contact_id),
    ),
    columns=(
        Column(key="title", label=_l("Deal"), expr=Deal.title, link="/crm/deals/{id}"),
        Column(key="company", label=_l("Company"), expr=Deal.client_company_id, kind="record",
               shows=ClientCompany.name, link="/crm/companies/{value}"),
        Column(key="contact", label=_l("Contact"), expr=Deal.contact_id, kind="record", shows=Contact.name,
               link="/crm/contacts/{value}", default_shown=False),
        Column(key="stage", label=_l("Stage"), expr=Deal.stage_id, kind="record", shows=Stage.title),
        Column(key="amount", label=_l("Amount"), expr=Deal.amount, kind="money", currency=Deal.currency,
               index="ix_crm_deal_amount"),
        Column(key="responsible", label=_l("Responsible"), expr=Deal.responsible_id, kind="person",
               shows=person.c.name),
        Column(key="next", label=_l("Next step"), expr=Deal.next_at, kind="datetime"),
        Column(key="expected", label=_l("Expected on"), expr=Deal.expected_on, kind="date",
               index="ix_crm_deal_expected_on"),
        Column(key="state", label=_l("State"), expr=Deal.state, kind="choice", options=DEAL_STATES,
               default_shown=False),
        Column(key="created", label=_l("Created"), expr=Deal.created_at, kind="datetime", default_shown=False),
    ),
    filters=(
        ChoiceFilter("state", _l("State"), Deal.state, DEAL_STATES),
        ChoiceFilter("stage", _l("Stage"), Deal.stage_id),
        PersonFilter("responsible", _l("Responsible"), Deal.responsible_id),
        NumberRange("amount", _l("Amount"), Deal.amount, money=True),
        DateRange("expected", _l("Expected on"), Deal.expected_on),
        NamedFilter("needs", _l("Needs"), {
            "step": (_l("a next step"), without_next),
            "attention": (_l("attention: overdue"), overdue),
            "waking": (_l("attention: quiet for 7 days"), quiet),
        }),
    ),
    views=(
        View(_l("My open"), "responsible=me&state=open"),
        View(_l("Quiet for 7 days"), "needs=waking"),
        View(_l("Closing this month"), "state=open&expected=this-month"),
    ),
)  # fmt: skip

CONTACTS = ListSpec(
    key="crm.contacts",
    id=Contact.id,
    version=Contact.version,
    joins=(
        Join(person, person.c.id == Contact.responsible_id),
        Join(ClientCompany, ClientCompany.id == Contact.client_company_id),
    ),
    columns=(
        Column(key="name", label=_l("Name"), expr=Contact.name, sort_by=Contact.name_key,
               index="ix_crm_contact_name_key", link="/crm/contacts/{id}"),
        Column(key="position", label=_l("Position"), expr=Contact.position),
        Column(key="company", label=_l("Company"), expr=Contact.client_company_id, kind="record",
               shows=ClientCompany.name, link="/crm/companies/{value}"),
        telephone(Contact.phone_key, Contact.phone),
        Column(key="email", label=_l("E-mail"), expr=Contact.email),
        Column(key="responsible", label=_l("Responsible"), expr=Contact.responsible_id, kind="person",
               shows=person.c.name, default_shown=False),
        Column(key="created", label=_l("Created"), expr=Contact.created_at, kind="datetime", default_shown=False),
    ),
    filters=(
        TextFilter("name", _l("Name"), Contact.name_key, key_of=person_key),
        PersonFilter("responsible", _l("Responsible"), Contact.responsible_id),
        DateRange("created", _l("Created"), Contact.created_at, instants=True),
    ),
    views=(View(_l("Mine"), "responsible=me"),),
)  # fmt: skip

COMPANIES = ListSpec(
    key="crm.client_companies",
    id=ClientCompany.id,
    version=ClientCompany.version,
    joins=(Join(person, person.c.id == ClientCompany.responsible_id),),
    columns=(
        Column(key="name", label=plazy("thing", "Name"), expr=ClientCompany.name, sort_by=ClientCompany.name_key,
               index="ix_crm_client_company_name_key", link="/crm/companies/{id}"),
        Column(key="tax_number", label=_l("Tax number"), expr=ClientCompany.tax_number),
        telephone(ClientCompany.phone_key, ClientCompany.phone),
        Column(key="email", label=_l("E-mail"), expr=ClientCompany.email),
        Column(key="country", label=_l("Country"), expr=ClientCompany.country, default_shown=False),
        Column(key="responsible", label=_l("Responsible"), expr=ClientCompany.responsible_id, kind="person",
               shows=person.c.name),
        Column(key="created", label=_l("Created"), expr=ClientCompany.created_at, kind="datetime",
               default_shown=False),
    ),
    filters=(
        TextFilter("name", plazy("thing", "Name"), ClientCompany.name_key, key_of=company_key),
        PersonFilter("responsible", _l("Responsible"), ClientCompany.responsible_id),
        DateRange("created", _l("Created"), ClientCompany.created_at, instants=True),
    ),
    views=(View(_l("Mine"), "responsible=me"),),
)  # fmt: skip
