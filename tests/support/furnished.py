"""A company with one record of every kind, made over the web by its owner, all of whose texts carry a marker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import ApiToken, SignInSession
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.modules.crm.models.deals import Activity
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.modules.sales.models.invoices import Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.sellers import TaxRate
from boxportal.sdk.database import Base
from tests.support.crm import id_in, make_company, make_contact, make_deal, make_lead, shown
from tests.support.portal import Browser, Portal

SELLER: Mapping[str, str] = {
    "legal_name": "Acme Pumps Ltd", "address": "1 Harbour Road", "country": "TZ", "tax_number": "TIN 1",
    "vat_payer": "true", "usual_tax": "18", "currency": "TZS", "rounding": "total", "paper": "a4",
    "payment_days": "14", "valid_days": "30", "bank": "NMB 1",
}  # fmt: skip


@dataclass(frozen=True)
class Furnished:
    """What was made: a value for every name that stands in a path, and all paths of what belongs to the owner."""

    values: Mapping[str, str]
    own: tuple[str, ...]

    def filled(self, path: str) -> str:
        """A route's path with what was made in its places."""
        return re.sub(r"\{([^}:]+)[^}]*\}", lambda found: self.value(path, found[1]), path)

    def value(self, path: str, name: str) -> str:
        if name == "kind":
            return "invoice" if "/series/" in path else "deal" if "/activities/" in path else "crm.deal"
        return self.values.get(name, "1")


def furnish(portal: Portal, mark: str) -> Furnished:
    """Make the records, as the owner; what only administrators have, as the administrator."""
    owner, admin = portal.browser("owner"), portal.browser("admin")
    values = people_things(portal, admin, mark) | crm_things(portal, owner, mark)
    values |= sales_things(portal, owner, admin, values["deal_id"], mark)
    values |= list_things(owner, mark)
    own = (
        *(f"/crm/{kind}/{values[f'{one}_id']}" for kind, one in (("leads", "lead"), ("deals", "deal"),
          ("contacts", "contact"), ("companies", "company"))),
        *(f"/sales/{kind}s/{values[f'{kind}_id']}" for kind in ("quote", "order", "invoice", "payment", "shipment")),
        f"/files/{values['file_id']}",
        f"/views/{values['view_id']}",
    )  # fmt: skip
    return Furnished(values, own)


def crm_things(portal: Portal, owner: Browser, mark: str) -> dict[str, str]:
    company = make_company(owner, name=f"{mark} Farms", phone="+255 22 211 1111", address=f"{mark} Road")
    contact = make_contact(owner, name=f"{mark} Neema", client_company_id=str(company), email="n@kilimo.example")
    lead = make_lead(owner, title=f"{mark} request", name=f"{mark} Asha", phone="0754 123 456", request=f"{mark} wants")
    deal = make_deal(owner, title=f"{mark} deal", contact_id=str(contact), client_company_id=str(company))
    on = f"crm.deal/{deal}"
    sent = owner.post(f"/crm/activities/on/deal/{deal}", {"kind": "call", "title": f"{mark} call"})
    assert sent.status_code == 303, complaints_in(sent.text)
    assert owner.post(f"/records/{on}/comments", {"text": f"{mark} said"}).status_code == 303
    files = [("file", (f"{mark}.txt", f"{mark} inside".encode(), "text/plain"))]
    assert owner.post(f"/records/{on}/files", files=files).status_code == 303
    return {
        "company_id": str(company), "contact_id": str(contact), "lead_id": str(lead), "deal_id": str(deal),
        "record_id": str(deal), "activity_id": last(portal, Activity), "comment_id": last(portal, Comment),
        "file_id": last(portal, RecordFile), "pipeline_id": last(portal, Pipeline), "source": "shop",
        "external_id": "42",
    }  # fmt: skip


def sales_things(portal: Portal, owner: Browser, admin: Browser, deal: str, mark: str) -> dict[str, str]:
    """A sale up to its end: quote, order, invoice, payment, shipment."""
    url = f"/sales/deals/{deal}"
    lines = {"lines.0.description": f"{mark} pump", "lines.0.quantity": "2", "lines.0.unit_price": "1,000"}
    assert owner.post(f"{url}/lines", lines).status_code == 303
    quote = go(owner, go(owner, f"{url}/quotes"), SELLER)
    page = owner.post(f"{quote}/send").text
    link = re.search(r'value="http://[^/"]+/s/([\w-]+)"', page)
    assert link, page
    go(owner, f"{quote}/accept", {"by": f"{mark} Juma", "how": "phone"})
    invoice = go(owner, f"{url}/invoices")
    go(owner, f"{invoice}/issue")
    go(owner, f"{invoice}/paid")
    go(owner, f"{url}/shipments")
    product = go(admin, "/sales/products", {"name": "Pump", "unit": "pcs", "price": "1000", "currency": "TZS"})
    return {
        "quote_id": str(id_in(quote)), "invoice_id": str(id_in(invoice)), "token": link[1],
        "order_id": last(portal, Order), "payment_id": last(portal, Payment), "shipment_id": last(portal, Shipment),
        "product_id": re.findall(r"\d+", product)[-1] if re.search(r"\d", product) else "1",
        "rate_id": last(portal, TaxRate), "what": "quotes",
    }  # fmt: skip


def list_things(owner: Browser, mark: str) -> dict[str, str]:
    """A view that the owner keeps for themselves."""
    saved = go(owner, "/views/new", {"key": "crm.deals", "query": "state=open", "name": f"{mark} view"})
    return {"view_id": saved.rpartition("_view=")[2], "key": "crm.deals"}


def people_things(portal: Portal, admin: Browser, mark: str) -> dict[str, str]:
    form = go(admin, "/crm/leads/forms/new", {
        "title": "Ask us", "slug": "ask", "fields": ["name", "phone", "email", "request"], "thanks": "Thank you.",
        "is_active": "true",
    })  # fmt: skip
    assert form
    admin.post("/account/keys", {"name": "a program", "scopes": ["all:read"], "days": "30"})
    return {
        "form_id": "1", "slug": "ask", "person_id": str(portal.person("stranger")), "team_id": "1", "role_id": "1",
        "module_id": "nothing", "verb": "enable", "item_id": "1", "name": "logo.png",
        "session_id": last(portal, SignInSession), "token_id": last(portal, ApiToken),
        "notice_id": last(portal, InboxNotice),
    }  # fmt: skip


def go(browser: Browser, path: str, data: Mapping[str, object] | None = None) -> str:
    """Post, and say where it leads."""
    answer = browser.post(path, data)
    assert answer.status_code == 303, f"{answer.status_code} {path}: {complaints_in(answer.text)}"
    return answer.headers["location"]


def complaints_in(page: str) -> str:
    """What a page says is wrong."""
    found = re.search(r'class="form-errors".*?</div>', page, re.DOTALL)
    return shown(found[0] if found else page)[:800]


def last(portal: Portal, table: type[Base]) -> str:
    """The id of the newest row of a table."""
    with read_session(portal.company.engines) as db:
        return str(db.scalar(select(table.__table__.c.id).order_by(table.__table__.c.id.desc()).limit(1)) or 1)
