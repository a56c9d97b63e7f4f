"""Leads from a CSV file: shown first, kept once, wrong rows named."""

import re

import pytest
from httpx2 import Response
from tests.support.crm import leads, make_contact, notices_of, remind, shown
from tests.support.portal import Browser, Portal

from boxportal.kernel.web.render import render
from boxportal.kernel.work.outbox import due_items, work_item

pytestmark = pytest.mark.modules("crm")
FILE = (
    "Name;Company;Phone;E-mail;Comment\n"
    "Asha Mwangi;Kilima Coffee;0754 123 456;asha@kilima.example;Two pumps\n"
    "Juma;;;juma@;\n"
    ";;;;Price list please\n"
    "Known One;;0754 999 999;;\n"
)


def upload(browser: Browser, content: bytes) -> Response:
    return browser.post("/crm/leads/import", files={"file": ("leads.csv", content, "text/csv")})


def keep(portal: Portal, browser: Browser, text: str, who: str = "owner") -> Response:
    columns = {"column.name": 0, "column.company_name": 1, "column.phone": 2, "column.email": 3, "column.request": 4}
    fields = {"content": text, "keep": "yes", "responsible_id": portal.person(who), **columns}
    answer = browser.post("/crm/leads/import/keep", fields)
    for item in due_items(portal.company, ["crm.import"]):
        work_item(portal.company, render, item)
    return answer


def test_file_is_shown_before_anything_is_kept(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_contact(owner, name="Known One", phone="+255 754 999 999")
    answer = upload(owner, FILE.encode())
    assert answer.status_code == 200, shown(answer.text)
    said = shown(answer.text)
    assert "New leads 2 Known already 1 left out Can't be read 1 left out" in said
    assert "Line 3: This is not a mail address." in said
    chosen = re.findall(r'name="(column[.][a-z_]+)".*?<option value="(\d)" selected', answer.text, re.DOTALL)
    assert dict(chosen)["column.phone"] == "2"
    assert not leads(portal)


def test_rows_are_kept_once_and_quietly(portal: Portal) -> None:
    owner = portal.browser("owner")
    answer = keep(portal, owner, FILE, "colleague")
    assert answer.status_code == 200, shown(answer.text)
    assert [lead.title for lead in leads(portal)] == ["Two pumps", "Price list please", "Known One"]
    assert {lead.responsible_id for lead in leads(portal)} == {portal.person("colleague")}
    assert notices_of(portal, "colleague") == ["crm.lead"]
    assert all(lead.remind_at is None for lead in leads(portal))
    assert "New leads 0" in shown(keep(portal, owner, FILE).text)
    assert len(leads(portal)) == 3
    remind(portal)


def test_windows_encoding_and_tabs_are_read(portal: Portal) -> None:
    text = "Имя\tТелефон\nЮлия Орлова\t0754 123 456\n"
    for data in (text.encode("cp1251"), text.encode("utf-16")):
        assert "Юлия Орлова" in upload(portal.browser("owner"), data).text


@pytest.mark.parametrize("data", [b"", b"Name,Phone\n", b"\x00\x01\x02", b"a,b\n" * 5100, b"x" * 1_000_000])
def test_wrong_file_is_refused_with_a_sentence(portal: Portal, data: bytes) -> None:
    answer = upload(portal.browser("owner"), data)
    assert answer.status_code == 422
    assert "file" in shown(answer.text).lower()


def test_formulas_stay_text(portal: Portal) -> None:
    owner = portal.browser("owner")
    keep(portal, owner, "n;c;p;e;r\n=1+1;;;;=HYPERLINK(1)\n")
    assert leads(portal)[0].name == "=1+1"
    assert "\n=" not in owner.get("/crm/leads?_format=csv").text
