"""The client's page: what a link shows, what it lets do, and what it says when it can't."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.sales.firm import Sale, acting, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.state import PROFILE
from boxportal.kernel.tables import Setting
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import ClientLink, Question
from boxportal.sdk.clock import shifted


def sent_quote(portal: Portal) -> tuple[Sale, str, str]:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    return sale, quote, sale.send(quote)


def rows(portal: Portal, kind: type[Order | Contact | Question]) -> int:
    with read_session(portal.company.engines) as db:
        return len(db.scalars(select(kind)).all())


def test_only_the_hash_of_a_link_is_kept_and_unknown_links_are_missing_pages(portal: Portal) -> None:
    _sale, _quote, link = sent_quote(portal)
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(ClientLink.token_hash)).one() not in link
    nobody = portal.browser()
    for wrong in (link[:-1], link + "x", "/s/", "/s/" + "a" * 500, "/s/%00", "/s/x/pdf"):
        assert nobody.get(wrong).status_code == 404, wrong
    assert nobody.post(f"{link}x/accept", {"name": "x"}).status_code == 404


def test_expired_offer_says_so_and_can_not_be_accepted(portal: Portal) -> None:
    _sale, _quote, link = sent_quote(portal)
    with shifted(timedelta(days=40)):
        answer = portal.browser().get(link)
        assert answer.status_code == 200
        assert "has expired" in answer.text
        assert "Accept this offer" not in answer.text
        refused = portal.browser().post(f"{link}/accept", {"name": "Neema"})
        assert refused.status_code == 409
        assert "has expired" in refused.text
    assert rows(portal, Order) == 0


def test_who_answers_while_sales_is_off_reads_that_nothing_was_recorded_and_whom_to_call(portal: Portal) -> None:
    _sale, _quote, link = sent_quote(portal)
    admin, client = portal.browser("admin"), portal.browser()
    with write_session(portal.company.engines) as db:
        profile = db.get(Setting, PROFILE)
        assert profile is not None
        profile.value = profile.value | {"phone": "+255700000001"}
    assert admin.post("/admin/modules/sales/disable").status_code == 303
    fields = {"accept": {"name": "Neema"}, "decline": {"comment": "no"}, "ask": {"text": "When?", "asker": "Neema"}}
    spoken = {"en": "Nothing was recorded", "sw": "Hakuna kilichorekodiwa", "ru": "Ничего не записано"}
    for act, sent in fields.items():
        for language, words in spoken.items():
            answer = client.post(f"{link}/{act}", sent, {"accept-language": language})
            assert answer.status_code == 503
            assert words in answer.text
            assert "tel:+255700000001" in answer.text
    assert "Nothing was recorded" not in client.get(link, {"accept-language": "en"}).text
    assert client.post(f"{link}/accept", {"name": "x"}, {"origin": "https://evil.test"}).status_code == 403
    assert admin.post("/admin/modules/sales/enable").status_code == 303
    assert (rows(portal, Order), rows(portal, Question)) == (0, 0)
    assert "Accept this offer" in client.get(link).text


def test_replaced_offer_names_the_version_that_counts(portal: Portal) -> None:
    sale, quote, old = sent_quote(portal)
    assert sale.go(f"{quote}/revise") == quote
    assert "Accept this offer" in portal.browser().get(old).text
    new = sale.send(quote)
    page = portal.browser().get(old).text
    assert "replaced by version 2" in page
    assert "Accept this offer" not in page
    assert portal.browser().post(f"{old}/accept", {"name": "x"}).status_code == 409
    assert portal.browser().post(f"{new}/accept", {"name": "Neema"}).status_code == 303
    assert rows(portal, Order) == 1
    assert "older version" in sale.see(f"{quote}?version=1")


def test_accepting_twice_and_in_two_ways_makes_one_order_and_one_contact(portal: Portal) -> None:
    sale, quote, link = sent_quote(portal)
    client = portal.browser()
    for _ in range(2):
        assert client.post(f"{link}/accept", {"name": "Neema"}).status_code == 303
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    assert (rows(portal, Order), rows(portal, Contact)) == (1, 1)
    assert client.post(f"{link}/decline", {"comment": "no"}).status_code == 409


def test_declined_offer_tells_the_responsible_and_can_still_be_agreed_by_hand(portal: Portal) -> None:
    sale, quote, link = sent_quote(portal)
    assert portal.browser().post(f"{link}/decline", {"comment": "Too dear <b>"}).status_code == 303
    assert "was declined" in portal.browser().get(link).text
    page = sale.see(quote)
    assert "Too dear &lt;b&gt;" in page
    with read_session(portal.company.engines) as db:
        said = db.scalars(select(InboxNotice.text).where(InboxNotice.kind == "sales.client")).all()
        assert said == ["%(name)s declined the quote %(number)s."]
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "meeting"})
    assert sale.states()["agreed"] == "done"


def test_question_reaches_the_responsible_and_is_limited(portal: Portal) -> None:
    sale, quote, link = sent_quote(portal)
    client = portal.browser()
    assert client.post(f"{link}/ask", {"text": " "}).status_code == 422
    for number in range(20):
        assert client.post(f"{link}/ask", {"text": f"How deep, {number}?", "asker": "Neema"}).status_code == 303
    assert client.post(f"{link}/ask", {"text": "More"}).status_code == 429
    assert rows(portal, Question) == 20
    assert "How deep, 19?" in sale.see(quote)
    with read_session(portal.company.engines) as db:
        assert len(db.scalars(select(InboxNotice).where(InboxNotice.kind == "sales.client")).all()) == 20


def test_links_that_were_taken_back_are_missing_pages(portal: Portal) -> None:
    sale, quote, link = sent_quote(portal)
    sale.go(f"{quote}/revoke")
    assert portal.browser().get(link).status_code == 404
    again = sale.post(f"{quote}/link")
    assert "/s/" in again.text
    assert portal.browser("stranger").post(f"{quote}/link").status_code == 404


@pytest.mark.parametrize("language", ["ru", "sw", "en"])
def test_page_is_in_the_client_s_language(portal: Portal, language: str) -> None:
    sale = begin_sale(portal)
    with acting(portal) as ctx:
        lead = ctx.db.scalar(select(Lead))
        assert lead is not None
        lead.language = language
    sale.write_lines()
    page = portal.browser().get(sale.send(sale.quote())).text
    assert f'lang="{language}"' in page
