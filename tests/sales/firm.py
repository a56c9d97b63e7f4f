"""What the tests of sales begin with: a deal of the owner's from a request, its lines, the seller's details."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from httpx2 import Response
from sqlalchemy import select
from tests.support.portal import Browser, Portal

from boxportal.contracts.crm import SalesStep
from boxportal.kernel.database.engines import read_session, writing
from boxportal.modules.crm import leads
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.steps import Work
from boxportal.sdk.context import Ctx

SELLER: Mapping[str, str] = {
    "legal_name": "Acme Pumps Ltd", "address": "1 Harbour Road\nDar es Salaam", "country": "TZ",
    "tax_number": "TIN 100-200-300", "vat_payer": "true", "usual_tax": "18", "currency": "TZS", "rounding": "total",
    "paper": "a4", "payment_days": "14", "valid_days": "30", "bank": "NMB, 123 456 789",
}  # fmt: skip
PUMPS: Mapping[str, str] = {"lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1,000"}


@contextmanager
def acting(portal: Portal, who: str = "owner") -> Iterator[Ctx]:
    with writing(portal.company.engines) as session, session.begin():
        yield portal.ctx(session, who)


@dataclass
class Sale:
    """A deal with the browser of the person who works on it."""

    portal: Portal
    browser: Browser
    deal_id: int

    @property
    def url(self) -> str:
        return f"/sales/deals/{self.deal_id}"

    def post(self, path: str, data: Mapping[str, object] | None = None) -> Response:
        """Post and expect to be sent on, or to get a page."""
        answer = self.browser.post(path, data)
        assert answer.status_code in (200, 303), f"{answer.status_code} {path}: {answer.text[:2000]}"
        return answer

    def go(self, path: str, data: Mapping[str, object] | None = None) -> str:
        """Post, and say where it leads."""
        return self.post(path, data).headers["location"]

    def see(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, f"{answer.status_code} {path}: {answer.text[:2000]}"
        return answer.text

    def write_lines(self, lines: Mapping[str, str] = PUMPS) -> None:
        self.post(f"{self.url}/lines", lines)

    def quote(self) -> str:
        """Make a quote; the first asks for the seller's details."""
        where = self.go(f"{self.url}/quotes")
        return self.go(where, SELLER) if where.endswith("/first") else where

    def send(self, quote: str) -> str:
        """Send the quote; the path of the client's page."""
        page = self.post(f"{quote}/send").text
        found = re.search(r'value="http://127\.0\.0\.1:8080(/s/[\w-]+)"', page)
        assert found, page
        return found[1]

    def agree(self) -> str:
        """From lines to an accepted quote, by hand; the address of the quote."""
        self.write_lines()
        quote = self.quote()
        self.send(quote)
        self.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
        return quote

    def invoice(self) -> str:
        """Issue an invoice of what is left; its address."""
        draft = self.go(f"{self.url}/invoices")
        assert self.go(f"{draft}/issue") == draft
        return draft

    def steps(self) -> dict[str, SalesStep]:
        with acting(self.portal) as ctx:
            return {step.milestone: step for step in Work(ctx).steps(self.deal_id)}

    def states(self) -> dict[str, str]:
        return {milestone: step.state for milestone, step in self.steps().items()}

    def deal(self) -> Deal:
        with read_session(self.portal.company.engines) as db:
            deal = db.get(Deal, self.deal_id)
            assert deal is not None
            return deal

    def kept(self, invoice: str) -> Invoice:
        with read_session(self.portal.company.engines) as db:
            found = db.get(Invoice, int(invoice.rsplit("/", 1)[1]))
            assert found is not None
            return found

    def numbers(self) -> list[tuple[str, str]]:
        """Kind and number of all invoices of the deal."""
        with read_session(self.portal.company.engines) as db:
            mine = select(Invoice.kind, Invoice.number).where(Invoice.deal_id == self.deal_id).order_by(Invoice.id)
            return [(kind, number) for kind, number in db.execute(mine)]


def begin_sale(portal: Portal, who: str = "owner") -> Sale:
    """A deal made from a request of a client who is not kept as a contact yet."""
    with acting(portal, who) as ctx:
        data = LeadData(name="Neema Mushi", company_name="Kilimo Farms", email="neema@kilimo.example",
                        phone="+255 712 345 678", request="Two pumps", responsible_id=portal.person(who))  # fmt: skip
        lead = leads.create_lead(ctx, data)
        deal_id = leads.convert_lead(ctx, lead.id, DealData(title="Pumps for the north well")).id
    return Sale(portal, portal.browser(who), deal_id)
