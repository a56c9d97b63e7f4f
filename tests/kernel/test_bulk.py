"""Acts on many rows of a list: deals, leads, and the notes of somebody else's module."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.lists import bulk
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage, StageTotal
from boxportal.sdk.errors import Busy
from tests.kernel.test_list_views import switch, titles
from tests.support.crm import make_deal, make_lead, shown
from tests.support.extra_modules import installed_extras
from tests.support.portal import Browser, Portal

pytestmark = pytest.mark.modules("crm")
LIST = "/crm/deals/list"
ROW = re.compile(r'name="row" value="(\d+(?::\d+)?)"')


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def rows_in(browser: Browser, path: str = LIST) -> list[str]:
    """The boxes of a list, as they are sent: id and version."""
    return ROW.findall(browser.get(path).text)


def act(browser: Browser, act_id: str, rows: list[str], value: object = "", key: str = "crm.deals") -> str:
    """Do it as the page of the question does; what the answer says."""
    answer = browser.post(f"/lists/{key}/acts/{act_id}", {"rows": ",".join(rows), "value": str(value), "back": LIST})
    assert answer.status_code == 200, shown(answer.text)
    return shown(answer.text.partition("<main")[2])


def deal(portal: Portal, deal_id: int) -> Deal:
    with read_session(portal.company.engines) as db:
        found = db.scalar(select(Deal).where(Deal.id == deal_id))
        assert found is not None
        return found


def count(portal: Portal, model: type[Deal] | type[Lead], *where: object) -> int:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


def test_chosen_rows_are_asked_about_first(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps")
    make_deal(owner, title="Pipes")
    rows = rows_in(owner)
    asked = owner.post("/lists/crm.deals/acts", {"act": "assign", "row": rows, "back": f"{LIST}?state=open"})
    assert asked.status_code == 200
    for words in ("2 rows are chosen.", "Pumps", "Pipes", "Cara Colleague"):
        assert words in shown(asked.text)
    assert f'name="rows" value="{",".join(rows)}"' in asked.text
    assert f'href="{LIST}?state=open"' in asked.text
    assert owner.post("/lists/crm.deals/acts", {"act": "assign"}).status_code == 422
    assert owner.post("/lists/crm.deals/acts", {"act": "assign", "row": ["x"]}).status_code == 422
    assert owner.post("/lists/crm.deals/acts", {"act": "sing", "row": rows}).status_code == 404
    assert "https://evil.example" not in owner.post(
        "/lists/crm.deals/acts", {"act": "trash", "row": rows, "back": "https://evil.example/"}
    ).text  # fmt: skip


def test_deals_are_given_to_somebody_with_their_totals(portal: Portal) -> None:
    owner = portal.browser("owner")
    ids = [make_deal(owner, title=title, amount="10") for title in ("Pumps", "Pipes")]
    again = owner.post("/lists/crm.deals/acts/assign", {"rows": ",".join(rows_in(owner)), "value": "999"})
    assert again.status_code == 422
    assert "Choose one from the list." in again.text
    said = act(owner, "assign", rows_in(owner), portal.person("colleague"))
    assert "Done to 2 rows." in said
    assert {deal(portal, i).responsible_id for i in ids} == {portal.person("colleague")}
    with read_session(portal.company.engines) as db:
        totals = select(StageTotal.responsible_id, StageTotal.count).where(StageTotal.count > 0)
        assert [tuple(row) for row in db.execute(totals)] == [(portal.person("colleague"), 2)]
        lines = db.scalars(select(AuditLine.ref_id).where(AuditLine.action == "crm.deal.edit"))
        assert sorted(i or 0 for i in lines) == sorted(ids)


def test_deals_are_moved_and_what_can_not_be_says_why(portal: Portal) -> None:
    owner = portal.browser("owner")
    first, second = make_deal(owner, title="Pumps"), make_deal(owner, title="Pipes")
    rows = rows_in(owner)
    with read_session(portal.company.engines) as db:
        stages = list(db.scalars(select(Stage).order_by(Stage.position)))
    asked = owner.post("/lists/crm.deals/acts", {"act": "move", "row": rows}).text
    lost = next(stage for stage in stages if stage.kind == "lost")
    assert f'<option value="{lost.id}"' not in asked
    assert owner.post(f"/crm/deals/{second}/edit", {"title": "Pipes!", "currency": "TZS", "_version": "1"}).status_code == 303  # fmt: skip  # noqa: E501
    said = act(owner, "move", [*rows, "77777:1"], stages[1].id)
    assert "Done to 1 row." in said
    assert "Pipes! Somebody changed it meanwhile." in said
    assert "№ 77777 It is not there any more" in said
    assert (deal(portal, first).stage_id, deal(portal, second).stage_id) == (stages[1].id, stages[0].id)


def test_trash_is_undone(portal: Portal) -> None:
    owner = portal.browser("owner")
    for title in ("Pumps", "Pipes"):
        make_deal(owner, title=title)
    answer = owner.post("/lists/crm.deals/acts/trash", {"rows": ",".join(rows_in(owner)), "back": LIST})
    assert titles(owner.get(LIST).text) == []
    undo = re.search(r'action="(/lists/crm.deals/acts/restore)".*?name="rows" value="([\d,]+)"', answer.text, re.DOTALL)
    assert undo
    assert "Done to 2 rows." in shown(owner.post(undo[1], {"rows": undo[2]}).text)
    assert sorted(titles(owner.get(LIST).text)) == ["Pipes", "Pumps"]


def test_leads_of_somebody_else_are_refused_row_by_row(portal: Portal) -> None:
    owner, stranger = portal.browser("owner"), portal.browser("stranger")
    mine, theirs = make_lead(owner, title="Mine"), make_lead(stranger, title="Secret")
    said = act(owner, "trash", [f"{mine}:1", f"{theirs}:1"], key="crm.leads")
    assert "Done to 1 row." in said
    assert f"№ {theirs} It is not there any more, or this may not be done to it." in said
    assert "Secret" not in said
    assert count(portal, Lead, Lead.deleted_at.is_not(None)) == 1
    said = act(owner, "restore", [str(mine), str(theirs)], key="crm.leads")
    assert "Done to 1 row." in said


def test_new_responsible_of_leads_is_told(portal: Portal) -> None:
    owner, colleague = portal.browser("owner"), portal.browser("colleague")
    make_lead(owner, title="A request")
    assert "Done to 1 row." in act(
        owner, "assign", rows_in(owner, "/crm/leads"), portal.person("colleague"), key="crm.leads"
    )
    assert "A request" in colleague.get("/inbox").text


def test_all_that_fit_are_meant_and_bounded(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = portal.browser("owner")
    for number in range(1, 6):
        make_deal(owner, title=f"Deal {number}", amount=str(number))
    form = {"act": "trash", "row": rows_in(owner)[:1], "all": "true", "query": "amount_min=3&sort=amount"}
    asked = owner.post("/lists/crm.deals/acts", form)
    assert "3 rows are chosen." in shown(asked.text)
    rows = re.search(r'name="rows" value="([^"]*)"', asked.text)
    assert rows
    assert len(rows[1].split(",")) == 3
    monkeypatch.setattr(bulk, "MOST", 2)
    refused = owner.post("/lists/crm.deals/acts", form)
    assert refused.status_code == 422
    assert "At most 2 rows at once." in refused.text
    assert owner.post("/lists/crm.deals/acts/trash", {"rows": "1,2,3"}).status_code == 422
    assert owner.post("/lists/crm.deals/acts", {**form, "query": "stage=99"}).status_code == 422


def test_each_batch_is_a_transaction_and_a_repetition_does_nothing_twice(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = portal.browser("owner")
    for number in range(5):
        make_deal(owner, title=f"Deal {number}")
    monkeypatch.setattr(bulk, "BATCH", 2)
    commits: list[object] = []

    def note(connection: object) -> None:
        commits.append(connection)

    form = {"rows": ",".join(rows_in(owner)), "back": LIST, "_once": "only-this-time"}
    event.listen(portal.company.engines.writer, "commit", note)
    answer = owner.post("/lists/crm.deals/acts/trash", form)
    event.remove(portal.company.engines.writer, "commit", note)
    assert "Done to 5 rows." in shown(answer.text)
    assert len(commits) == 3
    assert count(portal, Deal, Deal.deleted_at.is_not(None)) == 5
    again = owner.post("/lists/crm.deals/acts/trash", form)
    assert "Done to 5 rows." in shown(again.text)
    assert count(portal, Deal, Deal.deleted_at.is_not(None)) == 5


@pytest.mark.parametrize("error", [Busy(), OperationalError("UPDATE", {}, Exception("database is locked"))])
def test_an_act_that_breaks_off_says_what_was_done_and_does_the_rest(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    owner = portal.browser("owner")
    for number in range(5):
        make_deal(owner, title=f"Deal {number}")
    monkeypatch.setattr(bulk, "BATCH", 2)
    form = {"rows": ",".join(rows_in(owner)), "back": LIST, "_once": "only-this-time"}
    begun: list[object] = []

    def fail_at_the_second(connection: object) -> None:
        begun.append(connection)
        if len(begun) == 2:
            raise error

    event.listen(portal.company.engines.writer, "commit", fail_at_the_second)
    broken = owner.post("/lists/crm.deals/acts/trash", form)
    event.remove(portal.company.engines.writer, "commit", fail_at_the_second)
    said = shown(broken.text)
    assert "Done to 2 rows." in said
    assert "Not done to 3 rows: The server is busy. Try again in a moment." in said
    assert count(portal, Deal, Deal.deleted_at.is_not(None)) == 2
    rest = re.search(r'action="/lists/crm.deals/acts/trash">.*?name="rows" value="([\d:,]+)"', broken.text, re.DOTALL)
    assert rest
    assert len(rest[1].split(",")) == 3
    again = shown(owner.post("/lists/crm.deals/acts/trash", form).text)
    assert "Done to 5 rows." in again
    assert "Not done" not in again
    assert count(portal, Deal, Deal.deleted_at.is_not(None)) == 5


def test_chosen_rows_are_exported_by_who_may(portal: Portal) -> None:
    owner = portal.browser("owner")
    for title in ("Pumps", "Pipes", "Tanks"):
        make_deal(owner, title=title)
    rows = rows_in(owner)[:2]
    answer = owner.post("/lists/crm.deals/export", {"row": rows, "query": "sort=id&columns=title"})
    assert answer.text.removeprefix("\ufeff").split("\r\n")[:3] == ["Deal", "Pipes", "Tanks"]
    whole = owner.post("/lists/crm.deals/export", {"all": "true", "query": "sort=id&columns=title"})
    assert whole.text.count("\r\n") == 4
    assert portal.browser("stranger").post("/lists/crm.deals/export", {"row": rows}).text.count("\r\n") == 1
    assert owner.post("/lists/crm.deals/export", {}).status_code == 422


def test_who_may_do_nothing_chooses_nothing(portal: Portal) -> None:
    owner, admin = portal.browser("owner"), portal.browser("admin")
    make_deal(owner, title="Pumps")
    row = rows_in(owner)
    role = re.search(r'href="/admin/roles/(\d+)"[^>]*>\s*Employee', admin.get("/admin/roles").text)
    assert role
    admin.post(f"/admin/roles/{role[1]}", {f"scope:crm.deal.{verb}": "0" for verb in ("edit", "delete", "export")})
    assert titles(owner.get(LIST).text) == ["Pumps"]
    assert rows_in(owner) == []
    for act_id in ("assign", "move", "trash", "restore"):
        assert owner.post(f"/lists/crm.deals/acts/{act_id}", {"rows": row[0], "value": "1"}).status_code == 404
    assert owner.post("/lists/crm.deals/export", {"row": row}).status_code == 403
    assert portal.browser().post("/lists/crm.deals/acts/trash", {"rows": row[0]}).status_code in (303, 403)
    assert count(portal, Deal, Deal.deleted_at.is_(None)) == 1


def test_a_forged_post_does_nothing(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps")
    answer = owner.post("/lists/crm.deals/acts/trash", {"rows": rows_in(owner)[0], "_csrf": "forged"})
    assert answer.status_code == 403
    assert count(portal, Deal, Deal.deleted_at.is_(None)) == 1


def test_rows_of_someone_elses_kind_without_versions(portal: Portal) -> None:
    switch(portal, "enable", "notes")
    with portal.company.engines.writer.begin() as connection:
        for words in ("hello", "LOUD"):
            connection.execute(text("INSERT INTO notes_note (book_id, text) SELECT min(id), :t FROM notes_book"), {"t": words})  # fmt: skip  # noqa: E501
    owner = portal.browser("owner")
    rows = rows_in(owner, "/notes/list")
    assert len(rows) == 2
    assert all(":" not in row for row in rows)
    said = act(owner, "shout", rows, key="notes.notes")
    assert "Done to 1 row." in said
    assert "LOUD It is loud already." in said
    assert sorted(titles(owner.get("/notes/list").text)) == ["HELLO", "LOUD"]
    switch(portal, "disable", "notes")
    assert owner.post("/lists/notes.notes/acts/shout", {"rows": rows[0]}).status_code == 404
