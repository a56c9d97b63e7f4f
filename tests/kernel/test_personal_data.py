"""What is held on one person is found, shown, handed over whole, and erased but for what must stay."""

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pytest
from sqlalchemy import String, cast, column, insert, select, table

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.files.blobs import path_of
from boxportal.kernel.identity.models import Person, SignInSession
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.kernel.transfer.tables import data_tables, plain, rows_of
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.quotes import ClientLink, Question
from boxportal.sdk.clock import utcnow
from tests.cli.conftest import run_in
from tests.support.crm import make_company, make_contact, make_deal, make_lead
from tests.support.furnished import SELLER, go
from tests.support.portal import Browser, Portal

NAME, EMAIL, PHONE = "Zuhura Marandu", "zuhura@marandu.example", "+255 754 123 456"
MARK = re.compile("zuhura|marandu|754 ?123 ?456", re.IGNORECASE)
# What must stay, and is told so: sealed lines, and papers that were issued or agreed.
STAYS = {"core_audit", "sales_invoice", "sales_order"}
URL = "/admin/personal-data"
modules = pytest.mark.modules("crm", "sales")


def cells(portal: Portal) -> Iterator[tuple[str, str, str]]:
    """Every value of every table that names the person, with its table and column."""
    with portal.company.engines.reader.connect() as connection:
        for name, one in data_tables(connection).items():
            for batch in rows_of(connection, one):
                for row in batch:
                    for place, value in zip(one.columns, row, strict=True):
                        text = json.dumps(plain(place, value), ensure_ascii=False)
                        if MARK.search(text):
                            yield name, place.name, text


def words_found(portal: Portal) -> list[str]:
    """The search's tables that have the person's words."""
    found = []
    with portal.company.engines.reader.connect() as connection:
        for kind in portal.company.snapshot.search:
            name = f"core_search_{kind.replace('.', '_')}"
            words = cast(column("words"), String)
            if any(MARK.search(str(text)) for text in connection.scalars(select(words).select_from(table(name)))):
                found.append(kind)
    return found


def plant(portal: Portal) -> tuple[int, str]:
    """A client whose traces lie everywhere; returns the contact and the file's content hash."""
    owner = portal.browser("owner")
    contact = make_contact(owner, name=NAME, email=EMAIL, phone=PHONE, address=f"{NAME} Road", position="Owner")
    firm = make_company(owner, name="Kilimo Farms")
    lead = make_lead(owner, title=f"{NAME} asks", name=NAME, email=EMAIL, phone=PHONE, request=f"{NAME} wants a pump")
    own = make_deal(owner, title=f"Pump for {NAME}", contact_id=str(contact))
    shared = make_deal(owner, title=f"Farm of {NAME}", contact_id=str(contact), client_company_id=str(firm))
    for kind, number in (("lead", lead), ("deal", own), ("deal", shared), ("contact", contact)):
        ref = f"crm.{kind}/{number}"
        assert (
            owner.post(f"/crm/activities/on/{kind}/{number}", {"kind": "call", "title": f"Call {NAME}"}).status_code
            == 303
        )
        assert owner.post(f"/records/{ref}/comments", {"text": f"{NAME} said so"}).status_code == 303
    files = [("file", ("id.txt", f"passport of {NAME}".encode(), "text/plain"))]
    assert owner.post(f"/records/crm.contact/{contact}/files", files=files).status_code == 303
    papers(owner, own)
    with write_session(portal.company.engines) as db:
        db.add(OutboxItem(topic="core.mail", payload={"to": EMAIL, "subject": "x"}, state="done", due_at=utcnow(),
                          created_at=utcnow(), attempts=1, last_error=""))  # fmt: skip
        head = portal.person("head")
        db.add(InboxNotice(person_id=head, key="x", kind="core.mention", text="%(who)s", values={"who": NAME}, url="",
                           ref_kind="", created_at=utcnow(), is_silent=False))  # fmt: skip
        link = db.scalar(select(ClientLink.id))
        db.add(Question(link_id=link, name=NAME, text=f"{NAME} asks: when?", asked_at=utcnow(), answer="Soon"))
        blob = db.scalar(select(RecordFile.blob).where(RecordFile.name == "id.txt"))
    return contact, str(blob)


