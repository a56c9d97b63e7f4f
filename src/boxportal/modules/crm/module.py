"""Everything CRM adds to the server, in one place. Imported only where CRM is on."""

from boxportal.contracts import crm as contracts
from boxportal.modules.crm import clients, deals, leads, pipelines, port, sample, search
from boxportal.modules.crm.api import router as api
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.access import Scope
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import Module, RecordKind, SampleData, SearchSource, record_permissions

VERBS = ("see", "create", "edit", "delete", "export")
REACH = {"employee": Scope.TEAM, "head": Scope.ALL}

MODULE = Module(
    id="crm",
    api=api.router,
    permissions=[
        *record_permissions(contracts.LEAD, _l("Requests"), VERBS, REACH),
        *record_permissions(contracts.DEAL, _l("Deals"), VERBS, REACH),
        *record_permissions(contracts.CONTACT, _l("Contacts"), VERBS, REACH),
        *record_permissions(contracts.CLIENT_COMPANY, _l("Companies"), VERBS, REACH),
    ],
    records=[
        RecordKind(contracts.LEAD, Lead, Lead.title, _l("Requests"), "/crm/leads/{id}", leads.visible_leads, "inbox"),
        RecordKind(contracts.DEAL, Deal, Deal.title, _l("Deals"), "/crm/deals/{id}", deals.visible_deals, "briefcase"),
        RecordKind(
            contracts.CONTACT, Contact, Contact.name, _l("Contacts"), "/crm/contacts/{id}", clients.visible_contacts,
            "user",
        ),
        RecordKind(
            contracts.CLIENT_COMPANY, ClientCompany, ClientCompany.name, _l("Companies"), "/crm/companies/{id}",
            clients.visible_client_companies, "building",
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
        "crm.lead.edit": _l("changed the request"),
        "crm.lead.answer": _l("answered"),
        "crm.lead.drop": _l("dropped the request"),
        "crm.lead.reopen": _l("opened the request again"),
        "crm.lead.convert": _l("made a deal of the request"),
        "crm.deal.create": _l("began the deal"),
        "crm.deal.edit": _l("changed the deal"),
        "crm.deal.move": _l("moved the deal"),
        "crm.deal.win": _l("won the deal"),
        "crm.deal.lose": _l("lost the deal"),
        "crm.contact.create": _l("added the contact"),
        "crm.contact.edit": _l("changed the contact"),
        "crm.client_company.create": _l("added the company"),
        "crm.client_company.edit": _l("changed the company"),
    },
    settings=CrmSettings,
    sample=SampleData(sample.add, sample.remove, sample.is_there),
    provides={contracts.Deals: port.DealsPort},
    on_enable=pipelines.set_up,
)  # fmt: skip
