"""Lists and forms at their routes, as a person's browser and a program meet them."""

import html
import re

import pytest
from tests.support.deal_site import with_deals
from tests.support.portal import Portal

ROW = re.compile(r'<th scope="row">\s*<a href="/deals/(\d+)">')


def ids(text: str) -> list[int]:
    return [int(number) for number in ROW.findall(text)]


def link(text: str, rel: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*rel="{rel}"', text)
    return html.unescape(found.group(1)) if found else ""


def test_a_list_is_walked_by_its_links_there_and_back(portal: Portal) -> None:
    with_deals(portal, 120)
    browser = portal.browser("owner")
    seen, path, back = [], "/deals?sort=amount", ""
    while path:
        answer = browser.get(path)
        assert answer.status_code == 200
        seen += ids(answer.text)
        back, path = link(answer.text, "prev"), link(answer.text, "next")
    priced = [n for n in range(1, 121) if n % 3]
    assert seen == priced + [n for n in range(1, 121) if not n % 3]
    assert ids(browser.get(back).text) == seen[50:100][-50:]


def test_what_is_shown_is_escaped(portal: Portal) -> None:
    with_deals(portal, 1)
    text = portal.browser("owner").get("/deals?title=<script>alert(1)</script>&stage=1").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "Deal &lt;1&gt;" in portal.browser("owner").get("/deals").text


def test_states_are_drawn_as_states(portal: Portal) -> None:
    with_deals(portal, 2)
    text = portal.browser("owner").get("/deals?stage=2").text
    assert re.search(r'data-label="Stage">\s*<span class="[^"]*">\s*<svg.*?Quoted', text, re.DOTALL)


def test_the_number_of_rows_is_asked_for_apart(portal: Portal) -> None:
    with_deals(portal, 60)
    browser = portal.browser("owner")
    assert 'hx-get="/deals?stage=1&amp;_count=1"' in browser.get("/deals?stage=1&title=").text
    assert browser.get("/deals?stage=1&_count=1").text == "30 in all"
    assert browser.get("/deals?_count=1&title=nothing").text == "0 in all"
    assert browser.get("/deals?stage=9&_count=1").status_code == 422


def test_a_wrong_address_is_explained_where_it_is_wrong(portal: Portal) -> None:
    with_deals(portal, 3)
    answer = portal.browser("owner").get("/deals?amount_min=ten&sort=password&password=1")
    assert answer.status_code == 422
    assert ids(answer.text) == []
    for says in ("This is not a number.", "This list has no such order.", "This list has no filter called password."):
        assert says in answer.text
    assert 'value="ten"' in answer.text


def test_htmx_is_told_the_short_address(portal: Portal) -> None:
    with_deals(portal, 60)
    answer = portal.browser("owner").get("/deals?title=&stage=2&closes=&sort=-amount", headers={"hx-request": "true"})
    assert answer.headers["hx-push-url"] == "/deals?stage=2&sort=-amount"


def test_an_empty_list_teaches_and_an_empty_result_offers_a_way_back(portal: Portal) -> None:
    with_deals(portal, 0)
    browser = portal.browser("owner")
    assert "Deals you want to win live here." in browser.get("/deals").text
    nothing = browser.get("/deals?stage=1&title=x").text
    assert "Nothing fits these filters." in nothing
    assert 'href="/deals?stage=1"' in nothing


def test_an_export_is_what_the_list_shows_and_needs_its_permission(portal: Portal) -> None:
    with_deals(portal, 700)
    admin = portal.browser("admin")
    assert "_format=csv" in admin.get("/deals").text
    answer = admin.get("/deals?_format=csv&columns=title&columns=amount&sort=id&stage=2")
    lines = answer.text.removeprefix("\ufeff").split("\r\n")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="test-deals-\d{4}-\d{2}-\d{2}.csv"', answer.headers["content-disposition"]
    )
    assert (lines[0], lines[1], lines[2]) == ('Title,Amount,"Amount, currency"', "Deal <1>,1.00,TZS", "Deal 3,,")
    assert len(lines) == 352
    assert admin.get("/deals?_format=csv&stage=9").status_code == 422
    owner = portal.browser("owner")
    assert "_format=csv" not in owner.get("/deals").text
    assert owner.get("/deals?_format=csv").status_code == 403


