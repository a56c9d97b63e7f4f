"""A list with amounts of many digits, on a desk's screen in each language."""

import re

import pytest
from sqlalchemy import update

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Person
from tests.browser.test_sale import begin_deal
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("backend", ["sqlite"], indirect=True)]
LEAST_OF_A_NAME = 192  # 12 rem, in pixels
BEYOND = "box => box.scrollWidth - box.clientWidth"


def speak(live: LivePortal, language: str) -> None:
    company = live.company
    with write_session(company.engines) as db:
        db.execute(update(Person).where(Person.id == live.cast["owner"]).values(language=language))
    company.engines.dispose()


def test_invoices_of_many_digits_fit_a_desk(live: LivePortal) -> None:
    do = begin_deal(live)
    page = do.page
    deal = page.url
    page.get_by_label("Product or text").first.fill("Pump")
    page.get_by_label("Price").first.fill("120,000,000")
    do.button("Save the lines")
    do.next_step("Make a quote")
    do.button("Save and go on")
    do.button("Get the link")
    page.get_by_label("Who agreed").fill("Neema")
    do.button("The client agreed")
    do.next_step("Make the invoice")
    do.button("Issue")
    page.goto(f"{deal.replace('/crm/', '/sales/').partition('?')[0]}/payments/new?invoice=1")
    page.locator("[name=amount]").fill("101,600,000")
    do.button("Record the payment")
    for language in ("en", "ru", "sw"):
        speak(live, language)
        page.goto("/sales/invoices")
        amounts = page.locator("#list tbody .cell-number").all_inner_texts()
        assert [re.sub(r"\D", "", amount) for amount in amounts] == ["14160000000", "4000000000"], language
        assert page.locator("#list .table-scroll").evaluate(BEYOND) <= 0, language
        assert page.locator("#list tbody th").evaluate("name => name.clientWidth") >= LEAST_OF_A_NAME, language
    page.goto("/sales/invoices?columns=title,kind,state,issued_on,due_on,gross,credited,paid,open")
    assert page.locator("#list .table-scroll").evaluate(BEYOND) > 0
    assert page.locator("#list tbody th").evaluate("name => name.clientWidth") >= LEAST_OF_A_NAME
    assert page.locator("html").evaluate(BEYOND) <= 0  # it is scrolled within its card
