"""The CRM's part of the API: `/api/v1/crm/…`."""

from fastapi import APIRouter

from boxportal.modules.crm.api import activities, client_companies, contacts, deals, leads

router = APIRouter(prefix="/api/v1/crm")
for part in (leads, deals, contacts, client_companies, activities):
    router.include_router(part.router)
