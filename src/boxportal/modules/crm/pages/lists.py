"""The lists of the CRM, ready for whoever asks: for their pages, and for what the kernel does with lists."""

from boxportal.modules.crm import clients, deals
from boxportal.modules.crm.choosing import people, stages
from boxportal.modules.crm.listings import COMPANIES, CONTACTS, DEALS, LEADS, listed_leads
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.lists import Listing, Offered


def lead_listing(ctx: ReadCtx, query: str) -> Listing:
    return Listing(spec=LEADS, base=listed_leads(ctx, query), choices=Offered(responsible=lambda: people(ctx)))


def deal_listing(ctx: ReadCtx, _query: str) -> Listing:
    choices = Offered(responsible=lambda: people(ctx), stage=lambda: stages(ctx))
    return Listing(spec=DEALS, base=deals.visible_deals(ctx), choices=choices)


def contact_listing(ctx: ReadCtx, _query: str) -> Listing:
    return Listing(spec=CONTACTS, base=clients.visible_contacts(ctx), choices=Offered(responsible=lambda: people(ctx)))


def company_listing(ctx: ReadCtx, _query: str) -> Listing:
    return Listing(
        spec=COMPANIES, base=clients.visible_client_companies(ctx), choices=Offered(responsible=lambda: people(ctx))
    )
