"""A firm that lets no clients in: quotes and invoices go as PDF, the answer is recorded by hand, no link is offered."""

from sqlalchemy import select
from tests.kernel.people.reading import wait_until
from tests.sales.firm import Sale, begin_sale
from tests.support.mail_server import serving
from tests.support.outside import DOOR_ADDRESS, Outsider, leave_trial, open_door
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.models.quotes import ClientLink


def sent_quote(portal: Portal) -> tuple[Sale, str]:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    assert "Mark as sent" in sale.see(quote)
    assert sale.go(f"{quote}/send") == quote
    return sale, quote


def links(portal: Portal) -> int:
    with read_session(portal.company.engines) as db:
        return len(db.scalars(select(ClientLink.id)).all())


def test_a_quote_goes_out_without_a_link_and_its_answer_is_recorded_by_hand(portal: Portal) -> None:
    leave_trial(portal)
    sale, quote = sent_quote(portal)
    page = sale.see(quote)
    assert "Give the quote to the client as PDF" in page
    assert "Get a new link" not in page
    assert "client-link" not in page
    assert sale.browser.post(f"{quote}/link").status_code == 409
    sale.go(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    invoice = sale.invoice()
    page = sale.see(invoice)
    assert "Give it to the client as PDF." in page
    assert "Get the link" not in page
    assert sale.browser.post(f"{invoice}/link").status_code == 409
    assert links(portal) == 0


def test_the_api_says_that_there_is_no_link(portal: Portal) -> None:
    leave_trial(portal)
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote().rsplit("/", 1)[1]
    sent = portal.api("owner").post(f"/sales/quotes/{quote}/send")
    assert (sent.status_code, sent.json()["link"], sent.json()["state"]) == (200, "", "sent")


def test_a_mail_brings_the_document_without_a_link(portal: Portal) -> None:
    leave_trial(portal)
    sale, quote = sent_quote(portal)
    with serving() as server:
        fields = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "sender": "portal@acme.example"}
        assert portal.browser("admin").post("/admin/mail", fields).status_code == 303
        assert "The document goes along as PDF." in sale.see(quote)
        sale.go(f"{quote}/mail", {"to": "neema@kilimo.example", "text": "Here it is."})
        wait_until(lambda: len(server.got) == 1)
    (mail,) = server.got
    body = mail.get_body(("plain",))
    assert body is not None
    assert "http" not in body.get_content()
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
    assert links(portal) == 0


def test_links_begin_with_the_door_and_work_there_also_after_it_was_closed_and_opened_elsewhere(portal: Portal) -> None:
    open_door(portal)
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    page = sale.post(f"{quote}/send").text
    path = page.split(f'value="{DOOR_ADDRESS}', 1)[1].split('"', 1)[0]
    assert Outsider(portal).get(path).status_code == 200
    open_door(portal, "https://new.acme.example")
    assert Outsider(portal, url="https://new.acme.example").get(path).status_code == 200
    leave_trial(portal)
    assert portal.browser().get(path).status_code == 200
    assert Outsider(portal, url="https://new.acme.example").post(f"{path}/accept", {"name": "Neema"}).status_code == 303
