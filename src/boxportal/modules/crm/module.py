"""Everything CRM adds to the server, in one place. Imported only where CRM is on."""

from datetime import timedelta

from boxportal.contracts import crm as contracts
from boxportal.contracts.people import FirstAdministrator, PersonLeft
from boxportal.modules.crm import (
    clients,
    deals,
    handing_over,
    handlers,
    home,
    importing,
    lacking,
    leads,
    pipelines,
    port,
    reminding,
    sample,
    sample_rows,
    search,
    timeline,
    web_forms,
)
from boxportal.modules.crm.bulk import acts_on
from boxportal.modules.crm.kinds import MODELS
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.pages import lists
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.access import Scope
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import (
    Deadline,
    Due,
    HomeCard,
    Job,
    ListKind,
    MenuItem,
    Module,
    NoticeKind,
    Permission,
    RecordKind,
    SampleData,
    SearchSource,
    Subscription,
    TimelineSource,
    record_permissions,
)
from boxportal.sdk.personal import PersonalData
from boxportal.sdk.routing import Later, Router

VERBS = ("see", "create", "edit", "delete", "export")
REACH = {"employee": Scope.TEAM, "head": Scope.ALL}
EVERYBODY = {"employee": Scope.ALL, "head": Scope.ALL}
HEADS = {"head": Scope.ALL}
RAIL = "/crm/deals"


def pages() -> Router:
    from boxportal.modules.crm.pages.every import router  # noqa: PLC0415 when the first page is asked for

    return router


def api() -> Router:
    from boxportal.modules.crm.api.router import router  # noqa: PLC0415 when the first program comes

    return router


def public() -> Router:
    from boxportal.modules.crm.pages.public import router  # noqa: PLC0415 when the first outsider comes

    return router


def personal() -> PersonalData:
    from boxportal.modules.crm.personal import PERSONAL  # noqa: PLC0415 when somebody asks what is held on a person

    return PERSONAL


