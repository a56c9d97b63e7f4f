"""The acts that make a document of a deal: one post each, and the seller's details asked in place the first time."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from fastapi.responses import Response
from sqlalchemy import select

from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import invoices, lines, quotes, sellers, set_up, shipments
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import FirstSellerForm
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.pages.logo import FirstLogo
from boxportal.modules.sales.sellers import SellerMissing
from boxportal.modules.sales.shown import money
from boxportal.modules.sales.tax_numbers import number_hint
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.countries import country_choices
from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import Options, TypedForm, blank_form, submitted
from boxportal.sdk.people import person
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.quote.create")]
Beginner = Annotated[Ctx, writes("sales.seller.create")]
QuoteMaker = Annotated[Ctx, writes("sales.quote.create")]
InvoiceMaker = Annotated[Ctx, writes("sales.invoice.create")]
ShipmentMaker = Annotated[Ctx, writes("sales.shipment.create")]
CURRENCY: Options = MappingProxyType({"currency": [(code, code) for code in CURRENCIES]})


def make_quote(ctx: Ctx, deal_id: int) -> str:
    return f"/sales/quotes/{quotes.make_quote(ctx, deal_id).id}"


def make_invoice(ctx: Ctx, deal_id: int) -> str:
    return f"/sales/invoices/{invoices.make_invoice(ctx, deal_id).id}"


def make_proforma(ctx: Ctx, deal_id: int) -> str:
    return f"/sales/invoices/{invoices.make_invoice(ctx, deal_id, kind='proforma').id}"


def make_order(_ctx: Ctx, deal_id: int) -> str:
    return f"/sales/deals/{deal_id}/orders/new"  # which asks who agreed, how and when


def make_shipment(ctx: Ctx, deal_id: int) -> str:
    shipments.ship_rest(ctx, deal_id)
    return deal_address(ctx, deal_id)


ACTS: Mapping[str, Callable[[Ctx, int], str]] = MappingProxyType({
    "quotes": make_quote, "invoices": make_invoice, "proformas": make_proforma, "orders": make_order,
    "shipments": make_shipment,
})  # fmt: skip


@router.post("/sales/deals/{deal_id}/quotes")
def deal_quote(ctx: QuoteMaker, deal_id: RecordId) -> Response:
    return act(ctx, deal_id, "quotes")


@router.post("/sales/deals/{deal_id}/invoices")
def deal_invoice(ctx: InvoiceMaker, deal_id: RecordId) -> Response:
    return act(ctx, deal_id, "invoices")


@router.post("/sales/deals/{deal_id}/proformas")
def deal_proforma(ctx: InvoiceMaker, deal_id: RecordId) -> Response:
    return act(ctx, deal_id, "proformas")


@router.post("/sales/deals/{deal_id}/shipments")
def deal_shipment(ctx: ShipmentMaker, deal_id: RecordId) -> Response:
    return act(ctx, deal_id, "shipments")


@router.get("/sales/deals/{deal_id}/{what}/first")
def seller_first(ctx: Reader, deal_id: RecordId, what: str) -> Response:
    if what not in ACTS:
        raise NotFound
    deals(ctx).view(deal_id)
    if sellers.find_seller(ctx) is not None:
        return see_other(ctx, deal_address(ctx, deal_id))
    if not ctx.can("sales.seller.create"):
        return page(ctx, "sales/seller_missing.html", deal_url=deal_address(ctx, deal_id), people=who_can_say(ctx))
    guess = sellers.guess_seller(ctx)
    form = blank_form(ctx, FirstSellerForm, initial=guess, choices=seller_options(str(guess["country"])))
    return first_page(ctx, form, deal_id, what)


@router.post("/sales/deals/{deal_id}/{what}/first")
def seller_set_up(logo: FirstLogo, typed: TypedForm, ctx: Beginner, deal_id: RecordId, what: str) -> Response:
    if what not in ACTS:
        raise NotFound
    deals(ctx).view(deal_id)

    def begin(form: FirstSellerForm) -> Seller:
        logo.require()
        return set_up.set_up_seller(ctx, form, logo.png)

    done = submitted(ctx, FirstSellerForm, typed, begin, choices=seller_options())
    if isinstance(done, FormState):
        return first_page(ctx, done, deal_id, what, status=422)
    return see_other(ctx, ACTS[what](ctx, deal_id))


def first_page(ctx: ReadCtx, form: FormState[FirstSellerForm], deal_id: int, what: str, status: int = 200) -> Response:
    """The seller's details asked in place; what the lines add up to so far says what tax will come on top of."""
    deal, written, url = deals(ctx).view(deal_id), lines.deal_lines(ctx, deal_id), deal_address(ctx, deal_id)
    so_far = money(sum(line.gross for line in written), deal.currency) if written else ""
    values = {"form": form, "deal_id": deal_id, "what": what, "so_far": so_far, "deal_url": url, "menu_at": url,
              "hint": number_hint(str(form["country"].value))}  # fmt: skip
    return page(ctx, "sales/seller_first.html", status=status, **values)


def seller_options(kept: str = "") -> Options:
    """What the seller's form lets choose: currencies, and countries with the one that is `kept` already."""
    countries = country_choices()
    if kept not in dict(countries):
        countries.append((kept, kept))
    return {**CURRENCY, "country": countries}


def who_can_say(ctx: ReadCtx) -> Sequence[str]:
    """Whom to ask for the firm's details: the administrators, who may always."""
    admins = select(person.c.name).where(person.c.state == "active", person.c.is_admin.is_(True))
    return ctx.db.scalars(admins.order_by(person.c.name).limit(5)).all()


def act(ctx: Ctx, deal_id: int, what: str) -> Response:
    """Do it and show the document; without the seller's details ask for them first, and do it then."""
    try:
        return see_other(ctx, ACTS[what](ctx, deal_id))
    except SellerMissing:
        return see_other(ctx, f"/sales/deals/{deal_id}/{what}/first")


def deal_address(ctx: ReadCtx, deal_id: int) -> str:
    return ctx.services.address(RecordRef(DEAL, deal_id))
