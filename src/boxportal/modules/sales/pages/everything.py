"""All pages of sales as one router."""

from boxportal.modules.sales.pages import (
    acts,
    credit_notes,
    deals,
    indexes,
    invoices,
    orders,
    papers,
    products,
    questions,
    quotes,
    sellers,
)
from boxportal.sdk.routing import Router

router = Router()
router.gather(
    indexes.router,
    deals.router,
    acts.router,
    credit_notes.router,
    quotes.router,
    papers.router,
    invoices.router,
    orders.router,
    products.router,
    questions.router,
    sellers.router,
)
