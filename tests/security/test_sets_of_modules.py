"""A company with the kernel alone, and one with CRM alone: each is coherent, and no link of it leads nowhere."""

import pytest
from tests.security.test_page_policy import crawl, require_clean
from tests.support.crm import make_company, make_contact, make_deal, make_lead
from tests.support.portal import Portal

STARTS = ("/", "/admin", "/account", "/inbox")
ABOUT_MODULES = ("/admin/modules", "/admin/audit")


def told_of(pages: dict[str, str], word: str) -> list[str]:
    """The pages that lead to a module, but for those where it is switched."""
    return [path for path, text in pages.items() if f'"/{word}' in text and not path.startswith(ABOUT_MODULES)]


@pytest.mark.modules
def test_kernel_alone_leads_nowhere_that_is_not_there(portal: Portal) -> None:
    pages = crawl(portal, "admin", STARTS)
    assert len(pages) > 25, sorted(pages)
    require_clean(pages)
    assert told_of(pages, "crm") == []
    assert told_of(pages, "sales") == []
    assert portal.browser("owner").get("/").status_code == 200


@pytest.mark.modules("crm")
def test_crm_alone_leads_nowhere_that_is_not_there(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead = make_lead(owner, request="Two pumps", phone="0754 123 456")
    company = make_company(owner, name="Kilimo Farms")
    contact = make_contact(owner, name="Neema", client_company_id=str(company))
    deal = make_deal(owner, title="Pumps", contact_id=str(contact), client_company_id=str(company))
    owner.post(f"/crm/activities/on/deal/{deal}", {"kind": "call", "title": "Call"})
    records = (f"/crm/leads/{lead}", f"/crm/deals/{deal}", f"/crm/companies/{company}", f"/crm/contacts/{contact}")
    pages = crawl(portal, "admin", (*STARTS, "/crm", *records))
    assert len(pages) > 60, sorted(pages)
    assert set(records) <= set(pages)
    require_clean(pages)
    assert told_of(pages, "sales") == []
