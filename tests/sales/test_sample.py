"""Sample deals have the documents that their stages speak of, with numbers that are not the firm's."""

import re

import pytest
from sqlalchemy import func, select
from tests.support.crm import make_deal
from tests.support.furnished import SELLER, go
from tests.support.portal import Browser, Portal

from boxportal.kernel.database.engines import writing
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import ClientLink, DealLine, Quote
from boxportal.modules.sales.models.sellers import DealSeller, Seller

DOCUMENTS = (Quote, Order, Invoice, Payment, Shipment)


def counts(portal: Portal) -> tuple[int, ...]:
    with writing(portal.company.engines) as session:
        return tuple(session.scalar(select(func.count()).select_from(model)) or 0 for model in DOCUMENTS)


def deal_of(portal: Portal, title: str) -> int:
    with writing(portal.company.engines) as session:
        found = session.scalar(select(Deal.id).where(Deal.title == title))
        assert found is not None
        return found


def with_sample(portal: Portal) -> Browser:
    admin = portal.browser("admin")
    assert admin.post("/admin/sample/add").status_code == 303
    return admin


def test_each_stage_has_its_documents_and_all_go_again(portal: Portal) -> None:
    admin = with_sample(portal)
    assert counts(portal) == (6, 4, 2, 1, 1)
    paid = admin.get(f"/crm/deals/{deal_of(portal, 'Booster station')}").text
    for number in ("SAMPLE-Q-", "SAMPLE-O-", "SAMPLE-I-", "SAMPLE-S-"):
        assert number in paid
    quoted = admin.get(f"/crm/deals/{deal_of(portal, 'Solar pump')}").text
    assert "SAMPLE-Q-" in quoted
    assert "SAMPLE-O-" not in quoted
    with writing(portal.company.engines) as session:
        assert {deal.amount for deal in session.scalars(select(Deal))} >= {1_240_000, 85_000, 2_100_000}
        stages = {deal.title: deal.stage_id for deal in session.scalars(select(Deal))}
        assert stages["Solar pump"] != stages["Compressor"] != stages["Valves and pipes"]
        assert session.scalar(select(ClientLink.id).limit(1)) is None  # no client holds any
    assert "Nothing of your own hangs on them." in admin.get("/admin/sample/remove").text
    admin.post("/admin/sample/remove")
    assert counts(portal) == (0, 0, 0, 0, 0)
    with writing(portal.company.engines) as session:
        assert [session.scalar(select(model).limit(1)) for model in (Deal, Seller, DealSeller, DealLine)] == [None] * 4


def test_the_firms_own_numbers_begin_at_one_while_the_sample_is_there(portal: Portal) -> None:
    admin = with_sample(portal)
    deal = make_deal(admin, title="Real")
    line = {"lines.0.description": "Pump", "lines.0.quantity": "1", "lines.0.unit_price": "10"}
    go(admin, f"/sales/deals/{deal}/lines", line)
    asked = go(admin, f"/sales/deals/{deal}/invoices")
    assert asked.endswith("/first"), "the firm's own details are asked for: the sample seller is not the firm"
    quote = admin.get(go(admin, f"/sales/deals/{deal}/quotes/first", SELLER)).text
    assert re.search(r"(?<!SAMPLE-)Q-\d{4}-0001", quote)
    assert "Sample firm" not in admin.get("/sales/seller").text
    admin.post("/admin/sample/remove")
    assert counts(portal) == (1, 0, 0, 0, 0)


def test_a_sale_that_a_person_went_on_with_stays_whole(portal: Portal) -> None:
    admin = with_sample(portal)
    deal = deal_of(portal, "Compressor")
    go(admin, go(admin, f"/sales/deals/{deal}/invoices") + "/issue")
    page = admin.get("/admin/sample/remove").text
    assert "1 record of your own hangs on the sample rows" in page
    admin.post("/admin/sample/remove")
    assert counts(portal) == (1, 1, 1, 0, 0)
    shown = admin.get(f"/crm/deals/{deal}").text
    assert "SAMPLE-O-" in shown
    assert admin.get("/").status_code == 200
    with writing(portal.company.engines) as session:
        assert session.scalars(select(Deal.title)).all() == ["Compressor"]


def test_with_all_what_a_person_made_on_sample_deals_goes_too(portal: Portal) -> None:
    admin = with_sample(portal)
    deal = deal_of(portal, "Compressor")
    go(admin, go(admin, f"/sales/deals/{deal}/invoices") + "/issue")
    admin.post("/admin/sample/remove", {"what": "all"})
    assert counts(portal) == (0, 0, 0, 0, 0)
    with writing(portal.company.engines) as session:
        assert session.scalar(select(Seller.id).limit(1)) is None


def test_a_deal_that_stays_without_its_documents_is_the_firms_own(portal: Portal) -> None:
    go(portal.browser("admin"), "/sales/seller/new", SELLER)
    admin = with_sample(portal)
    deal = deal_of(portal, "Solar pump")
    admin.post(f"/records/crm.deal/{deal}/comments", {"text": "They want it blue"})
    admin.post("/admin/sample/remove")
    assert counts(portal) == (0, 0, 0, 0, 0)
    with writing(portal.company.engines) as session:
        assert session.scalars(select(DealSeller.deal_id)).all() == []
        assert {line.tax_category for line in session.scalars(select(DealLine))} == {"S"}
        kept = session.get(Deal, deal)
        assert kept
        assert kept.amount == 930_000 * 118 // 100
    assert re.search(r"(?<!SAMPLE-)Q-\d{4}-0001", admin.get(go(admin, f"/sales/deals/{deal}/quotes")).text)


@pytest.mark.modules("crm")
def test_with_crm_alone_there_are_none(portal: Portal) -> None:
    admin = with_sample(portal)
    assert "SAMPLE-" not in admin.get(f"/crm/deals/{deal_of(portal, 'Booster station')}").text
    admin.post("/admin/sample/remove")
    with writing(portal.company.engines) as session:
        assert session.scalar(select(Deal.id).limit(1)) is None


def test_the_sample_seller_sells_nothing_of_the_firm_s_own(portal: Portal) -> None:
    admin = with_sample(portal)
    own = make_deal(admin, title="Mine")
    with writing(portal.company.engines) as session:
        sample = session.scalar(select(Seller.id).where(Seller.is_sample))
    api = portal.api("admin")
    line = {"description": "Pump", "unit_price": "100"}
    assert api.post("/sales/quotes", {"deal_id": own, "seller_id": sample, "lines": [line]}).status_code == 404
    assert api.post(f"/sales/sellers/{sample}/prefer").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("crm/leads", {"title": "Mine"}),
        ("crm/deals", {"title": "Mine"}),
        ("crm/contacts", {"name": "Mine"}),
        ("crm/client-companies", {"name": "Mine"}),
        ("sales/quotes", {"deal_id": 1}),
    ],
)
def test_no_program_s_records_are_taken_for_the_sample_s(portal: Portal, path: str, body: dict[str, object]) -> None:
    api = portal.api("admin")
    for answer in (
        api.post(f"/{path}", {**body, "source": "sample", "external_id": "7"}),
        api.send("PUT", f"/{path}/external/sample/7", body),
    ):
        assert answer.status_code == 422, answer.text
        assert "source" in answer.json()["errors"]
