"""The part of sales in the API: `/api/v1/sales/…`."""

from fastapi import APIRouter

from boxportal.modules.sales.api import invoices, money_and_goods, products, quotes, sellers

router = APIRouter(prefix="/api/v1/sales")
for part in (products, quotes, invoices, money_and_goods, sellers):
    router.include_router(part.router)