def papers(owner: Browser, deal: int) -> None:
    """An agreed quote with its invoice, and another quote that was only offered."""
    url = f"/sales/deals/{deal}"
    lines = {"lines.0.description": f"Pump, as {NAME} asked", "lines.0.quantity": "2", "lines.0.unit_price": "1,000"}
    assert owner.post(f"{url}/lines", lines).status_code == 303
    quote = go(owner, go(owner, f"{url}/quotes"), SELLER)
    assert owner.post(f"{quote}/send").status_code == 200
    go(owner, f"{quote}/accept", {"by": NAME, "how": "phone"})
    invoice = go(owner, f"{url}/invoices")
    go(owner, f"{invoice}/issue")
    go(owner, f"{invoice}/paid")


def erase(portal: Portal, kind: str, number: int, name: str) -> int:
    return portal.browser("admin").post(f"{URL}/{kind}/{number}/erase", {"name": name}).status_code


@modules
def test_person_is_found_shown_and_handed_over_whole(portal: Portal) -> None:
    contact, _blob = plant(portal)
    admin = portal.browser("admin")
    for text in ("marandu", EMAIL, "0754 123 456"):
        assert f"{URL}/crm.contact/{contact}" in admin.get(f"{URL}?q={text}").text, text
    assert f"{URL}/crm.contact/" not in admin.get(f"{URL}?q=%25").text  # a LIKE's own signs find nobody
    assert f"{URL}/crm.contact/" not in admin.get(f"{URL}?q=zuhur_@marandu.example").text
    shown = admin.get(f"{URL}/crm.contact/{contact}").text
    assert "Issued invoices" in shown
    assert "Accounting law" in shown
    answer = admin.post(f"{URL}/crm.contact/{contact}/export")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    told = [
        json.dumps(value, ensure_ascii=False)
        for name, content in packed.items() if name.startswith("data/")
        for row in json.loads(content)
        for value in row.values()
    ]  # fmt: skip
    for where, place, text in cells(portal):
        assert text in told, (where, place, text)
    assert f"passport of {NAME}".encode() in [content for name, content in packed.items() if name.startswith("files/")]


@modules
def test_erased_client_is_nowhere_but_where_it_must_be(portal: Portal) -> None:
    contact, blob = plant(portal)
    content = path_of(portal.company.files, blob)
    assert content.exists()
    assert words_found(portal)
    assert erase(portal, "crm.contact", contact, "somebody else") == 422
    assert erase(portal, "crm.contact", contact, NAME.lower()) == 303
    left = {(name, place) for name, place, _text in cells(portal) if name not in STAYS}
    assert left <= {("sales_quote_version", "buyer"), ("sales_quote_version", "decided_by"),
                    ("sales_quote_line", "description"), ("sales_order_line", "description"),
                    ("sales_invoice_line", "description")}, left  # fmt: skip
    assert words_found(portal) in ([], ["sales.order", "sales.invoice"], ["sales.invoice"], ["sales.order"])
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Contact.id)) is None
        assert db.scalar(select(Lead.id)) is None
        assert sorted(db.scalars(select(Deal.title))) == ["Farm of erased client", "erased client"]
        assert list(db.scalars(select(Invoice.number))) != [""]
        line = db.scalar(select(AuditLine).where(AuditLine.action == "core.personal.erase"))
        assert line is not None
        assert not MARK.search(line.title)
        assert dict(line.after)["removed"]
    assert run_in(portal.data, "audit", "verify").code == 0
    assert run_in(portal.data, "db", "check").code == 0
    assert portal.browser("owner").get("/crm/deals").status_code == 200


@modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_others_of_the_same_first_name_or_telephone_stay(portal: Portal) -> None:
    owner = portal.browser("owner")
    first = make_contact(owner, name="Zuhura", phone=PHONE)
    other = make_contact(owner, name="Neema Kweli", phone=PHONE)
    deal = make_deal(owner, title="Zuhura of another firm", contact_id=str(other))
    assert owner.post(f"/records/crm.deal/{deal}/comments", {"text": "Zuhura called"}).status_code == 303
    assert erase(portal, "crm.contact", first, "Zuhura") == 303
    with read_session(portal.company.engines) as db:
        assert list(db.scalars(select(Contact.name))) == ["Neema Kweli"]
        assert list(db.scalars(select(Comment.text))) == ["Zuhura called"]
        assert list(db.scalars(select(Deal.title))) == ["Zuhura of another firm"]


