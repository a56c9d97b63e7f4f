"""All pages of the CRM under one address."""

from boxportal.modules.crm.pages import activities, board, clients, deals, importing, leads, settings, start, web_forms
from boxportal.sdk.routing import Router

router = Router()
router.gather(
    start.router,
    web_forms.router,
    importing.router,
    leads.router,
    settings.router,
    board.router,
    deals.router,
    clients.router,
    activities.router,
)
