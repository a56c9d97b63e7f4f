"""All pages of the CRM under one address."""

from boxportal.modules.crm.pages import activities, board, clients, deals, importing, leads, settings, start, web_forms
from boxportal.sdk.routing import Router

router = Router()
for part in (start, web_forms, importing, leads, settings, board, deals, clients, activities):
    router.include_router(part.router)
