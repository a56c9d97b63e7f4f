"""The CRM's part of the API: `/api/v1/crm/…`."""

from boxportal.modules.crm.api import activities, client_companies, contacts, deals, leads, pipelines
from boxportal.sdk.routing import Router

router = Router(prefix="/api/v1/crm")
for part in (leads, deals, pipelines, contacts, client_companies, activities):
    router.include_router(part.router)
