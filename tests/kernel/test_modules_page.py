"""The Modules page: what an administrator reads before a switch, and the switch itself."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.identity.models import Person
from boxportal.kernel.switch import cost
from boxportal.modules.sales.models.quotes import ClientLink
from boxportal.sdk.clock import utcnow
from tests.support.crm import shown
from tests.support.extra_modules import installed_extras
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def test_page_tells_of_each_module_whom_it_is_for_and_how_it_stands(portal: Portal) -> None:
    text = portal.browser("admin").get("/admin/modules").text
    for words in ("Notes", "Short texts in books.", "Tests of the switch.", "Anyone else.", "Labels"):
        assert words in text
    assert "can't be used" in text


def test_only_administrators_reach_the_switch(portal: Portal) -> None:
    for path in ("/admin/modules", "/admin/modules/notes/enable"):
        assert portal.browser("head").get(path).status_code == 404
        assert portal.browser().get(path).status_code == 303
    assert portal.browser("head").post("/admin/modules/notes/enable").status_code == 404
    assert portal.browser("admin").post("/admin/modules/notes/enable", {"_csrf": "x"}).status_code == 403
    assert portal.browser("admin").get("/notes").status_code == 404


def test_module_is_live_when_the_answer_comes_and_gone_when_it_is_off(portal: Portal) -> None:
    admin, owner = portal.browser("admin"), portal.browser("owner")
    before = admin.get("/admin/modules/notes/enable").text
    assert "Comes into the menu: Notes" in before
    answer = admin.post("/admin/modules/notes/enable")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/modules")
    assert owner.get("/notes").text == "0 notes"
    assert portal.api("owner").post("/notes/notes", {"text": "hi"}).status_code == 201
    before = admin.get("/admin/modules/notes/disable").text
    for words in ("Nothing is deleted", "Goes from the menu: Notes", "public pads: 1", "in 2 tables"):
        assert words in before
    assert admin.post("/admin/modules/notes/disable").status_code == 303
    assert owner.get("/notes").status_code == 404
    assert "Its data is kept" in admin.get("/admin/modules").text
    with read_session(portal.company.engines) as db:
        lines = db.execute(
            select(AuditLine.action, AuditLine.actor_id).where(AuditLine.action.startswith("core.module"))
        )
        assert lines.all() == [
            ("core.module.enable", portal.person("admin")), ("core.module.disable", portal.person("admin")),
        ]  # fmt: skip


def test_refusal_names_what_stands_in_the_way_and_offers_the_set(portal: Portal) -> None:
    admin = portal.browser("admin")
    answer = admin.get("/admin/modules/labels/enable")
    assert answer.status_code == 409
    assert "Labels needs Notes." in answer.text
    assert "Together with Notes" in answer.text
    assert admin.post("/admin/modules/labels/enable").status_code == 409
    assert "Together: Notes, Labels" in admin.get("/admin/modules/labels/enable?whole=1").text
    assert admin.post("/admin/modules/labels/enable", {"whole": "1"}).status_code == 303
    assert admin.get("/admin/modules/notes/disable").status_code == 409
    assert portal.browser("owner").get("/notes").status_code == 200


def test_purge_asks_for_the_name_makes_a_backup_and_says_where_it_lies(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/modules/notes/enable")
    portal.api("owner").post("/notes/notes", {"text": "hi"})
    admin.post("/admin/modules/notes/disable")
    assert admin.post("/admin/modules/notes/purge").status_code == 422
    answer = admin.post("/admin/modules/notes/purge", {"typed": "notes"})
    assert answer.status_code == 303
    page = admin.get(answer.headers["location"]).text
    made = next((portal.data / "backups").glob("*.bpb"))
    assert str(made) in page
    assert "Its data is kept" not in page
    assert "made first" not in admin.get("/admin/modules?backup=../../etc/passwd").text


def test_prepared_module_is_seen_by_those_who_were_ticked(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "Omar Owner" in admin.get("/admin/modules/notes/prepare").text
    answer = admin.post("/admin/modules/notes/prepare", {"allowed": [str(portal.person("owner"))]})
    assert answer.status_code == 303
    assert portal.browser("owner").get("/notes").status_code == 200
    assert portal.browser("colleague").get("/notes").status_code == 404
    assert "rests at the moment" in portal.client.get("/pad/x").text
    assert "being prepared" in admin.get("/admin/modules").text


def test_unknown_modules_and_verbs_are_missing_pages(portal: Portal) -> None:
    admin = portal.browser("admin")
    for path in ("/admin/modules/chess/enable", "/admin/modules/notes/explode", f"/admin/modules/{'x' * 50}/enable"):
        assert admin.get(path).status_code in (404, 422)
        assert admin.post(path).status_code in (404, 422)


def test_server_does_not_import_a_module_to_show_what_it_would_add(portal: Portal) -> None:

    known = {name for name in sys.modules if name.startswith("bp_labels")}
    assert portal.browser("admin").get("/admin/modules/labels/enable?whole=1").status_code == 200
    assert {name for name in sys.modules if name.startswith("bp_labels")} == known


def test_other_administrators_are_told_who_switched_what(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        head = db.get(Person, portal.person("head"))
        assert head is not None
        head.is_admin = True
    portal.browser("admin").post("/admin/modules/notes/enable")
    portal.browser("head").post("/admin/modules/notes/disable")
    assert "Amina Admin switched on Notes" in portal.browser("head").get("/inbox").text
    assert "Hans Head switched off Notes" in portal.browser("admin").get("/inbox").text
    assert "switched on" not in portal.browser("admin").get("/inbox").text
    assert "Notes" not in portal.browser("owner").get("/inbox").text


@pytest.mark.modules("crm", "sales")
def test_switching_sales_off_says_how_many_links_of_clients_rest(portal: Portal) -> None:
    with writing(portal.company.engines) as db:
        now = utcnow()
        for number, days in enumerate((1, 30, -1)):
            link = ClientLink(token_hash=str(number), created_at=now, expires_at=now + timedelta(days=days))
            db.add(link)
        db.commit()
    asked = shown(portal.browser("admin").get("/admin/modules/sales/disable").text)
    assert "Rests outside, with a polite page in its place: Links that clients hold: 2" in asked


def test_pages_of_a_module_that_is_off_say_so_to_who_is_signed_in(portal: Portal) -> None:
    owner = portal.browser("owner")
    page = owner.get("/crm/deals/list")
    assert page.status_code == 404
    assert "CRM is switched off at the moment." in shown(page.text)
    assert 'id="rail"' in page.text
    assert "there it can be copied" not in page.text
    typed = owner.post("/crm/deals/new", {"title": "Pumps"})
    assert typed.status_code == 404
    assert "there it can be copied" in typed.text
    stranger = portal.browser().get("/crm/deals/list")
    assert (stranger.status_code, "switched off" in stranger.text) == (404, False)
    assert "switched off" not in owner.get("/nothing/at-all").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_measure_now_measures_on_this_machine_and_shows_when(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = portal.browser("admin")
    assert "for the release" in admin.get("/admin/modules").text
    monkeypatch.setattr(cost, "TIMES", 1)
    assert portal.browser("head").post("/admin/modules/measure").status_code == 404
    answer = admin.post("/admin/modules/measure")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/modules")
    assert "for the release" not in admin.get("/admin/modules").text
    found = cost.known_costs(portal.data)
    assert found.keys() == load_catalog().entries.keys()
    assert 0 < found["crm"].memory_mb < 40, "with what it needs of libraries"
    (portal.data / "costs.json").write_text("{", "utf-8")
    assert "for the release" in admin.get("/admin/modules").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_measures_while_it_is_measured_comes_to_the_page_which_says_so(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, really = Event(), Event(), cost.measured

    def held(name: str) -> cost.Measured:
        begun.set()
        assert go_on.wait(60)
        return really(name)

    monkeypatch.setattr(cost, "TIMES", 1)
    monkeypatch.setattr(cost, "measured", held)
    admin, words = portal.browser("admin"), "is being measured now"
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(admin.post, "/admin/modules/measure")
        try:
            assert begun.wait(60)
            second = admin.post("/admin/modules/measure")
            page = admin.get("/admin/modules").text
        finally:
            go_on.set()
    assert first.result().status_code == 303
    assert (second.status_code, second.headers.get("location")) == (303, "/admin/modules")
    assert words in page
    assert "Measure now" not in page
    after = admin.get("/admin/modules").text
    assert words not in after
    assert "for the release" not in after


@pytest.mark.modules("crm")
def test_page_of_a_module_that_was_switched_off_says_by_whom_and_leads_back(portal: Portal) -> None:
    admin, owner = portal.browser("admin"), portal.browser("owner")
    assert owner.post("/crm/deals/new", {"title": "Pumps", "currency": "TZS"}).status_code == 303
    assert admin.post("/admin/modules/crm/disable").status_code == 303
    page = owner.get("/crm/deals", {"referer": "http://portal.test:8080/inbox?show=unread"}).text
    assert "Amina Admin switched it off on " in page
    assert "Your data is kept" in page
    assert 'href="/inbox?show=unread"' in page
    assert 'href="/admin/modules"' not in page
    assert 'href="/admin/modules"' in admin.get("/crm/deals").text
    assert "evil.test" not in owner.get("/crm/deals", {"referer": "http://evil.test/x"}).text


@pytest.mark.modules("crm")
def test_part_of_a_page_that_a_switched_off_module_would_answer_says_so_in_place(portal: Portal) -> None:
    admin, owner = portal.browser("admin"), portal.browser("owner")
    assert owner.post("/crm/deals/new", {"title": "Pumps", "currency": "TZS"}).status_code == 303
    admin.post("/admin/modules/crm/disable")
    part = owner.post("/crm/deals/1/win", {"reason": "x"}, headers={"hx-request": "true"})
    assert (part.status_code, part.headers["content-type"]) == (404, "application/problem+json")
    assert part.json()["title"] == ("Amina Admin switched off CRM. Nothing was saved: what you typed is still here.")
    assert portal.browser().post("/crm/deals/1/win", {}, headers={"hx-request": "true"}).status_code in (204, 403, 404)


@pytest.mark.modules("crm")
def test_what_people_lose_stands_before_what_is_counted(portal: Portal) -> None:
    text = shown(portal.browser("admin").get("/admin/modules/crm/disable").text)
    said = [text.index(words) for words in ("Requests, deals and the people", "Goes from the menu: CRM", "Details",
                                            "API routes")]  # fmt: skip
    assert said == sorted(said)