MODULE = Module(
    id="crm",
    api=Later(api),
    pages=Later(pages),
    public=Later(public),
    menu=[
        MenuItem(_l("CRM"), RAIL, "crm.deal.see", icon="briefcase", order=20, key="d", covers=("/crm",)),
        MenuItem(_l("Leads"), "/crm/leads", "crm.lead.see", icon="inbox", order=21, under=RAIL),
        MenuItem(_l("Deals"), "/crm/deals", "crm.deal.see", icon="briefcase", order=22, under=RAIL),
        MenuItem(_l("Contacts"), "/crm/contacts", "crm.contact.see", icon="users", order=23, under=RAIL),
        MenuItem(_l("Companies"), "/crm/companies", "crm.client_company.see", icon="building", order=24, under=RAIL),
        MenuItem(_l("To do"), "/crm/activities", "crm.activity.see", icon="checklist", order=25, under=RAIL),
    ],
    permissions=[
        *record_permissions(contracts.LEAD, _l("Leads"), VERBS, REACH),
        *record_permissions(contracts.DEAL, _l("Deals"), VERBS, REACH),
        *record_permissions(contracts.CONTACT, _l("Contacts"), VERBS, REACH),
        *record_permissions(contracts.CLIENT_COMPANY, _l("Companies"), VERBS, REACH),
        *(Permission(f"crm.activity.{verb}", _l("Activities"), EVERYBODY) for verb in ("see", "create", "edit")),
        *(Permission(f"crm.web_form.{verb}", _l("Public forms"), HEADS) for verb in ("see", "edit")),
        Permission("crm.pipeline.see", _l("Pipelines"), EVERYBODY),
        Permission("crm.pipeline.edit", _l("Pipelines"), HEADS),
        Permission("crm.trash.see", _l("Trash"), EVERYBODY),
    ],
    records=[
        RecordKind(
            contracts.LEAD, Lead, Lead.title, _l("Leads"), "/crm/leads/{id}", leads.visible_leads, "inbox",
            acts=acts_on(contracts.LEAD),
        ),
        RecordKind(
            contracts.DEAL, Deal, Deal.title, _l("Deals"), "/crm/deals/{id}", deals.visible_deals, "briefcase",
            follows=timeline.lead_behind, acts=acts_on(contracts.DEAL),
            deadline=Deadline(Deal.expected_on, _l("Expected on")),
        ),
        RecordKind(
            contracts.CONTACT, Contact, Contact.name, _l("Contacts"), "/crm/contacts/{id}", clients.visible_contacts,
            "user", acts=acts_on(contracts.CONTACT),
        ),
        RecordKind(
            contracts.CLIENT_COMPANY, ClientCompany, ClientCompany.name, _l("Companies"), "/crm/companies/{id}",
            clients.visible_client_companies, "building",
            acts=acts_on(contracts.CLIENT_COMPANY),
        ),
    ],
    lists=[
        ListKind(key="crm.leads", title=_l("Leads"), url="/crm/leads", permission="crm.lead.see",
                 listing=lists.lead_listing, kind=contracts.LEAD, edits="/crm/leads/{id}/edit",
                 export="crm.lead.export"),
        ListKind(key="crm.deals", title=_l("Deals"), url="/crm/deals/list", permission="crm.deal.see",
                 listing=lists.deal_listing, kind=contracts.DEAL, edits="/crm/deals/{id}/edit",
                 export="crm.deal.export"),
        ListKind(key="crm.contacts", title=_l("Contacts"), url="/crm/contacts", permission="crm.contact.see",
                 listing=lists.contact_listing, kind=contracts.CONTACT, edits="/crm/contacts/{id}/edit",
                 export="crm.contact.export"),
        ListKind(key="crm.client_companies", title=_l("Companies"), url="/crm/companies",
                 permission="crm.client_company.see", listing=lists.company_listing,
                 kind=contracts.CLIENT_COMPANY, edits="/crm/companies/{id}/edit",
                 export="crm.client_company.export"),
    ],
    home=[
        HomeCard("crm.leads", _l("New leads"), "crm/home/_leads.html", "crm.lead.see", home.new_leads, order=20),
        HomeCard(
            "crm.activities", _l("My to do"), "crm/home/_activities.html", "crm.activity.see", home.due_activities,
            order=10,
        ),
        HomeCard(
            "crm.deals", _l("Deals without a next step"), "crm/home/_deals.html", "crm.deal.see",
            home.deals_without_next, order=30,
        ),
    ],
    notices=[
        NoticeKind("crm.lead", _l("A request is mine")),
        NoticeKind("crm.unanswered", _l("A request waits for an answer")),
        NoticeKind("crm.activity", _l("Something is planned for me")),
    ],
    jobs=[Job("unanswered-leads", reminding.remind_unanswered, every=timedelta(minutes=1))],
    subscriptions=[
        Subscription(PersonLeft, handing_over.hand_over),
        Subscription(FirstAdministrator, sample.give_to_first),
    ],
    due=[Due("crm.kept-post", handlers.take_kept_form), Due(importing.TOPIC, importing.take_rows)],
    timeline=[
        TimelineSource(contracts.LEAD, timeline.arrival, tells=("crm.lead.create",)),
        *(
            TimelineSource(kind, timeline.done_activities)
            for kind in (contracts.LEAD, contracts.DEAL, contracts.CONTACT, contracts.CLIENT_COMPANY)
        ),
    ],
    search=[
        SearchSource(contracts.LEAD, search.lead_rows),
        SearchSource(contracts.DEAL, search.deal_rows),
        SearchSource(contracts.CONTACT, search.contact_rows),
        SearchSource(contracts.CLIENT_COMPANY, search.client_company_rows),
    ],
    actions={
        "crm.lead.create": _l("took the request in"),
        "crm.lead.import": _l("brought leads in from a file"),
        "crm.lead.edit": _l("changed the request"),
        "crm.lead.answer": _l("answered"),
        "crm.lead.drop": _l("dropped the request"),
        "crm.lead.reopen": _l("opened the request again"),
        "crm.lead.spam": _l("marked it as spam"),
        "crm.lead.not_spam": _l("took it back from the spam"),
        **{f"{kind}.delete": _l("moved it to the trash") for kind in MODELS},
        **{f"{kind}.restore": _l("brought it back from the trash") for kind in MODELS},
        "crm.lead.convert": _l("made a deal of the request"),
        "crm.deal.create": _l("began the deal"),
        "crm.deal.edit": _l("changed the deal"),
        "crm.deal.move": _l("moved the deal"),
        "crm.deal.win": _l("won the deal"),
        "crm.deal.lose": _l("lost the deal"),
        "crm.activity.finish": _l("did what was planned"),
        "crm.pipeline.create": _l("made the pipeline"),
        "crm.pipeline.edit": _l("changed the pipeline"),
        "crm.web_form.create": _l("made the public form"),
        "crm.web_form.edit": _l("changed the public form"),
        "crm.settings.edit": _l("changed the settings of the CRM"),
        "crm.contact.create": _l("added the contact"),
        "crm.contact.edit": _l("changed the contact"),
        "crm.client_company.create": _l("added the company"),
        "crm.client_company.edit": _l("changed the company"),
    },
    settings=CrmSettings,
    outside=web_forms.outside,
    lacking=lacking.lacking,
    sample=SampleData(sample.add, sample_rows.rows, sample_rows.ties, sample_rows.remove, sample_rows.is_there),
    personal=personal,
    provides={contracts.Deals: port.DealsPort},
    on_enable=pipelines.set_up,
    reconcile=handing_over.reconcile,
)  # fmt: skip
