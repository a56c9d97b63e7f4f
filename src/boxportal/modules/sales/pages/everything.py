"""All pages of sales as one router."""

from boxportal.modules.sales.pages import (
    acts,
    credit_notes,
    deals,
    indexes,
    invoices,
    papers,
    products,
    quotes,
    sellers,
)
from boxportal.sdk.routing import Router

router = Router()
for part in (indexes, deals, acts, credit_notes, quotes, papers, invoices, products, sellers):
    router.include_router(part.router)
