"""Quotes and invoices by mail, received by a real server: text, link and PDF."""

import html
import re
import subprocess
from email.message import EmailMessage

from tests.kernel.people.reading import wait_until
from tests.sales.firm import PUMPS, SELLER, begin_sale
from tests.support.mail_server import MailServer, serving
from tests.support.portal import Portal

TEXT = "Dear Neema,\n\nhere it is."
MARK = "{{7*7}} %(x)s {x} ${y} #z <b>w</b>"


def set_server(portal: Portal, server: MailServer) -> None:
    fields = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "user": "", "password": "",
              "sender": "portal@acme.example"}  # fmt: skip
    assert portal.browser("admin").post("/admin/mail", fields).status_code == 303


def sent_by_hand(server: MailServer) -> list[EmailMessage]:
    """The mails that a colleague sent: an acceptance mails both sides by itself."""
    return [mail for mail in server.got if not str(mail["Subject"]).startswith("Accepted")]


def test_quote_and_invoice_arrive_with_a_link_that_opens_and_the_pdf(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    assert "Mail it" not in sale.see(quote)
    with serving() as server:
        set_server(portal, server)
        assert sale.browser.post(f"{quote}/mail", {"to": "a@b.example", "text": TEXT}).status_code == 422
        sale.send(quote)
        page = sale.see(quote)
        assert "Mail it" in page
        assert "neema@kilimo.example" in page
        assert sale.browser.post(f"{quote}/mail", {"to": "nobody", "text": TEXT}).status_code == 422
        assert (
            sale.browser.post(f"{quote}/mail", {"to": "a@b.example\nBcc: x@y.example", "text": TEXT}).status_code == 422
        )
        sale.go(f"{quote}/mail", {"to": "neema@kilimo.example", "text": TEXT})
        wait_until(lambda: len(server.got) == 1)
        sale.post(f"{quote}/accept", {"by": "Neema", "how": "mail"})
        invoice = sale.invoice()
        sale.go(f"{invoice}/mail", {"to": "neema@kilimo.example", "text": TEXT})
        wait_until(lambda: len(sent_by_hand(server)) == 2)
    for mail, number in zip(sent_by_hand(server), ("Q-", "I-"), strict=True):
        assert mail["To"] == "neema@kilimo.example"
        assert mail["Reply-To"] == "owner@acme.example"
        assert number in mail["Subject"]
        body = mail.get_body()
        assert body is not None
        link = re.search(r"http://127\.0\.0\.1:8080(/s/\S+)", body.get_content())
        assert link
        assert portal.browser().get(link[1]).status_code == 200
        paper = next(iter(mail.iter_attachments())).get_content()
        text = subprocess.run(["pdftotext", "-", "-"], input=paper, capture_output=True, check=True).stdout.decode()
        assert "2,360.00" in text
    assert portal.browser("stranger").post(f"{quote}/mail", {"to": "a@b.example", "text": TEXT}).status_code == 404


def test_what_looks_like_a_template_goes_out_as_it_was_typed_and_nothing_is_left_unfilled(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines({**PUMPS, "lines.0.description": f"Pump {MARK}"})
    first = sale.go(f"{sale.url}/quotes")
    quote = sale.go(first, {**SELLER, "legal_name": f"Acme {MARK}", "bank": f"NMB {MARK}"})
    with serving() as server:
        set_server(portal, server)
        client = portal.browser().get(sale.send(quote)).text
        sale.go(f"{quote}/mail", {"to": "neema@kilimo.example", "text": f"{TEXT} {MARK}"})
        wait_until(lambda: len(server.got) == 1)
    mail, body = server.got[0], server.got[0].get_body()
    assert body is not None
    paper = next(iter(mail.iter_attachments())).get_content()
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=paper, capture_output=True, check=True).stdout.decode()
    written, printed = body.get_content(), "".join(text.split())
    assert MARK in written
    assert printed.count("".join(MARK.split())) >= 2
    shown = html.unescape(re.sub(r"<[^>]*>", " ", client))
    assert MARK in shown
    assert "<b>w" not in client
    for said in (written, printed, shown, str(mail["Subject"]), str(mail["From"])):
        rest = "".join(said.split()).replace("".join(MARK.split()), "")
        assert not re.search(r"%\(|\{\{|\}\}|\{\w+\}", rest), said
