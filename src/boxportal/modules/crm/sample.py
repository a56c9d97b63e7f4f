"""Sample rows of the CRM: a small firm's week. Marked by their source, so that they can be taken out again."""

from datetime import timedelta

from sqlalchemy import select, update

from boxportal.contracts.crm import DEAL
from boxportal.contracts.people import FirstAdministrator
from boxportal.modules.crm import activities, clients, deals, leads, pipelines
from boxportal.modules.crm.activities import ActivityData
from boxportal.modules.crm.clients import ClientCompanyData, ContactData
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.handing_over import give_activities, give_deals
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.sample_rows import SOURCE
from boxportal.sdk.context import Ctx
from boxportal.sdk.events import Event, RecordRef

FIRMS = ("Kilima Coffee", "Baraka Hotels", "Nordwind Logistik", "ООО Ромашка", "Twiga Builders", "Café Soleil")
PEOPLE = ("Asha Mwangi", "Juma Odhiambo", "Greta Lind", "Юлия Орлова", "Neema Said", "Luc Moreau")
REQUESTS = (
    "Three water pumps for a farm, with delivery",
    "Spare filters, 40 pieces",
    "A yearly service contract for two sites",
    "Solar pump for a school",
    "Replacement of a broken compressor",
    "Price list for resellers",
)
PLANNED = {
    "Pumps for the new hotel": ("call", "Ask who decides", 1),
    "Service contract": ("meeting", "Show the two variants", 3),
    "Irrigation for the coffee farm": ("todo", "Order the parts", 0),
    "Booster station": ("call", "Ask about the payment", -1),
}
"""What is planned on which deal: kind, title, and in how many days."""
DEALS = (
    ("Pumps for the new hotel", 1_240_000, ""),
    ("Filters, second order", 85_000, ""),
    ("Service contract", 560_000, "quoted"),
    ("Solar pump", 930_000, "quoted"),
    ("Compressor", 310_000, "agreed"),
    ("Irrigation for the coffee farm", 4_800_000, "agreed"),
    ("Valves and pipes", 120_000, "invoiced"),
    ("Booster station", 2_100_000, "shipped"),
)


def add(ctx: Ctx) -> None:
    """Add firms with their people, requests, and deals along the whole pipeline."""
    contacts: list[Contact] = []
    for number, (firm, name) in enumerate(zip(FIRMS, PEOPLE, strict=True), 1):
        company = clients.create_client_company(
            ctx, ClientCompanyData(name=firm, source=SOURCE, external_id=f"company-{number}")
        )
        contacts.append(
            clients.create_contact(
                ctx,
                ContactData(
                    name=name,
                    email=f"client{number}@sample.example",
                    client_company_id=company.id,
                    source=SOURCE,
                    external_id=f"contact-{number}",
                ),
            )
        )
    for number, request in enumerate(REQUESTS, 1):
        leads.create_lead(
            ctx,
            LeadData(
                request=request,
                name=PEOPLE[-number],
                company_name=FIRMS[-number],
                email=f"client{7 - number}@sample.example",
                source=SOURCE,
                external_id=f"lead-{number}",
            ),
        )
    add_deals(ctx, contacts)


def add_deals(ctx: Ctx, contacts: list[Contact]) -> None:
    pipeline = pipelines.default_pipeline(ctx)
    stages = {
        stage.milestone: stage for stage in reversed(pipelines.stages_of(ctx, pipeline.id)) if stage.kind == "open"
    }
    for number, (title, amount, milestone) in enumerate(DEALS, 1):
        contact = contacts[number % len(contacts)]
        deal = deals.create_deal(
            ctx,
            DealData(
                title=title,
                amount=amount,
                expected_on=(ctx.now + timedelta(days=7 * number)).date(),
                contact_id=contact.id,
                client_company_id=contact.client_company_id,
                source=SOURCE,
                external_id=f"deal-{number}",
            ),
        )
        if milestone in stages:
            deals.put_into(ctx, deal, stages[milestone])
        if title in PLANNED:
            kind, what, days = PLANNED[title]
            due = ctx.now + timedelta(days=days)
            planned = ActivityData(kind=kind, title=what, due_at=due, source=SOURCE, external_id=f"activity-{number}")
            activities.plan_activity(ctx, RecordRef(DEAL, deal.id), planned)


def give_to_first(ctx: Ctx, event: Event) -> None:
    """Rows that were added before there was anybody belong to the first administrator, whose Home shows them."""
    if not isinstance(event, FirstAdministrator):
        raise TypeError(event)
    mine = select(Deal.id).where(Deal.source == SOURCE)
    on_mine = (Activity.ref_kind == DEAL) & Activity.ref_id.in_(mine)
    give_deals(ctx, (Deal.source == SOURCE) & Deal.responsible_id.is_(None), event.person)
    give_activities(ctx, on_mine & Activity.responsible_id.is_(None), event.person)
    for model in (Lead, Contact, ClientCompany):
        nobodys = update(model).where(model.source == SOURCE, model.responsible_id.is_(None))
        ctx.db.change(nobodys.values(responsible_id=event.person))
