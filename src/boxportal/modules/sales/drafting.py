"""What every new document begins with: the deal's currency, the client's language, the seller's rules, both parties."""

from dataclasses import dataclass

from boxportal.contracts.crm import ClientDetails, DealView
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.models.parts import DocumentColumns
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.parties import BuyerText, buyer_of, buyer_text, seller_text
from boxportal.modules.sales.sellers import require_seller
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import LANGUAGES

DOCUMENT = (
    "currency", "language", "inclusive", "rounding", "seller", "buyer", "note", "amount", "net", "tax", "gross",
    "rates",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Footing:
    """A deal that the actor may change, its client, and the seller: what a new document stands on."""

    deal: DealView
    client: ClientDetails
    seller: Seller

    def columns(self, ctx: ReadCtx) -> dict[str, object]:
        """The columns of a document that was not reckoned yet."""
        language = self.client.language if self.client.language in LANGUAGES else ctx.company.language
        return {
            "currency": self.deal.currency,
            "language": language,
            "inclusive": self.seller.inclusive,
            "rounding": self.seller.rounding,
            "seller": seller_text(ctx, self.seller),
            "buyer": buyer_text(self.client),
            "note": "",
            "amount": 0,
            "net": 0,
            "tax": 0,
            "gross": 0,
            "rates": [],
        }

    @property
    def buyer(self) -> BuyerText:
        return buyer_of(buyer_text(self.client))


def footing(ctx: ReadCtx, deal_id: int) -> Footing:
    """Find what a new document of a deal stands on.

    Raises: NotFound, SellerMissing.
    """
    port = deals(ctx)
    return Footing(port.view(deal_id, to_edit=True), port.client(deal_id), require_seller(ctx, deal_id))


def copied(document: DocumentColumns) -> dict[str, object]:
    """The columns of a document that says the same as another."""
    return {name: getattr(document, name) for name in DOCUMENT}


def titled(number: str, buyer: BuyerText, fallback: str = "") -> str:
    """How a document is called in lists and in the search."""
    return " · ".join(part for part in (number, buyer.title or fallback) if part)[:300]
