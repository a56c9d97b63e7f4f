"""The CRM's part of the API: `/api/v1/crm/…`."""

from boxportal.modules.crm.api import activities, client_companies, contacts, deals, leads, pipelines
from boxportal.sdk.routing import Router

router = Router(prefix="/api/v1/crm")
router.gather(
    leads.router,
    deals.router,
    pipelines.router,
    contacts.router,
    client_companies.router,
    activities.router,
)
