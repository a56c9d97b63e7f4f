"""What other modules may know of the CRM, also while it is off: events, views and ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from boxportal.sdk.events import Event, RecordRef

LEAD, DEAL, CONTACT, CLIENT_COMPANY, ACTIVITY = (
    "crm.lead", "crm.deal", "crm.contact", "crm.client_company", "crm.activity",
)  # fmt: skip

Milestone = Literal["quoted", "agreed", "invoiced", "shipped", "paid"]
"""What a stage of a pipeline can stand for: an act of sales moves the deal there, never backwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadArrived(Event):
    """A request came in and has its responsible person (None: nobody could be found)."""

    lead: RecordRef
    responsible: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConverted(Event):
    """A lead became a deal."""

    lead: RecordRef
    deal: RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class DealMoved(Event):
    """A deal changed its stage."""

    deal: RecordRef
    stage: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealWon(Event):
    """A deal was closed as won. Amount in minor units of the currency."""

    deal: RecordRef
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLost(Event):
    """A deal was closed as lost."""

    deal: RecordRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDetails:
    """Whom a document is for, as text to copy; ids are None while the client is not kept as a contact yet."""

    name: str
    company: str
    email: str
    phone: str
    address: str
    tax_number: str
    language: str
    country: str
    contact_id: int | None
    client_company_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealView:
    """A deal as another module sees it. `steps` says which acts this pipeline uses, in its order."""

    id: int
    title: str
    currency: str
    responsible_id: int | None
    is_open: bool
    steps: tuple[Milestone, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDeal:
    """A deal of the sample rows: what its stage says has happened ("" nothing yet), and its amount in minor units."""

    id: int
    title: str
    milestone: Milestone | Literal[""]
    amount: int
    currency: str


class Deals(Protocol):
    """Provided by crm. Every function raises NotFound for a deal that the actor may not see."""

    def view(self, deal_id: int, *, to_edit: bool = False) -> DealView:
        """The deal, if the actor may see it (with `to_edit`: change it)."""

    def client(self, deal_id: int) -> ClientDetails:
        """The deal's client: from its contact and client company, else from its lead's details."""

    def reached(self, deal_id: int, milestone: Milestone) -> None:
        """Move the deal to the stage that stands for the milestone, if it has one and it lies ahead."""

    def agreed(self, deal_id: int) -> ClientDetails:
        """The client agreed: moves the deal on and makes the contact and client company, never twice."""

    def set_amount(self, deal_id: int, amount: int, currency: str) -> None:
        """Set the deal's amount from its lines, in minor units."""

    def sample(self) -> Sequence[SampleDeal]:
        """The deals among the sample rows, for the documents that their stages speak of."""


class SalesWork(Protocol):
    """Provided by sales to crm: how far the paper and the money of a deal are."""

    def steps(self, deal_id: int) -> tuple["SalesStep", ...]:
        """One entry for each milestone, with its document and what is the next act."""

    def is_paid(self, deal_id: int) -> bool:
        """Whether there is something to pay and nothing of it is open."""


StepState = Literal["open", "partly", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesStep:
    """A milestone on a deal's step bar: its state, its newest document, and the act that would bring it on.

    `act_url` is a page to open (GET) or, with `act_posts`, an address to post to; empty when nothing can be done now.
    """

    milestone: Milestone
    state: StepState
    label: str
    document: str = ""
    document_url: str = ""
    act: str = ""
    act_url: str = ""
    act_posts: bool = False
