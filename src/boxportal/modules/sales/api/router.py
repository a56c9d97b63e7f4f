"""The part of sales in the API: `/api/v1/sales/…`."""

from boxportal.modules.sales.api import external, invoices, money_and_goods, products, quotes, sellers
from boxportal.sdk.routing import Router

router = Router(prefix="/api/v1/sales")
router.gather(products.router, quotes.router, invoices.router, money_and_goods.router, sellers.router, external.router)
