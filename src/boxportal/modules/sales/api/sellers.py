"""The firm's details on documents, over the API."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.modules.sales import sellers, set_up
from boxportal.modules.sales.api.parts import Words
from boxportal.modules.sales.forms import FirstSellerForm, SellerForm
from boxportal.modules.sales.models.sellers import Seller
from boxportal.sdk.api import Input, etag_of, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import is_currency
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.forms import MailText
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.web import answered, reads, writes

router = APIRouter(prefix="/seller", tags=["sales"])
Reader = Annotated[ReadCtx, reads("sales.quote.see")]
Editor = Annotated[Ctx, writes("sales.seller.edit")]
IfMatch = Annotated[str | None, Header()]


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
    """The details as they are kept."""

    model_config = ConfigDict(from_attributes=True)
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


@router.get("", response_model=SellerOut)
def seller_show(ctx: Reader) -> Response:
    """The firm's details; 404 while nobody said them."""
    seller = sellers.find_seller(ctx)
    if seller is None:
        raise NotFound
    return answer(ctx, seller)


@router.put("", response_model=SellerOut)
def seller_put(ctx: Editor, body: SellerIn, if_match: IfMatch = None) -> Response:
    """Say the firm's details, for the first time or anew."""
    if not is_currency(body.currency):
        raise Invalid({"currency": _l("There is no such currency.")})
    facts = body.model_dump()
    known = sellers.find_seller(ctx)
    if known is None:
        return answer(ctx, set_up.set_up_seller(ctx, FirstSellerForm.model_validate(facts)))
    facts.pop("usual_tax")
    return answer(ctx, sellers.change_seller(ctx, SellerForm.model_validate(facts), version=version_in(if_match)))


def answer(ctx: ReadCtx, seller: Seller) -> Response:
    return answered(ctx, SellerOut.model_validate(seller), etag=etag_of(seller))
