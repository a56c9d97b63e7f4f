"""Documents speak the client's language: on paper, on the client's page, in mails; or the one chosen for them."""

from tests.sales.firm import Sale, acting
from tests.sales.test_sellers import words_of
from tests.support.portal import Portal

from boxportal.modules.crm import deals
from boxportal.modules.crm.clients import ContactData, create_contact
from boxportal.modules.crm.deals import DealData
from boxportal.modules.sales import mailing, quotes
from boxportal.modules.sales.models.quotes import Quote

HEAD = {"note": "", "buyer_company": "Kilimo Farms", "due_on": "", "supplied_on": ""}


def sale_to(portal: Portal, language: str) -> Sale:
    with acting(portal, "owner") as ctx:
        data = ContactData(name="Anna", email="anna@example.ru", language=language)
        contact = create_contact(ctx, data)
        deal = deals.create_deal(ctx, DealData(title="Pumps", contact_id=contact.id, currency="TZS"))
        deal_id = deal.id
    return Sale(portal, portal.browser("owner"), deal_id)


def test_quote_its_page_its_mail_and_its_paper_are_in_the_clients_language(portal: Portal) -> None:
    sale = sale_to(portal, "ru")
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    client = portal.browser()
    assert "Принять" in client.get(link).text
    assert "Введите имя" in client.post(f"{link}/accept", {"name": ""}).text
    assert "предложение" in words_of(client.get(f"{link}/pdf").content)
    with acting(portal, "owner") as ctx:
        kept = ctx.db.get(Quote, 1)
        assert kept is not None
        letter = mailing.quote_letter(ctx, kept, quotes.newest(ctx, kept))
        assert "Предложение" in letter.subject
    sale.post(f"{quote}/accept", {"by": "Anna", "how": "phone"})
    assert sale.kept(sale.invoice()).language == "ru"
    assert "Quote" in sale.see(quote)  # colleagues read their own language


def test_language_is_chosen_for_one_document_and_kept_by_its_next_version(portal: Portal) -> None:
    sale = sale_to(portal, "ru")
    sale.write_lines()
    quote = sale.quote()
    assert sale.browser.post(quote, {"note": "", "valid_until": "", "language": "xx"}).status_code == 422
    sale.post(f"{quote}/send", {"note": "", "valid_until": "", "language": "sw"})
    assert "Nukuu" in words_of(sale.browser.get(f"{quote}/pdf").content)
    sale.go(f"{quote}/revise")
    link = sale.send(quote)
    assert "Kubali" in portal.browser().get(link).text
    sale.post(f"{quote}/accept", {"by": "Anna", "how": "phone"})
    draft = sale.go(f"{sale.url}/invoices")
    row = {"lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1000", "lines.0.tax": "S:18"}
    sale.post(f"{draft}/issue", HEAD | row | {"language": "en"})
    assert sale.kept(draft).language == "en"
    assert "Tax invoice" in words_of(sale.browser.get(f"{draft}/pdf").content)


def test_programs_choose_the_language_of_a_document(portal: Portal) -> None:
    sale = sale_to(portal, "ru")
    sale.write_lines()
    sale.quote()
    api = portal.api("owner")
    made = api.post("/sales/quotes", {"deal_id": sale.deal_id, "language": "sw"}).json()
    assert made["language"] == "sw"
    assert api.post("/sales/quotes", {"deal_id": sale.deal_id, "language": "xx"}).status_code == 422
    invoice = api.post("/sales/invoices", {"deal_id": sale.deal_id}).json()
    assert invoice["language"] == "ru"
    changed = api.send("PATCH", f"/sales/invoices/{invoice['id']}", {"language": "en"}).json()
    assert changed["language"] == "en"
    assert api.send("PATCH", f"/sales/invoices/{invoice['id']}", {"note": "x"}).json()["language"] == "en"
