"""What is sent again and again by a client, or saved by two at once, is done once and told once."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError
from tests.sales.firm import SELLER, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.web.failures import meaning_of
from boxportal.modules.sales.models.quotes import Question
from boxportal.modules.sales.models.sellers import Seller
from boxportal.sdk.errors import Stale


def told(portal: Portal, words: str) -> int:
    with read_session(portal.company.engines) as db:
        return sum(words in notice.text for notice in db.scalars(select(InboxNotice)))


def test_client_who_accepts_again_and_again_is_told_of_once(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    link = sale.send(sale.quote())
    for number in range(4):
        assert portal.browser().post(f"{link}/accept", {"name": f"Neema {number}"}).status_code == 303
    assert told(portal, "accepted the quote") == 1


def test_question_sent_twice_from_one_page_is_asked_once(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    link = sale.send(sale.quote())
    client = portal.browser()
    page = client.get(link).text
    assert "TIN 100-200-300</p>" in page
    found = re.search(r'/ask".*?name="_once" value="([^"]+)"', page, re.DOTALL)
    assert found
    asked = {"text": "When?", "asker": "Neema", "_once": found[1]}
    answers = [client.post(f"{link}/ask", asked) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(func.count()).select_from(Question)) == 1
    assert told(portal, "asks about") == 1
    assert len(set(re.findall(r'name="_once" value="([^"]+)"', page))) == 3


def test_two_who_save_a_seller_at_once_do_not_both_win(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    sale.quote()
    with read_session(portal.company.engines) as db:
        version = db.scalar(select(Seller.version))
    form = {name: value for name, value in SELLER.items() if name != "usual_tax"} | {"_version": str(version)}
    begin = Barrier(4)

    def save(number: int) -> int:
        browser = portal.browser("admin")
        begin.wait()
        return browser.post("/sales/seller/1", form | {"bank": f"Bank {number}"}).status_code

    portal.browser("admin")
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(save, range(4)))
    assert answers[0] == 303
    assert set(answers[1:]) <= {409, 422}


def test_row_that_another_changed_under_a_write_is_named_stale() -> None:
    assert isinstance(meaning_of(StaleDataError("0 rows matched")), Stale)


def test_form_of_the_firms_details_leads_back_to_the_deal(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    page = sale.see(sale.go(f"{sale.url}/quotes"))
    assert re.search(rf'href="/crm/deals/{sale.deal_id}"[^>]*>(<[^>]+>)*Cancel', page)
