"""The public form: requests of outsiders come in, doubtful ones are set aside without a word."""

import html
import re
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from tests.support.crm import acting, leads, notices_of, remind, rows, shown
from tests.support.portal import BASE, Portal

from boxportal.kernel.notify.models import InboxNotice
from boxportal.modules.crm.handlers import take_kept_form
from boxportal.modules.crm.leads import Arrival, LeadData, create_lead
from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.waves import WAVE_FROM
from boxportal.sdk.clock import shifted, utcnow

pytestmark = pytest.mark.modules("crm")
SITE = "https://www.acme.example"
REQUEST = {"name": "Asha", "email": "asha@kilima.example", "phone": "0754 123 456", "request": "Two pumps"}


def make_form(portal: Portal, **fields: object) -> None:
    form = {
        "title": "Contact us",
        "slug": "contact",
        "fields": ["name", "phone", "email", "request"],
        "sites": SITE,
        "turn": [portal.person("owner"), portal.person("colleague")],
        "is_active": "true",
        **fields,
    }
    answer = portal.browser("head").post("/crm/leads/forms/new", form)
    assert answer.status_code == 303, answer.text


def stamp(portal: Portal) -> str:
    page = portal.browser().get("/form/contact")
    assert page.status_code == 200, page.text
    found = re.search(r'name="_stamp" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def send(portal: Portal, *, origin: str = BASE, seconds: int = 10, address: str = "", **fields: str) -> Response:
    """What a person's browser sends, some seconds after it opened the form."""
    sent = {**REQUEST, "_stamp": stamp(portal), **fields}
    with shifted(timedelta(seconds=seconds)):
        return portal.client.post("/form/contact", data=sent, headers={"origin": origin}, follow_redirects=False)


def test_request_comes_in_and_goes_to_the_next_in_turn(portal: Portal) -> None:
    make_form(portal)
    for number in range(3):
        answer = send(portal, email=f"a{number}@kilima.example", phone="", request=f"Pump {number}")
        assert answer.headers["location"] == "/form/contact/thanks"
    assert "Thank you" in shown(portal.browser().get("/form/contact/thanks").text)
    found = leads(portal)
    assert [lead.responsible_id for lead in found] == [portal.person(who) for who in ("owner", "colleague", "owner")]
    assert {lead.status for lead in found} == {"new"}
    assert found[0].source == "form:contact"
    assert "form “Contact us”" in shown(portal.browser("owner").get(f"/crm/leads/{found[0].id}").text)
    assert notices_of(portal, "colleague") == ["crm.lead"]


def test_consent_is_asked_and_kept_with_its_time(portal: Portal) -> None:
    make_form(portal, consent="You may call me.")
    refused = send(portal)
    assert refused.status_code == 422
    assert "Please agree" in shown(refused.text)
    assert 'value="Asha"' in refused.text
    assert send(portal, consent="true").status_code == 303
    lead = leads(portal)[0]
    assert lead.consent == "You may call me."
    assert lead.consent_at is not None


@pytest.mark.parametrize(
    ("case", "fields", "seconds", "origin"),
    [
        ("trap", {"website": "http://spam.example"}, 10, BASE),
        ("too fast", {}, 0, BASE),
        ("no stamp", {"_stamp": ""}, 10, BASE),
        ("forged stamp", {"_stamp": "1764000000.00000000000000000000000000000000"}, 10, BASE),
        ("other site", {}, 10, "https://evil.example"),
        ("links", {"request": "http://a.example http://b.example http://c.example"}, 10, BASE),
    ],
)
def test_doubtful_request_is_set_aside(
    portal: Portal, case: str, fields: dict[str, str], seconds: int, origin: str
) -> None:
    make_form(portal)
    answer = send(portal, origin=origin, seconds=seconds, **fields)
    assert answer.headers["location"] == "/form/contact/thanks", case
    assert [(lead.status, lead.responsible_id) for lead in leads(portal)] == [("quarantined", None)]
    assert notices_of(portal, "owner") == []
    assert "Two pumps" not in portal.browser("head").get("/crm/leads").text
    send(portal, email="next@kilima.example")
    assert leads(portal)[1].responsible_id == portal.person("owner"), "a turn was used up"


def test_request_that_was_set_aside_is_taken_in_by_hand(portal: Portal) -> None:
    make_form(portal)
    send(portal, website="x")
    head = portal.browser("head")
    lead_id = leads(portal)[0].id
    assert "1 doubtful request was set aside" in shown(head.get("/crm/leads").text)
    assert "Two pumps" in head.get("/crm/leads?status=quarantined").text
    assert portal.browser("owner").get(f"/crm/leads/{lead_id}").status_code == 404
    head.post(f"/crm/leads/{lead_id}/reopen")
    assert leads(portal)[0].responsible_id == portal.person("owner")
    assert notices_of(portal, "owner") == ["crm.lead"]


def test_plain_form_of_an_own_site_needs_no_stamp(portal: Portal) -> None:
    make_form(portal)
    assert send(portal, origin=SITE, _stamp="").status_code == 303
    assert leads(portal)[0].status == "new"


def test_html_that_the_forms_page_gives_works_on_an_own_site(portal: Portal) -> None:
    make_form(portal, consent='Call me & write "soon"', title="<b>Ask</b>")
    page = portal.browser("head").get("/crm/leads/forms/1").text
    given = re.search(r'<textarea[^>]*id="form-html"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert given is not None
    code = html.unescape(given[1])
    assert code.startswith('<form method="post" action="http://127.0.0.1:8080/form/contact"')
    names = re.findall(r'name="(\w+)"', code)
    assert names == ["name", "phone", "email", "request", "website", "consent"]
    assert "Call me &amp; write &quot;soon&quot;" in code
    sent = {name: {**REQUEST, "consent": "true"}.get(name, "") for name in names}
    for origin, status in ((SITE, "new"), ("https://evil.example", "quarantined")):
        headers = {"origin": origin}
        answer = portal.client.post("/form/contact", data=sent, headers=headers, follow_redirects=False)
        assert answer.headers["location"] == "/form/contact/thanks"
        assert leads(portal)[-1].status == status
    assert leads(portal)[0].consent == 'Call me & write "soon"'


def test_only_its_own_sites_may_frame_the_form(portal: Portal) -> None:
    make_form(portal)
    page = portal.browser().get("/form/contact?embed=1")
    assert f"frame-ancestors 'self' {SITE}" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in portal.browser().get("/login").headers["content-security-policy"]


def test_form_reads_and_sets_no_session(portal: Portal) -> None:
    make_form(portal)
    head = portal.browser("head")
    page = head.get("/form/contact")
    assert "set-cookie" not in page.headers
    assert "Hans Head" not in page.text
    assert "_csrf" not in page.text
    sent = {**REQUEST, "_stamp": stamp(portal)}
    with shifted(timedelta(seconds=10)):
        cookie = f"bp_8080={head.cookie}"
        answer = portal.client.post(
            "/form/contact", data=sent, headers={"origin": BASE, "cookie": cookie}, follow_redirects=False
        )
    assert answer.status_code == 303
    assert leads(portal)[0].created_by is None


def test_flood_from_one_address_is_set_aside_then_refused(portal: Portal) -> None:
    make_form(portal)
    answers = [send(portal, email=f"a{n}@kilima.example", phone="", request=f"Pump {n}") for n in range(42)]
    states = [lead.status for lead in leads(portal)]
    assert states[:5] == ["new"] * 5
    assert set(states[5:]) == {"quarantined"}
    assert len(states) == 40
    assert answers[-1].status_code == 429


def come_in(portal: Portal, count: int, *, minutes: float) -> None:
    """Requests by the form, a minute apart from one another, beginning so many minutes from now."""
    form_id = rows(portal, select(WebForm.id))[0]
    for number in range(count):
        with shifted(timedelta(minutes=minutes + number)), acting(portal, "") as ctx:
            create_lead(ctx, LeadData(request=f"Pump {number}"), Arrival(form_id=form_id))


def unread_by(portal: Portal, who: str) -> list[str]:
    mine = select(InboxNotice.text).where(InboxNotice.person_id == portal.person(who), InboxNotice.read_at.is_(None))
    return list(rows(portal, mine.order_by(InboxNotice.id)))


def test_wave_makes_one_notice_however_long_it_lasts(portal: Portal) -> None:
    make_form(portal, turn=[portal.person("owner")])
    come_in(portal, WAVE_FROM - 1, minutes=0)
    assert unread_by(portal, "owner") == ["New request for you: %(title)s"] * (WAVE_FROM - 1)
    come_in(portal, 30, minutes=WAVE_FROM - 1)
    assert len(leads(portal)) == 30 + WAVE_FROM - 1
    assert unread_by(portal, "owner") == ["Many requests come in for you"]
    assert notices_of(portal, "owner") == ["crm.lead"] * WAVE_FROM
    come_in(portal, 1, minutes=90)
    assert unread_by(portal, "owner") == ["Many requests come in for you", "New request for you: %(title)s"]


def test_request_that_is_given_to_somebody_by_hand_is_told_also_in_a_wave(portal: Portal) -> None:
    make_form(portal, turn=[portal.person("owner")])
    come_in(portal, 2 * WAVE_FROM, minutes=0)
    head = portal.browser("head")
    for lead in leads(portal):
        form = {"request": lead.request, "responsible_id": portal.person("colleague")}
        assert head.post(f"/crm/leads/{lead.id}/edit", form).status_code == 303
    assert notices_of(portal, "colleague") == ["crm.lead"] * 2 * WAVE_FROM


def test_wave_is_reminded_of_once_at_each_step_and_what_comes_singly_one_by_one(portal: Portal) -> None:
    make_form(portal, turn=[portal.person("owner")])
    come_in(portal, 12, minutes=0)
    for minutes in (61, 66, 73, 241, 246, 260):
        with shifted(timedelta(minutes=minutes)):
            remind(portal)
    assert unread_by(portal, "owner") == ["Many requests come in for you", "Many requests wait for your answer"]
    assert unread_by(portal, "head") == ["Many requests of %(name)s wait for an answer"]
    come_in(portal, 2, minutes=300)
    with shifted(timedelta(minutes=365)):
        remind(portal)
    assert unread_by(portal, "owner")[-2:] == ["A request waits for your answer: %(title)s"] * 2


def test_request_before_the_wave_does_not_keep_the_wave_silent(portal: Portal) -> None:
    make_form(portal, turn=[portal.person("owner")])
    for minutes in (0, 8, 9, 11, 12):
        come_in(portal, 1, minutes=minutes)
    for minutes in (61, 75):
        with shifted(timedelta(minutes=minutes)):
            remind(portal)
    said = [text for text in unread_by(portal, "owner") if "answer" in text]
    assert said == [
        "A request waits for your answer: %(title)s",
        "Many requests wait for your answer",
        *["A request waits for your answer: %(title)s"] * 2,
    ]


def test_wrong_input_is_said_at_its_field(portal: Portal) -> None:
    make_form(portal)
    for fields, said in (
        ({"email": "asha@"}, "This is not a mail address."),
        ({"email": "", "phone": ""}, "Leave a telephone number or a mail address"),
        ({"name": "x" * 300}, "This is too long."),
    ):
        answer = send(portal, **fields)
        assert answer.status_code == 422
        assert said in shown(answer.text)
    assert not leads(portal)


def test_closed_or_unknown_form_is_a_missing_page(portal: Portal) -> None:
    make_form(portal, is_active="")
    assert portal.browser().get("/form/contact").status_code == 404
    assert portal.browser().get("/form/none").status_code == 404


def test_only_heads_look_after_forms(portal: Portal) -> None:
    owner = portal.browser("owner")
    assert owner.get("/crm/leads/forms").status_code == 404
    assert owner.post("/crm/leads/forms/new", {"title": "x", "slug": "x", "fields": ["email"]}).status_code == 404


def test_bad_form_is_refused_field_by_field(portal: Portal) -> None:
    head = portal.browser("head")
    answer = head.post(
        "/crm/leads/forms/new",
        {"title": "T", "slug": "Not a slug!", "fields": ["name"], "sites": "javascript:alert(1)"},
    )
    assert answer.status_code == 422
    said = shown(answer.text)
    for part in ("Use small letters", "or you can't answer", "This is not the address of a site"):
        assert part in said


def test_what_is_sent_while_the_module_is_off_becomes_a_lead_when_it_returns(portal: Portal) -> None:
    make_form(portal)
    sent_at, opened = utcnow(), stamp(portal)
    payload = {
        "path": "/form/contact",
        "fields": {**REQUEST, "_stamp": opened},
        "address": "10.0.0.7",
        "origin": BASE,
        "own_origin": BASE,
        "at": (sent_at + timedelta(seconds=10)).isoformat(),
    }
    with shifted(timedelta(days=5)), acting(portal, "") as ctx:
        take_kept_form(ctx, payload)
        take_kept_form(ctx, {**payload, "fields": {**REQUEST, "email": "asha@", "_stamp": opened}})
        take_kept_form(ctx, {**payload, "path": "/form/gone"})
    assert [lead.status for lead in leads(portal)] == ["new", "quarantined"]
    assert notices_of(portal, "owner") == ["crm.lead"]
