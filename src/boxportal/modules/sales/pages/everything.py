"""All pages of sales as one router."""

from fastapi import APIRouter

from boxportal.modules.sales.pages import acts, deals, indexes, invoices, papers, products, quotes, sellers

router = APIRouter()
for part in (indexes, deals, acts, quotes, papers, invoices, products, sellers):
    router.include_router(part.router)
