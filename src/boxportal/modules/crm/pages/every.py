"""All pages of the CRM under one address."""

from fastapi import APIRouter

from boxportal.modules.crm.pages import activities, board, clients, deals, leads, start, web_forms

router = APIRouter()
for part in (start, leads, board, deals, clients, activities, web_forms):
    router.include_router(part.router)
