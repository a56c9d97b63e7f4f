"""Saved views of lists and own columns: of the CRM's deals, and of a list of somebody else's module."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import event, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.identity.leaving import hand_over, let_go
from boxportal.kernel.identity.models import Team
from boxportal.kernel.lists.models import ListChoice, ListPin, ListView
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order, Verb
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from tests.support.crm import make_deal, shown
from tests.support.extra_modules import installed_extras
from tests.support.portal import Api, Browser, Portal

pytestmark = pytest.mark.modules("crm")
DEALS = "/crm/deals/list"


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def save(browser: Browser, query: str, name: str, key: str = "crm.deals", **more: object) -> str:
    """Save a view as the form does; where it leads."""
    answer = browser.post("/views/new", {"key": key, "query": query, "name": name, **more})
    assert answer.status_code == 303, shown(answer.text)
    return answer.headers["location"]


def id_of(address: str) -> int:
    return int(parse_qs(urlsplit(address).query)["_view"][0])


def names(browser: Browser, path: str = f"{DEALS}?_view=0") -> list[str]:
    """The names of the views that a list offers."""
    page = browser.get(path).text
    panel = re.search(r'class="saved">(.*?)</ul>', page, re.DOTALL)
    return re.findall(r'<a href="[^"]*_view=\d+"[^>]*>([^<]*)</a>', panel[1]) if panel else []


def heads(page: str) -> list[str]:
    return [shown(one) for one in re.findall(r'<th scope="col"(?! class="cell-check").*?</th>', page, re.DOTALL)]


def titles(page: str) -> list[str]:
    return [shown(one) for one in re.findall(r'<th scope="row">.*?</th>', page, re.DOTALL)]


def switch(portal: Portal, verb: Verb, module: str) -> None:
    done = perform(Acting(portal.company, SYSTEM, render), Order(verb=verb, modules=(module,)), lambda _: Path("kept"))
    assert done is not None


def stage_ids(portal: Portal) -> list[int]:
    page = portal.browser("owner").get(f"{DEALS}?_panel=filters").text
    options = re.search(r'name="stage".*?</fieldset>|name="stage".*?</select>', page, re.DOTALL)
    assert options
    return [int(one) for one in re.findall(r'value="(\d+)"', options[0])]


def test_what_is_shown_is_saved_whole_and_its_address_says_it(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps", amount="10")
    make_deal(owner, title="Pipes", amount="20")
    shown_now = f"{DEALS}?state=open&sort=amount&columns=amount,title"
    link = re.search(r'href="(/views/new\?[^"]*)"', owner.get(shown_now).text)
    assert link
    form = owner.get(html.unescape(link[1]))
    assert form.status_code == 200
    asked = parse_qs(urlsplit(html.unescape(link[1])).query)
    where = save(owner, asked["query"][0], "Cheap first", key=asked["key"][0])
    assert where == f"{DEALS}?state=open&sort=amount&columns=amount,title&_view={id_of(where)}"
    page = owner.get(where).text
    assert heads(page) == ["Amount", "Deal"]
    assert [shown(one) for one in re.findall(r'data-label="Deal">.*?</td>', page, re.DOTALL)] == [
        'data-label="Deal"> Pumps',
        'data-label="Deal"> Pipes',
    ]
    assert re.search(r'_view=\d+" aria-current="true">Cheap first', page)
    assert names(portal.browser("colleague")) == []


def test_only_what_a_list_can_read_is_saved(portal: Portal) -> None:
    owner = portal.browser("owner")
    for query in ("stage=999", "password=1", "sort=title", "columns=secret", "amount_min=ten", "x" * 7000):
        answer = owner.post("/views/new", {"key": "crm.deals", "query": query, "name": "Wrong"})
        assert answer.status_code == 422, query
    for fields in ({"name": " "}, {"name": "x" * 101}, {"name": "V", "share": "team:99"}, {"name": "V", "share": "all"},
                   {"name": "V", "share": "team:x"}, {"name": "V", "replaces": "7"}):  # fmt: skip
        answer = owner.post("/views/new", {"key": "crm.deals", "query": "state=open", **fields})
        assert answer.status_code == 422, fields
    assert owner.post("/views/new", {"key": "crm.nothing", "name": "V"}).status_code == 404
    save(owner, "state=open", "Mine")
    assert owner.post("/views/new", {"key": "crm.deals", "name": "mine"}).status_code == 422
    assert names(owner) == ["Mine"]


def test_a_view_takes_new_content_and_keeps_its_name_and_people(portal: Portal) -> None:
    owner = portal.browser("owner")
    first = save(owner, "state=open", "Mine", pinned="true")
    again = save(owner, "state=lost", "ignored", replaces=str(id_of(first)))
    assert id_of(again) == id_of(first)
    assert "state=lost" in again
    assert names(owner) == ["Mine"]


def test_a_shared_view_shows_each_reader_their_own_rows(portal: Portal) -> None:
    head, owner, stranger = (portal.browser(who) for who in ("head", "owner", "stranger"))
    make_deal(owner, title="Pumps")
    make_deal(stranger, title="Secret pipes")
    where = save(head, "responsible=me&responsible=" + str(portal.person("stranger")), "Ours", share="all")
    assert titles(head.get(where).text) == ["Secret pipes"]
    assert titles(owner.get(where).text) == ["Pumps"]
    assert titles(stranger.get(where).text) == ["Secret pipes"]
    assert names(owner) == names(stranger) == ["Ours"]


def test_sharing_needs_reach_and_reaches_no_further(portal: Portal) -> None:
    owner, colleague, head, stranger = (portal.browser(w) for w in ("owner", "colleague", "head", "stranger"))
    with read_session(portal.company.engines) as db:
        teams = {team.name: team.id for team in db.scalars(select(Team))}
    where = save(owner, "state=open", "For us", share=f"team:{teams['Acme Pumps']}")
    view = id_of(where)
    assert names(colleague) == ["For us"]
    assert names(stranger) == []
    assert stranger.get(f"/views/{view}").status_code == 404
    assert "not shared" not in stranger.get(where).text
    assert (
        owner.post("/views/new", {"key": "crm.deals", "name": "X", "share": f"team:{teams['Others']}"}).status_code
        == 422
    )
    for path, fields in ((f"/views/{view}", {"name": "Taken", "share": "own"}), (f"/views/{view}/delete", {})):
        assert stranger.post(path, fields).status_code == 404
        assert colleague.post(path, fields).status_code == 403
    assert head.post(f"/views/{view}", {"name": "Renamed", "share": "all"}).status_code == 303
    assert names(stranger) == ["Renamed"]
    with portal.company.engines.writer.begin() as connection:
        connection.execute(Team.__table__.delete().where(Team.id == teams["Others"]))
    assert owner.post(f"/views/{view}", {"name": "Still ours", "share": "all"}).status_code == 303


def test_view_of_a_team_that_is_removed_is_its_owners_alone(portal: Portal) -> None:
    owner, colleague = portal.browser("owner"), portal.browser("colleague")
    with read_session(portal.company.engines) as db:
        team = db.scalar(select(Team.id).where(Team.name == "Acme Pumps"))
    save(owner, "state=open", "For us", share=f"team:{team}")
    assert names(colleague) == ["For us"]
    assert portal.browser("admin").post(f"/admin/teams/{team}/remove").status_code == 303
    assert (names(owner), names(colleague)) == (["For us"], [])


def test_default_opens_the_list_and_the_plain_list_stays_reachable(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps")
    where = save(owner, "state=lost", "Lost ones", default="true")
    answer = owner.get(DEALS)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    assert f'href="{DEALS}?_view=0"' in owner.get(where).text
    assert titles(owner.get(f"{DEALS}?_view=0").text) == ["Pumps"]
    assert portal.browser("colleague").get(DEALS).status_code == 200
    assert owner.post(f"/views/{id_of(where)}/mine", {}).status_code == 303
    assert owner.get(DEALS).status_code == 200


def test_pinned_ones_stand_beside_the_ready_made_for_their_person_alone(portal: Portal) -> None:
    head, owner = portal.browser("head"), portal.browser("owner")
    views = [id_of(save(head, f"amount_min={n}", f"View {n}", share="all")) for n in range(1, 7)]
    for number, view in enumerate(views):
        answer = owner.post(f"/views/{view}/mine", {"pinned": "true"})
        assert answer.status_code == (303 if number < 5 else 409)
    chips = re.search(r'<ul class="chips".*?</ul>', owner.get(DEALS).text, re.DOTALL)
    assert chips
    assert [n for n in range(1, 7) if f"View {n}" in chips[0]] == [1, 2, 3, 4, 5]
    other = re.search(r'<ul class="chips".*?</ul>', head.get(DEALS).text, re.DOTALL)
    assert other
    assert "View 1" not in other[0]


def test_view_of_a_stage_that_is_gone_says_so_and_opens_with_the_rest(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps", amount="50")
    make_deal(owner, title="Small", amount="1")
    stage = stage_ids(portal)[0]
    where = save(owner, f"stage={stage}&amount_min=10", "Early and large")
    gone = where.replace(f"stage={stage}", "stage=999999")
    assert portal.browser("owner").get(gone.split("&_view")[0]).status_code == 422
    with portal.company.engines.writer.begin() as connection:
        table = ListView.__table__
        connection.execute(table.update().values(query=gone.partition("?")[2].split("&_view")[0]))
    page = owner.get(gone)
    assert page.status_code == 200
    assert "something that is gone: Stage." in shown(page.text)
    assert titles(page.text) == ["Pumps"]
    assert portal.browser("colleague").get(gone).status_code == 422


def test_view_of_somebody_who_left_says_so_and_opens_with_the_rest(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps")
    both = f"responsible=me&responsible={portal.person('colleague')}"
    where = save(owner, both, "Ours")
    assert "something that is gone" not in owner.get(where).text
    with writing(portal.company.engines) as session, session.begin():
        let_go(portal.ctx(session, "admin"), portal.person("colleague"), None)
    page = owner.get(where).text
    assert "something that is gone: Responsible." in shown(page)
    assert titles(page) == ["Pumps"]


def test_shared_views_of_who_leaves_go_to_the_successor(portal: Portal) -> None:
    head, colleague = portal.browser("head"), portal.browser("colleague")
    save(head, "state=open", "Open", share="all")
    save(head, "state=won", "Private")
    save(colleague, "state=lost", "Open")
    with writing(portal.company.engines) as session, session.begin():
        let_go(portal.ctx(session, "admin"), portal.person("head"), None)
    assert names(portal.browser("owner")) == ["Open"]
    with writing(portal.company.engines) as session, session.begin():
        hand_over(portal.ctx(session, "admin"), portal.person("head"), portal.person("colleague"))
    assert names(portal.browser("owner")) == ["Open (Hans Head)"]
    assert names(colleague) == ["Open", "Open (Hans Head)"]
    with read_session(portal.company.engines) as db:
        owners = dict(db.execute(select(ListView.name, ListView.owner_id)).all())
    assert owners["Private"] == portal.person("head")
    assert owners["Open (Hans Head)"] == portal.person("colleague")


def test_views_of_a_module_rest_with_it_and_go_when_it_is_purged(portal: Portal) -> None:
    switch(portal, "enable", "notes")
    owner = portal.browser("owner")
    with portal.company.engines.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO notes_note (book_id, text) SELECT min(id), 'hello' FROM notes_book")
    where = save(owner, "book=1", "First book", key="notes.notes", pinned="true", default="true")
    assert owner.post("/lists/notes.notes/columns", {"columns": ["book", "text"]}).status_code == 303
    kept = save(owner, "state=open", "Deals")
    assert titles(owner.get(where).text) == ["hello"]
    switch(portal, "disable", "notes")
    assert owner.get(f"/views/{id_of(where)}").status_code == 404
    assert "First book" not in owner.get("/views").text
    assert [item["name"] for item in portal.api("owner").get("/views").json()["items"]] == ["Deals"]
    switch(portal, "enable", "notes")
    assert owner.get("/notes/list").headers["location"] == where
    assert names(owner, "/notes/list?_view=0") == ["First book"]
    switch(portal, "disable", "notes")
    switch(portal, "purge", "notes")
    with read_session(portal.company.engines) as db:
        assert list(db.scalars(select(ListView.id))) == [id_of(kept)]
        assert list(db.scalars(select(ListPin.view_id))) == []
        assert list(db.scalars(select(ListChoice.list_key))) == []


def test_someone_elses_list_is_opened_though_a_book_is_gone(portal: Portal) -> None:
    switch(portal, "enable", "notes")
    owner = portal.browser("owner")
    where = save(owner, f"book=1&owner={portal.person('owner')}", "First book", key="notes.notes")
    with portal.company.engines.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM notes_book")
    page = owner.get(where)
    assert page.status_code == 200
    assert "something that is gone: Book." in shown(page.text)
    assert "Owner:" in shown(page.text)


def test_columns_are_kept_per_person_and_in_their_order(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps", amount="1")
    answer = owner.post(
        "/lists/crm.deals/columns", {"columns": ["title", "created", "amount"], "back": f"{DEALS}?state=open"}
    )
    assert answer.headers["location"] == f"{DEALS}?state=open"
    assert heads(owner.get(DEALS).text) == ["Deal", "Created", "Amount"]
    assert heads(owner.get(f"{DEALS}?columns=amount").text) == ["Amount"]
    assert "Created" not in heads(portal.browser("colleague").get(DEALS).text)
    link = re.search(r'href="([^"]*_format=csv)"', portal.browser("owner").get(DEALS).text)
    assert link
    assert owner.get(html.unescape(link[1])).text.removeprefix("\ufeff").startswith("Deal,Created,Amount,")
    assert owner.post("/lists/crm.deals/columns", {"columns": ["secret"]}).status_code == 422
    assert owner.post("/lists/crm.deals/columns", {"back": "https://evil.example/"}).headers["location"] == DEALS
    assert owner.post("/lists/crm.nothing/columns", {}).status_code == 404
    assert owner.post("/lists/crm.deals/columns", {"columns": ["amount"], "usual": "1"}).status_code == 303
    assert "Stage" in heads(owner.get(DEALS).text)


def test_views_by_the_api(portal: Portal) -> None:
    head, stranger = portal.api("head"), portal.api("stranger")
    body = {"list": "crm.deals", "name": "Open", "query": "state=open", "audience": "all"}
    made = head.post("/views", body)
    assert made.status_code == 201
    view = made.json()
    assert view["query"].startswith("state=open&sort=-id&columns=title,")
    assert portal.browser("head").get(view["url"]).status_code == 200
    path = f"/views/{view['id']}"
    seen = stranger.get(path)
    assert (seen.json()["name"], seen.headers["etag"], seen.json()["can_change"]) == ("Open", '"1"', False)
    assert stranger.send("PATCH", path, {"is_pinned": True, "is_default": True}).json()["is_pinned"] is True
    assert stranger.send("PATCH", path, {"name": "Mine"}).status_code == 403
    assert head.get(path).json()["is_pinned"] is False
    assert head.send("PATCH", path, {"name": "X"}, {"if-match": '"7"'}).status_code == 412
    assert head.send("PATCH", path, {"query": "state=nowhere"}).status_code == 422
    assert head.send("PATCH", path, {"audience": "own"}, {"if-match": '"1"'}).json()["version"] == 2
    assert stranger.get(path).status_code == 404
    assert stranger.get("/views?list=crm.deals").json()["items"] == []
    assert head.send("DELETE", path).status_code == 204
    assert head.get(path).status_code == 404
    assert head.get("/views?list=crm.nothing").status_code == 404


def test_a_reading_key_of_the_api_saves_nothing(portal: Portal) -> None:
    reading: Api = portal.api("head", ("all:read",))
    assert reading.get("/views").status_code == 200
    assert reading.post("/views", {"list": "crm.deals", "name": "Open"}).status_code == 404


def test_what_others_see_is_in_the_audit_log(portal: Portal) -> None:
    head = portal.browser("head")
    save(head, "state=open", "Private")
    view = id_of(save(head, "state=open", "Shared", share="all"))
    head.post(f"/views/{view}/delete")
    with read_session(portal.company.engines) as db:
        lines = db.execute(select(AuditLine.action, AuditLine.title).where(AuditLine.ref_kind == "core.list_view"))
        assert [tuple(line) for line in lines] == [
            ("core.list_view.add", "Shared"), ("core.list_view.remove", "Shared")
        ]  # fmt: skip


def test_saved_views_cost_a_list_one_statement(portal: Portal) -> None:
    owner = portal.browser("owner")
    for number in range(3):
        save(owner, f"amount_min={number + 1}", f"View {number}", pinned="true")
    counted: list[str] = []
    engine = portal.company.engines.reader

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        counted.append(statement)

    owner.get(f"{DEALS}?_view=0")
    event.listen(engine, "before_cursor_execute", note)
    owner.get(f"{DEALS}?_view=0")
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in counted if "core_list_" in one]) == 1


def test_who_may_not_see_the_records_sees_no_view_of_them(portal: Portal) -> None:
    view = id_of(save(portal.browser("head"), "state=open", "Open", share="all"))
    roles = portal.browser("admin").get("/admin/roles").text
    employee = re.search(r'href="/admin/roles/(\d+)"[^>]*>\s*Employee', roles)
    assert employee
    portal.browser("admin").post(f"/admin/roles/{employee[1]}", {"scope:crm.deal.see": "0"})
    stranger = portal.browser("stranger")
    assert stranger.get(f"/views/{view}").status_code == 404
    assert "Open" not in shown(stranger.get("/views").text)
    assert stranger.get(f"/views/new?key=crm.deals&query={quote('state=open')}").status_code == 404


def test_past_two_hundred_shared_views_ones_own_are_kept_opened_and_changed(portal: Portal) -> None:
    owner, colleague = portal.browser("owner"), portal.browser("colleague")
    with writing(portal.company.engines) as db:
        now, admin = utcnow(), portal.person("admin")
        for number in range(205):
            view = ListView(list_key="crm.deals", owner_id=admin, name=f"A{number:03}", query="state=open", version=1)
            view.audience, view.created_at, view.updated_at = "all", now, now
            db.add(view)
        db.commit()
    where = save(colleague, "state=lost", "Zebra", pinned="true", default="true")
    assert colleague.get(f"/views/{id_of(where)}").status_code == 200
    assert len(names(colleague)) == 200
    assert "Zebra" in names(colleague)
    assert colleague.get(DEALS).headers["location"].endswith(f"_view={id_of(where)}")
    with read_session(portal.company.engines) as db:
        last = db.scalar(select(ListView.id).where(ListView.name == "A204"))
    assert "A204" not in names(owner)
    assert "A204" in names(owner, f"{DEALS}?state=open&_view={last}")
    assert owner.post(f"/views/{last}/mine", {"pinned": "true"}).status_code == 303
    assert "A204" in names(owner)
    assert colleague.post(f"/views/{id_of(where)}/delete").status_code == 303
    assert owner.get(f"{DEALS}?_view={'9' * 5000}").status_code == 200
