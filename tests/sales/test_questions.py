"""A client's question is answered from the portal: the ways to reach them, and a mail that is kept in the history."""

import re

from sqlalchemy import select
from tests.kernel.people.reading import wait_until
from tests.sales.firm import Sale, acting, begin_sale
from tests.sales.test_mail import set_server
from tests.support.mail_server import serving
from tests.support.portal import Portal

from boxportal.kernel.identity.models import PersonRole, RoleGrant
from boxportal.modules.sales.models.quotes import ClientLink, Question


def asked(sale: Sale, text: str = "When can you deliver?") -> str:
    """The client asks about the quote; the quote's address."""
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    assert sale.portal.browser().post(f"{link}/ask", {"text": text, "asker": "Neema"}).status_code == 303
    return quote


def test_question_leads_from_the_history_to_the_ways_of_answering(portal: Portal) -> None:
    sale = begin_sale(portal)
    quote = asked(sale)
    assert 'href="/sales/questions/1"' in sale.see(f"/crm/deals/{sale.deal_id}")
    assert 'href="/sales/questions/1"' in sale.see(quote)
    page = sale.see("/sales/questions/1")
    assert "When can you deliver?" in page
    assert 'href="tel:+255712345678"' in page
    assert re.search(r'href="mailto:neema(@|%40)kilimo\.example\?subject=Your%20question', page)
    assert "Send the answer" not in page  # there is no mail server
    assert sale.browser.post("/sales/questions/1/answer", {"to": "a@b.example", "text": "Soon"}).status_code == 422
    assert portal.browser("stranger").get("/sales/questions/1").status_code == 404
    assert (
        portal.browser("stranger").post("/sales/questions/1/answer", {"to": "a@b.example", "text": "x"}).status_code
        == 404
    )
    assert sale.browser.get("/sales/questions/9").status_code == 404


def test_answer_goes_by_mail_once_and_stands_in_the_history(portal: Portal) -> None:
    sale = begin_sale(portal)
    asked(sale)
    reply = {"to": "neema@kilimo.example", "text": "On Friday, all of them."}
    with serving() as server:
        set_server(portal, server)
        assert "Send the answer" in sale.see("/sales/questions/1")
        assert sale.browser.post("/sales/questions/1/answer", {**reply, "to": "nobody"}).status_code == 422
        assert sale.browser.post("/sales/questions/1/answer", {**reply, "text": ""}).status_code == 422
        sale.go("/sales/questions/1/answer", reply)
        wait_until(lambda: any(got["To"] == reply["to"] for got in server.got))
        assert sale.browser.post("/sales/questions/1/answer", reply).status_code == 422
    (mail,) = [got for got in server.got if got["To"] == reply["to"]]
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    assert "On Friday, all of them." in text
    assert "> When can you deliver?" in text
    assert "Q-" in mail["Subject"]
    assert mail["Reply-To"] == "owner@acme.example"
    history = sale.see(f"/crm/deals/{sale.deal_id}")
    assert "question was answered" in history
    assert "On Friday, all of them." in history
    assert "Send the answer" not in sale.see("/sales/questions/1")
    with acting(portal) as ctx:
        question = ctx.db.get(Question, 1)
        assert question is not None
        assert question.answered_by == portal.person("owner")


def test_question_about_an_invoice_is_for_who_works_on_invoices(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    invoice = int(sale.invoice().rpartition("/")[2])
    with acting(portal) as ctx:
        link = ClientLink(
            token_hash="x", invoice_id=invoice, created_at=ctx.now, expires_at=ctx.now, created_by=ctx.actor.id
        )
        ctx.db.add(link)
        ctx.db.flush()
        ctx.db.add(Question(link_id=link.id, name="Neema", text="Which account?", asked_at=ctx.now))
        role = select(PersonRole.role_id).where(PersonRole.person_id == portal.person("owner"))
        for role_id in ctx.db.scalars(role).all():
            ctx.db.add_all(
                [RoleGrant(role_id=role_id, permission=f"sales.quote.{v}", scope=0) for v in ("see", "edit")]
            )
    reply = {"to": "neema@kilimo.example", "text": "The one at NMB."}
    with serving() as server:
        set_server(portal, server)
        assert "Send the answer" in sale.see("/sales/questions/1")
        sale.go("/sales/questions/1/answer", reply)
    assert "The one at NMB." in sale.see("/sales/questions/1")
