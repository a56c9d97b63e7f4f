"""What comes twice, or from many at the same moment: done once, counted right, numbered without gap or twin."""

import os
from collections import Counter

from sqlalchemy import func, select
from tests.sales.firm import Sale, begin_sale
from tests.support.crowd import at_once, call_of, form_of
from tests.support.portal import Portal

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import StageTotal
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order

TWINS, CROWD, CLIENTS, INVOICES = 50, 120, 20, 20
EDITS = int(os.environ.get("EDITS", "120"))


def count_of(portal: Portal, table: type[Lead | Deal | Order | Payment]) -> int:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_call_sent_fifty_times_at_once_is_done_once_and_answered_alike(portal: Portal) -> None:
    call = call_of(portal.api("owner").token, "/crm/leads", {"title": "Two pumps"}, key="one")
    answers = at_once(portal.client, [call] * TWINS)
    assert {(a.status_code, a.text, a.headers.get("location")) for a in answers} == {
        (201, answers[0].text, answers[0].headers["location"])
    }
    assert sum("idempotent-replayed" in a.headers for a in answers) == TWINS - 1
    assert count_of(portal, Lead) == 1


def test_form_sent_fifty_times_at_once_is_done_once_and_leads_to_one_place(portal: Portal) -> None:
    form = form_of(portal.browser("owner"), "/crm/leads/new", title="Two pumps", _once="one")
    answers = at_once(portal.client, [form] * TWINS)
    assert {(a.status_code, a.headers.get("location")) for a in answers} == {(303, answers[0].headers["location"])}
    assert count_of(portal, Lead) == 1


def test_twins_in_two_processes_are_done_once_and_answered_alike(portal: Portal) -> None:
    second = Box.open(portal.data)
    other = build_app(second)
    second.get(None).snapshot = portal.company.snapshot
    token = portal.api("owner").token
    for n in range(5):
        twins = [call_of(token, "/crm/leads", {"title": f"Pump {n}"}, key=f"key {n}")] * 2
        answers = at_once(portal.client, twins, portal.app, other)
        assert {(a.status_code, a.text) for a in answers} == {(201, answers[0].text)}
    second.close()
    assert count_of(portal, Lead) == 5


def test_key_used_at_once_with_different_contents_is_done_once_and_refused_else(portal: Portal) -> None:
    token = portal.api("owner").token
    answers = at_once(portal.client, [call_of(token, "/crm/leads", {"title": f"L{n}"}, key="one") for n in range(10)])
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 9}
    assert count_of(portal, Lead) == 1


def test_stage_totals_are_right_after_many_edits_at_once(portal: Portal) -> None:
    api = portal.api("owner")
    stages = [s["id"] for s in api.get("/crm/pipelines").json()["items"][0]["stages"]]
    deals = [api.post("/crm/deals", {"title": f"D{n}"}).json()["id"] for n in range(6)]
    edits = [
        call_of(api.token, f"/crm/deals/{deals[n % 6]}/move", {"stage_id": stages[n * 7 % len(stages)], "reason": "x"})
        if n % 2
        else call_of(
            api.token,
            f"/crm/deals/{deals[n // 2 % 6]}",
            {"amount": {"amount": 100 + n, "currency": ("TZS", "USD")[n % 3 == 0]}},
            method="PATCH",
        )
        for n in range(EDITS)
    ]
    crowds = [at_once(portal.client, edits[n : n + CROWD]) for n in range(0, EDITS, CROWD)]
    statuses = Counter(answer.status_code for answers in crowds for answer in answers)
    assert set(statuses) <= {200, 409, 503}, statuses
    assert statuses[200] > EDITS // 4, statuses
    with read_session(portal.company.engines) as db:
        by_stage = select(Deal.stage_id, Deal.currency, func.count(), func.sum(Deal.amount))
        counted = {tuple(row) for row in db.execute(by_stage.group_by(Deal.stage_id, Deal.currency))}
        kept = select(StageTotal.stage_id, StageTotal.currency, StageTotal.count, StageTotal.amount)
        assert {tuple(row) for row in db.execute(kept.where(StageTotal.count != 0))} == counted
        rest = select(StageTotal).where(StageTotal.count == 0, StageTotal.amount != 0)
        assert db.scalars(rest).all() == []
    print(f"{EDITS} edits on {portal.backend}, answered: {dict(statuses)}")


def test_request_converted_many_times_at_once_becomes_one_deal(portal: Portal) -> None:
    api = portal.api("owner")
    lead = api.post("/crm/leads", {"title": "Two pumps", "name": "Ann", "responsible_id": portal.person("owner")})
    answers = at_once(portal.client, [call_of(api.token, f"/crm/leads/{lead.json()['id']}/convert", {})] * CLIENTS)
    assert Counter(a.status_code for a in answers)[201] >= 1
    assert {a.status_code for a in answers} <= {201, 409, 503}
    assert count_of(portal, Deal) == 1


def test_quote_accepted_many_times_at_once_makes_one_order(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    link = sale.send(sale.quote())
    answers = at_once(
        portal.client, [form_of(portal.browser(), f"{link}/accept", name=f"N{n}") for n in range(CLIENTS)]
    )
    assert Counter(a.status_code for a in answers) == {303: CLIENTS}  # who comes later sees it accepted
    assert count_of(portal, Order) == 1


def test_invoices_issued_at_once_have_numbers_without_gap_or_twin(portal: Portal) -> None:
    drafts = [draft_of(portal, first=n == 0) for n in range(INVOICES)]
    answers = at_once(portal.client, [form_of(portal.browser("owner"), f"{d}/issue") for d in drafts + drafts[:5]])
    assert {a.status_code for a in answers} <= {303, 409, 422}, Counter(a.status_code for a in answers)
    with read_session(portal.company.engines) as db:
        issued = select(Invoice.number).where(Invoice.state != "draft").order_by(Invoice.number)
        numbers = [str(number) for number in db.scalars(issued)]
    assert [int(number.rsplit("-", 1)[1]) for number in numbers] == list(range(1, INVOICES + 1))


def draft_of(portal: Portal, *, first: bool) -> str:
    sale = begin_sale(portal)
    sale.write_lines()
    if first:
        sale.quote()  # asks for the seller's details, which every document needs
    return sale.go(f"{sale.url}/invoices")


def test_invoice_marked_paid_many_times_at_once_is_paid_once(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    answers = at_once(portal.client, [form_of(portal.browser("owner"), f"{invoice}/paid")] * CLIENTS)
    assert {a.status_code for a in answers} <= {303, 409}, Counter(a.status_code for a in answers)
    assert count_of(portal, Payment) == 1
    assert paid_whole(sale, invoice)


def paid_whole(sale: Sale, invoice: str) -> bool:
    kept = sale.kept(invoice)
    return kept.paid == kept.gross


def test_repetition_by_htmx_is_told_to_load_the_place(portal: Portal) -> None:
    browser = portal.browser("owner")
    first, again = (
        browser.post("/crm/leads/new", {"title": "Pumps", "_once": "one"}, {"hx-request": "true"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (204, 204)
    assert first.headers["hx-redirect"] == again.headers["hx-redirect"]
