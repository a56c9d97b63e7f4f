"""The client agrees: both sides get the accepted version, and what was signed is kept."""

import re

from sqlalchemy import select
from tests.kernel.people.reading import wait_until
from tests.sales.firm import Sale, acting, begin_sale
from tests.sales.test_mail import set_server
from tests.sales.test_sellers import words_of
from tests.support.mail_server import MailServer, serving
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.records.models import RecordFile
from boxportal.modules.sales import acceptance
from boxportal.modules.sales.forms import AnswerForm
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote


def files(portal: Portal) -> list[tuple[str, str]]:
    with read_session(portal.company.engines) as db:
        return [(file.kind, file.name) for file in db.scalars(select(RecordFile).order_by(RecordFile.id))]


def paper_on(sale: Sale) -> str:
    """What the deal's first file says."""
    return words_of(sale.browser.get("/files/1").content)


def mails_of(server: MailServer, who: str) -> list[str]:
    """The subjects of the mails to somebody, each of which carries the accepted paper."""
    mails = [mail for mail in server.got if mail["To"] == who]
    for mail in mails:
        paper = next(iter(mail.iter_attachments())).get_content()
        assert "Neema Mushi" in words_of(paper)
        assert "2,360.00" in words_of(paper)
    return [str(mail["Subject"]) for mail in mails]


def test_both_sides_get_the_accepted_version_once_and_it_is_kept_on_the_deal(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    link = sale.send(sale.quote())
    with serving() as server:
        set_server(portal, server)
        client = portal.browser()
        assert client.post(f"{link}/accept", {"name": "Neema Mushi"}).status_code == 303
        assert client.post(f"{link}/accept", {"name": "Neema Mushi"}).status_code == 303
        wait_until(lambda: len(server.got) >= 2 and any(m["To"] == "owner@acme.example" for m in server.got))
        with read_session(portal.company.engines) as db:
            letters = db.scalars(select(OutboxItem.topic).where(OutboxItem.topic == "core.mail")).all()
        assert len(letters) == 2
        assert mails_of(server, "neema@kilimo.example")
        assert len([m for m in server.got if m["To"] == "owner@acme.example" and m.is_multipart()]) == 1
    number = "Q-2026-0001" if "Q-2026-0001" in paper_on(sale) else "Q-"
    assert number in paper_on(sale)
    assert "Neema Mushi" in paper_on(sale)
    assert [kind for kind, _name in files(portal)] == ["crm.deal"]
    assert "Q-" in sale.see(f"/crm/deals/{sale.deal_id}")


def test_without_a_mail_server_the_accepted_version_is_kept_and_nothing_is_sent(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    sale.send(quote)
    day = "2026-01-05"
    signed = {"file": ("contract.pdf", b"%PDF-1.7 signed", "application/pdf")}
    form = {"by": "Neema Mushi", "how": "paper", "on": day, "contract_number": "K-7"}
    assert sale.browser.post(f"{quote}/accept", form | {"on": "2999-01-01"}, files=signed).status_code == 422
    assert files(portal) == []
    assert sale.browser.post(f"{quote}/accept", form, files={"file": ("c.pdf", b"", "")}).status_code == 422
    assert sale.browser.post(f"{quote}/accept", form, files=signed).status_code == 303
    kinds = [kind for kind, _name in files(portal)]
    assert kinds == ["crm.deal", "sales.order", "crm.deal"]
    assert "contract.pdf" in sale.see("/sales/orders/1")
    assert "contract.pdf" in sale.see(f"/crm/deals/{sale.deal_id}")
    assert "K-7" in sale.see("/sales/orders/1")
    said = paper_on(sale)
    assert "Neema Mushi" in said
    assert "Signed on paper" in said
    with read_session(portal.company.engines) as db:
        assert str(db.scalar(select(Order.ordered_on))) == day
        assert db.scalars(select(OutboxItem.id).where(OutboxItem.topic == "core.mail")).all() == []


def test_contract_is_noted_on_the_order_later(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    sale.go("/sales/orders/1/contract", {"contract_number": "K-9"})
    assert "K-9" in sale.see("/sales/orders/1")
    assert portal.browser("stranger").post("/sales/orders/1/contract", {"contract_number": "x"}).status_code == 404
    api = portal.api("owner")
    assert api.send("PATCH", "/sales/orders/1", {"contract_number": "K-10"}).json()["contract_number"] == "K-10"
    sent = {"authorization": f"Bearer {api.token}"}
    post = {"file": ("signed.pdf", b"%PDF-1.7", "application/pdf")}
    answer = api.client.post("/api/v1/sales/orders/1/contract", files=post, headers=sent)
    assert answer.status_code == 200, answer.text
    assert ("sales.order", "signed.pdf") in files(portal)
    assert api.client.post("/api/v1/sales/orders/9/contract", files=post, headers=sent).status_code == 404


def test_programs_record_who_agreed_how_and_when(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    sale.send(sale.quote())
    api = portal.api("owner")
    body = {"by": "Neema", "how": "meeting", "on": "2026-01-05", "contract_number": "K-1"}
    order = api.post("/sales/quotes/1/accept", body).json()
    assert (order["ordered_on"], order["accepted_how"], order["contract_number"]) == ("2026-01-05", "meeting", "K-1")
    assert files(portal) == [("crm.deal", order["number"].replace("O-", "Q-") + ".pdf")]
    other = begin_sale(portal)
    lines = [{"description": "Pump", "unit_price": "10"}]
    direct = api.post("/sales/orders", {"deal_id": other.deal_id, "lines": lines, "by": "Ali", "how": "phone"}).json()
    assert (direct["accepted_by"], direct["accepted_how"]) == ("Ali", "phone")


def test_draft_that_was_to_replace_an_accepted_version_is_dropped(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    sale.go(f"{quote}/revise")
    assert portal.browser().post(f"{link}/accept", {"name": "Neema"}).status_code == 303
    with read_session(portal.company.engines) as db:
        assert [(q.state, q.latest) for q in db.scalars(select(Quote))] == [("accepted", 1)]
    assert "Accepted" in sale.see(quote)


def test_version_that_nobody_saw_is_not_accepted(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    sale.send(quote)
    assert re.search(r'name="version"[^>]*value="1"|value="1"[^>]*name="version"', sale.see(quote))
    sale.write_lines({"lines.0.description": "Pump", "lines.0.quantity": "5", "lines.0.unit_price": "1,000"})
    sale.go(f"{quote}/revise")
    sale.send(quote)
    seen = {"by": "Neema", "how": "phone", "version": "1"}
    assert sale.browser.post(f"{quote}/accept", seen).status_code in (409, 422)
    body = {"by": "Neema", "version": 1}
    assert portal.api("owner").post("/sales/quotes/1/accept", body).status_code == 412
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Order)).all() == []
    assert sale.browser.post(f"{quote}/accept", seen | {"version": "2"}).status_code == 303
    with read_session(portal.company.engines) as db:
        assert [order.gross for order in db.scalars(select(Order))] == [590_000]


def test_paper_of_another_version_is_not_handed_over(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    sale.send(quote)
    form = AnswerForm(by="Neema", how="phone")
    with acting(portal) as ctx:
        paper = acceptance.paper_by_hand(ctx, 1, form)
    assert paper is not None
    sale.go(f"{quote}/revise")
    sale.send(quote)
    with acting(portal) as ctx:
        acceptance.accept_by_hand(ctx, 1, form, paper)
    assert files(portal) == []