def test_a_file_too_long_is_refused_before_it_begins(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxportal.sdk.lists_web.MAX_EXPORT", 10)
    with_deals(portal, 11)
    answer = portal.browser("admin").get("/deals?_format=csv")
    assert answer.status_code == 422
    assert "at most 10 rows" in answer.text


def test_the_api_pages_by_cursor(portal: Portal) -> None:
    with_deals(portal, 25)
    api = portal.api("owner")
    titles: list[str] = []
    path = "/deals?limit=10&sort=amount"
    while path:
        body = api.get(path).json()
        titles += body["items"]
        path = f"/deals?limit=10&sort=amount&cursor={body['next']}" if body["next"] else ""
    assert len(titles) == len(set(titles)) == 25
    wrong = api.get("/deals?limit=1000&stage=9").json()
    assert set(wrong["errors"]) == {"limit", "stage"}


def test_a_form_is_shown_sent_and_saved(portal: Portal) -> None:
    with_deals(portal, 0)
    browser = portal.browser("owner")
    shown = browser.get("/deals/new").text
    for part in (
        'name="title"',
        'maxlength="100"',
        "autofocus",
        'name="lines.0.text"',
        'name="lines.__row__.rate"',
        "Choose…",
    ):
        assert part in shown
    answer = browser.post(
        "/deals/new",
        {
            "title": "Pumps",
            "stage": "1",
            "amount": "1,000.50",
            "lines.0.text": "Pump",
            "lines.0.quantity": "2.5",
            "lines.0.rate": "18",
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/deals/500")
    assert "Pumps Pump 2.5 18" in browser.get("/deals").text


def test_a_form_with_mistakes_comes_back_with_everything_typed(portal: Portal) -> None:
    with_deals(portal, 0)
    browser = portal.browser("owner")
    sent = {
        "title": "",
        "stage": "7",
        "amount": "<b>",
        "note": "kept & safe",
        "teams": ["2"],
        "lines.4.text": "",
        "lines.4.rate": "0",
    }
    answer = browser.post("/deals/new", sent)
    assert answer.status_code == 422
    for part in (
        "Fill this in.",
        "Choose one from the list.",
        "This is not a number.",
        "kept &amp; safe",
        'value="&lt;b&gt;"',
    ):
        assert part in answer.text
    assert re.search(r'name="teams" value="2" checked', answer.text)
    assert 'id="field-lines.0.text-error"' in answer.text
    assert browser.get("/deals").text.count("Deal ") == 0


def test_what_the_service_refuses_stands_in_the_form_and_nothing_is_written(portal: Portal) -> None:
    with_deals(portal, 0)
    browser = portal.browser("owner")
    answer = browser.post("/deals/new", {"title": "Taken", "stage": "1"})
    assert answer.status_code == 422
    assert "There is a deal of this name." in answer.text
    assert 'value="Taken"' in answer.text
    assert ids(browser.get("/deals").text) == []


def test_a_field_of_another_form_is_refused(portal: Portal) -> None:
    with_deals(portal, 0)
    answer = portal.browser("owner").post("/deals/new", {"title": "Pumps", "stage": "1", "is_admin": "1"})
    assert answer.status_code == 422
    assert "The form sent a field that it does not have: is_admin." in answer.text


def test_a_document_of_200_rows_is_taken(portal: Portal) -> None:
    with_deals(portal, 0)
    rows = {
        f"lines.{n}.{name}": text
        for n in range(200)
        for name, text in (("text", "x"), ("quantity", "2"), ("rate", "18"))
    }
    assert portal.browser("owner").post("/deals/new", {"title": "Long", "stage": "1", **rows}).status_code == 303


def test_a_rule_that_is_broken_stands_above_the_form(portal: Portal) -> None:
    with_deals(portal, 0)
    answer = portal.browser("owner").post("/deals/new", {"title": "Closed", "stage": "1"})
    assert answer.status_code == 422
    assert "The month is closed." in answer.text
    assert 'value="Closed"' in answer.text


def test_a_form_shows_a_record(portal: Portal) -> None:
    with_deals(portal, 2)
    text = portal.browser("owner").get("/deals/2/edit").text
    assert 'value="Deal 2"' in text
    assert re.search(r'<option value="1" selected>New', text)
