"""Sellers over the API: the usual one, further ones, and their logos."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from boxportal.modules.sales import sellers, set_up
from boxportal.modules.sales.api.parts import Words
from boxportal.modules.sales.forms import FirstSellerForm
from boxportal.modules.sales.models.sellers import Seller
from boxportal.sdk.api import Input, etag_of, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import is_currency
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.forms import MailText
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, IfMatch, RecordId, answered, created, edge_of, reads, writes

router = Router(tags=["sales"])
Reader = Annotated[ReadCtx, reads("sales.quote.see")]
Editor = Annotated[Ctx, writes("sales.seller.edit")]
SIDE = 1200


class SellerIn(Input):
    """The details that new documents carry; `usual_tax` counts only the first time."""

    legal_name: Annotated[Words, Field(min_length=1, max_length=200)]
    address: Annotated[Words, Field(max_length=1000)] = ""
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    tax_number: Annotated[Words, Field(max_length=60)] = ""
    registration_number: Annotated[Words, Field(max_length=60)] = ""
    vat_payer: bool = False
    bank: Annotated[Words, Field(max_length=2000)] = ""
    email: MailText | None = None
    phone: Annotated[Words, Field(max_length=40)] = ""
    signatory: Annotated[Words, Field(max_length=200)] = ""
    currency: str
    inclusive: bool = False
    rounding: Literal["total", "line"] = "total"
    paper: Literal["a4", "letter"] = "a4"
    payment_days: Annotated[int, Field(ge=0, le=365)] = 14
    valid_days: Annotated[int, Field(ge=1, le=365)] = 30
    usual_tax: Annotated[Decimal, Field(ge=0, le=100, decimal_places=3)] = Decimal(0)


class SellerOut(BaseModel):
    """The details as they are kept; new deals have the usual seller."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    is_usual: bool
    has_logo: bool
    legal_name: str
    address: str
    country: str
    tax_number: str
    registration_number: str
    vat_payer: bool
    bank: str
    email: str
    phone: str
    signatory: str
    currency: str
    inclusive: bool
    rounding: str
    paper: str
    payment_days: int
    valid_days: int
    version: int


class SellersOut(BaseModel):
    """All sellers, the usual one first."""

    items: list[SellerOut]


async def sent_picture(request: Request) -> bytes:
    """The picture that is the body, drawn anew before the transaction begins.

    Raises: Invalid (`logo`).
    """
    content = await request.body()
    async with edge_of(request).reading(request, Door("sales.seller.edit")) as ctx:
        return await run_in_threadpool(ctx.services.draw_picture, content, "logo", SIDE)


Picture = Annotated[bytes, Depends(sent_picture)]


@router.get("/seller", response_model=SellerOut)
def seller_show(ctx: Reader) -> Response:
    """The usual seller's details; 404 while nobody said them."""
    seller = sellers.find_seller(ctx)
    if seller is None:
        raise NotFound
    return answer(ctx, seller)


@router.put("/seller", response_model=SellerOut)
def seller_put(ctx: Editor, body: SellerIn, if_match: IfMatch = None) -> Response:
    """Say the firm's details, for the first time or anew."""
    form, known = form_of(body), sellers.find_seller(ctx)
    if known is None:
        return answer(ctx, set_up.set_up_seller(ctx, form))
    return answer(ctx, sellers.change_seller(ctx, known.id, form, version=version_in(if_match)))


@router.get("/sellers")
def seller_list(ctx: Reader) -> SellersOut:
    """All sellers, the usual one first."""
    return SellersOut(items=[seller_out(seller) for seller in sellers.all_sellers(ctx)])


@router.post("/sellers", response_model=SellerOut, status_code=201)
def seller_create(ctx: Editor, body: SellerIn) -> Response:
    """Add a seller; the first one is the usual one."""
    make = set_up.add_seller if sellers.find_seller(ctx) else set_up.set_up_seller
    seller = make(ctx, form_of(body))
    return created(ctx, seller_out(seller), location=f"/api/v1/sales/sellers/{seller.id}")


@router.get("/sellers/{seller_id}", response_model=SellerOut)
def seller_one(ctx: Reader, seller_id: RecordId) -> Response:
    """One seller, with its version as ETag."""
    return answer(ctx, sellers.seller_with(ctx, seller_id))


@router.put("/sellers/{seller_id}", response_model=SellerOut)
def seller_change(ctx: Editor, seller_id: RecordId, body: SellerIn, if_match: IfMatch = None) -> Response:
    """Say a seller's details anew; issued documents keep theirs."""
    return answer(ctx, sellers.change_seller(ctx, seller_id, form_of(body), version=version_in(if_match)))


@router.post("/sellers/{seller_id}/prefer", response_model=SellerOut)
def seller_prefer(ctx: Editor, seller_id: RecordId) -> Response:
    """Make it the usual seller, for new deals."""
    return answer(ctx, sellers.prefer_seller(ctx, seller_id))


@router.put("/sellers/{seller_id}/logo", response_model=SellerOut)
def seller_logo(picture: Picture, ctx: Editor, seller_id: RecordId) -> Response:
    """Set the logo: the body is a PNG, JPEG, WebP or GIF of at most 1 MB, which is drawn anew."""
    return answer(ctx, sellers.set_logo(ctx, seller_id, picture))


@router.delete("/sellers/{seller_id}/logo", response_model=SellerOut)
def seller_no_logo(ctx: Editor, seller_id: RecordId) -> Response:
    """Take the logo away; documents show the company's own then."""
    return answer(ctx, sellers.set_logo(ctx, seller_id, None))


def form_of(body: SellerIn) -> FirstSellerForm:
    """Raises: Invalid for a currency that there is not."""
    if not is_currency(body.currency):
        raise Invalid({"currency": _l("There is no such currency.")})
    return FirstSellerForm.model_validate(body.model_dump())


def answer(ctx: ReadCtx, seller: Seller) -> Response:
    return answered(ctx, seller_out(seller), etag=etag_of(seller))


def seller_out(seller: Seller) -> SellerOut:
    own = {name: getattr(seller, name) for name in SellerOut.model_fields if name != "has_logo"}
    return SellerOut(has_logo=bool(seller.logo), **own)
