"""All pages of the CRM under one address."""

from fastapi import APIRouter

from boxportal.modules.crm.pages import activities, board, clients, deals, importing, leads, settings, start, web_forms

router = APIRouter()
for part in (start, web_forms, importing, leads, settings, board, deals, clients, activities):
    router.include_router(part.router)
