"""Comments, files, the timeline and search: for any record kind, only for who sees the record."""

import io
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import writing
from boxportal.kernel.files.naming import clean_name
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.search.find import find
from boxportal.modules.crm import clients, deals
from boxportal.modules.crm.clients import ContactData
from boxportal.modules.crm.deals import DealData
from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


@pytest.fixture
def deal_id(portal: Portal) -> int:
    with writing(portal.company.engines) as session, session.begin():
        return deals.create_deal(portal.ctx(session, "owner"), DealData(title="Насосы for Ёлкин")).id


def notices(portal: Portal, who: str) -> list[str]:
    with writing(portal.company.engines) as session:
        mine = select(InboxNotice.kind).where(InboxNotice.person_id == portal.person(who))
        return list(session.scalars(mine))


def found(portal: Portal, who: str, query: str) -> list[str]:
    with writing(portal.company.engines) as session:
        return [hit.title for hit in find(portal.ctx(session, who), portal.company.snapshot, query)]


def test_comment_tells_who_is_mentioned_and_may_see_the_record(portal: Portal, deal_id: int) -> None:
    path = f"/records/crm.deal/{deal_id}/comments"
    text = "@[Cara Colleague] and @stranger, look: <script>x</script>"
    answer = portal.browser("owner").post(path, {"text": text})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/crm/deals/{deal_id}?not_told=1#comment-")
    assert notices(portal, "colleague") == ["core.mention"]
    assert notices(portal, "stranger") == []
    page = portal.browser("colleague").get(f"/records/crm.deal/{deal_id}/timeline?before=2999-01-01T00:00:00Z")
    assert "@Cara Colleague and @stranger, look: &lt;script&gt;" in page.text
    assert "began the deal" in page.text


def test_stranger_reaches_neither_comments_nor_files(portal: Portal, deal_id: int) -> None:
    owner, stranger = portal.browser("owner"), portal.browser("stranger")
    here = f"/records/crm.deal/{deal_id}"
    files = [("file", ("plan.txt", io.BytesIO(b"secret plan"), "text/plain"))]
    assert owner.post(f"{here}/files", files=files).status_code == 303
    assert owner.get("/files/1").text == "secret plan"
    missing = stranger.get("/files/999")
    hidden = stranger.get("/files/1")
    assert (hidden.status_code, hidden.text) == (missing.status_code, missing.text) == (404, missing.text)
    assert stranger.post(f"{here}/files", files=files).status_code == 404
    assert stranger.post(f"{here}/comments", {"text": "hi"}).status_code == 404
    assert stranger.get(f"{here}/timeline?before=2999-01-01T00:00:00Z").status_code == 404
    assert stranger.post("/files/1/remove").status_code == 404
    assert portal.browser("colleague").post("/files/1/remove").status_code == 403
    assert owner.post("/files/1/remove").status_code == 303
    assert owner.get("/files/1").status_code == 404


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "x.js", "note.xml", "picture.png.html"])
def test_what_could_carry_a_script_is_only_offered_for_download(portal: Portal, deal_id: int, name: str) -> None:
    files = [("file", (name, io.BytesIO(b"<script>alert(1)</script>"), "text/html"))]
    portal.browser("owner").post(f"/records/crm.deal/{deal_id}/files", files=files)
    answer = portal.browser("owner").get("/files/1")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("", "file"),
        ("..", "file"),
    ],
)
def test_file_names_are_only_metadata(name: str, kept: str) -> None:
    assert clean_name(name) == kept


def test_long_file_name_keeps_its_ending() -> None:
    name = clean_name("ж" * 400 + ".pdf")
    assert name.endswith("ж.pdf")
    assert len(name.encode()) <= 255


def test_search_finds_by_the_beginning_of_words_in_either_script(portal: Portal, deal_id: int) -> None:
    assert deal_id
    with writing(portal.company.engines) as session, session.begin():
        data = ContactData(name="Jürgen Café", phone="+255 754 123 456", email="jc@pumps.example")
        clients.create_contact(portal.ctx(session, "owner"), data)
    for query in ("елк", "ЁЛКИН", "elkin", "насо", "nasosy", "for ёлк"):
        assert found(portal, "owner", query) == ["Насосы for Ёлкин"], query
    for query in ("jurg", "cafe", "754123456", "123 456 ", "pumps", "+255754"):
        assert found(portal, "owner", query) == ["Jürgen Café"], query
    assert found(portal, "stranger", "елк") == []
    assert found(portal, "owner", "kin") == []


@pytest.mark.parametrize(
    "query", ["", " ", '"', "a AND", "NEAR(a b)", "* *", "title:x", "a' OR 1=1", "(((", "\x00", "%", "ь"]
)
def test_search_takes_any_text(portal: Portal, query: str) -> None:
    path = "/search?" + urlencode({"q": query})
    assert portal.browser("owner").get(path).status_code == (200 if len(query) <= 256 else 422)
    assert found(portal, "owner", query) == []


def test_changed_and_trashed_records_are_found_accordingly(portal: Portal, deal_id: int) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session, "owner")
        deals.change_deal(ctx, deal_id, DealData(title="Valves"), version=None)
    assert found(portal, "owner", "valv") == ["Valves"]
    assert found(portal, "owner", "насо") == []
