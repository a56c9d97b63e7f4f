"""Seller and buyer as a document shows them: text that is copied into it and stands still."""

from dataclasses import asdict, dataclass, replace

from boxportal.contracts.crm import ClientDetails
from boxportal.modules.sales.models.sellers import Seller
from boxportal.sdk.context import ReadCtx


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerText:
    """Who issues a document. `address` and `bank` have line ends; `logo` is a picture's address."""

    legal_name: str = ""
    tax_number: str = ""
    registration_number: str = ""
    vat_payer: bool = False
    country: str = ""
    address: str = ""
    bank: str = ""
    email: str = ""
    phone: str = ""
    signatory: str = ""
    logo: str = ""
    paper: str = "a4"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerText:
    """Whom a document is for. `address` has line ends."""

    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    tax_number: str = ""
    country: str = ""

    @property
    def title(self) -> str:
        return self.company or self.name


def seller_text(ctx: ReadCtx, seller: Seller) -> dict[str, object]:
    """Copy the seller's details for a document to keep; without a logo of its own it shows the company's."""
    names = SellerText.__dataclass_fields__
    text = SellerText(**{name: getattr(seller, name) for name in names})
    return asdict(replace(text, logo=seller.logo or ctx.company.logo))


def buyer_text(client: ClientDetails) -> dict[str, object]:
    """Copy the client's details for a document to keep."""
    names = BuyerText.__dataclass_fields__
    return asdict(BuyerText(**{name: getattr(client, name) for name in names}))


def seller_of(kept: dict[str, object]) -> SellerText:
    """Read a kept copy; what a later version of the program added has its default."""
    return SellerText(**{name: kept[name] for name in SellerText.__dataclass_fields__ if name in kept})  # type: ignore[arg-type]  # as seller_text wrote it


def buyer_of(kept: dict[str, object]) -> BuyerText:
    return BuyerText(**{name: kept[name] for name in BuyerText.__dataclass_fields__ if name in kept})  # type: ignore[arg-type]  # as buyer_text wrote it