@modules
def test_who_has_left_becomes_a_former_colleague(portal: Portal) -> None:
    stranger, browser = portal.person("stranger"), portal.browser("stranger")
    deal = make_deal(browser, title="A deal")
    assert browser.post(f"/records/crm.deal/{deal}/comments", {"text": "mine"}).status_code == 303
    assert erase(portal, "core.person", stranger, "Stan Stranger") == 409
    admin = portal.browser("admin")
    assert admin.post(f"/admin/people/{stranger}/leave").status_code == 303
    assert "core.person" in admin.get(f"{URL}?q=stan").text
    assert erase(portal, "core.person", stranger, "Stan Stranger") == 303
    with read_session(portal.company.engines) as db:
        person = db.get(Person, stranger)
        assert person is not None
        assert (person.name, person.password_hash) == ("former colleague", None)
        assert db.scalar(select(Comment.author_name)) == "former colleague"
        assert db.scalar(select(SignInSession.id).where(SignInSession.person_id == stranger)) is None
    mark = re.compile("stan.?stranger|stranger@", re.IGNORECASE)
    assert not words_found(portal)
    with portal.company.engines.reader.connect() as connection:
        for name, one in data_tables(connection).items():
            if name != "core_audit":
                assert not any(mark.search(str(row)) for batch in rows_of(connection, one) for row in batch), name


@modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_very_many_lines_the_newest_are_read(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxportal.sdk.personal.MOST_ROWS", 3)
    owner, number = portal.browser("owner"), portal.person("owner")
    for one in range(4):
        make_contact(owner, name=f"Client {one}")
    shown = run_in(portal.data, "personal", "show", f"core.person:{number}", "--json").json["data"]["held"]
    assert [kind["rows"] for kind in shown if kind["id"] == "core.acts"] == [3]
    assert "3+" in portal.browser("admin").get(f"{URL}/core.person/{number}").text


@modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_large_subject_is_erased_in_parts(portal: Portal) -> None:
    """More records than one condition of SQLite may name."""
    number = 1200
    now = utcnow()
    row = {"title": "x", "name": NAME, "email": EMAIL, "email_key": EMAIL, "status": "new", "created_at": now,
           "updated_at": now, "source": "", "request": ""}  # fmt: skip
    with write_session(portal.company.engines) as db:
        db.change(insert(Lead), [row | {"id": one + 1} for one in range(number)])
        db.change(insert(Comment), [
            {"kind": "crm.lead", "record_id": one + 1, "author_name": "A", "text": "x", "created_at": now}
            for one in range(number)
        ])  # fmt: skip
    assert run_in(portal.data, "personal", "erase", "crm.lead:1", "--yes").code == 0
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Lead.id).limit(1)) is None
        assert db.scalar(select(Comment.id).limit(1)) is None


@modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_commands_show_export_and_erase(portal: Portal) -> None:
    contact, _blob = plant(portal)
    ref = f"crm.contact:{contact}"
    assert run_in(portal.data, "personal", "show", NAME, "--json").code == 3  # the lead is found too
    shown = run_in(portal.data, "personal", "show", ref, "--json").json["data"]
    assert {one["fate"] for one in shown["held"]} == {"removed", "emptied", "nameless", "stays"}
    file = portal.data / "person.zip"
    assert run_in(portal.data, "personal", "export", ref, "--to", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert run_in(portal.data, "personal", "export", ref, "--to", str(file)).code == 3
    assert run_in(portal.data, "personal", "erase", ref, "--dry-run").code == 0
    assert run_in(portal.data, "personal", "show", ref).code == 0
    assert run_in(portal.data, "personal", "erase", ref, "--yes").code == 0
    assert run_in(portal.data, "personal", "show", ref).code == 5
    assert run_in(portal.data, "personal", "list", NAME, "--json").json["data"]["people"] == []


@modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_administrators_get_in_and_only_with_a_fresh_proof(portal: Portal) -> None:
    contact = make_contact(portal.browser("owner"), name=NAME)
    assert portal.browser("head").get(URL).status_code == 404
    assert portal.browser("head").get(f"{URL}/crm.contact/{contact}").status_code == 404
    admin = portal.browser("admin")
    with write_session(portal.company.engines) as db:
        long_ago = utcnow().replace(year=2020)
        for session in db.scalars(select(SignInSession)):
            session.proved_at = long_ago
    answer = admin.post(f"{URL}/crm.contact/{contact}/erase", {"name": NAME})
    assert "password" in answer.text
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Contact.name)) == NAME
