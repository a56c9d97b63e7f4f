"""The history of a record reads as a person would tell it."""

import pytest
from tests.support.crm import make_deal, make_lead, shown
from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


def history(portal: Portal, who: str, path: str) -> str:
    page = portal.browser(who).get(path).text
    return shown(page[page.index('class="timeline"') :])


def test_a_request_that_somebody_typed_is_told_once_with_their_name(portal: Portal) -> None:
    lead = make_lead(portal.browser("owner"), title="Pumps", name="Asha", request="Three pumps")
    told = history(portal, "owner", f"/crm/leads/{lead}")
    assert told.count("took the request in") == 1
    assert "Omar Owner took the request in" in told
    assert "The request came in" not in told


def test_a_change_shows_from_what_to_what(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal = make_deal(owner, title="Pumps")
    assert owner.post(f"/crm/deals/{deal}/move", {"stage": "2"}).status_code == 303
    assert "moved the deal Stage: New → Quoted" in history(portal, "owner", f"/crm/deals/{deal}")
