"""Parts of invoices credited and money paid back; whatever the parts, all credit notes together are the invoice."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sales.firm import Sale, begin_sale
from tests.sales.test_sellers import words_of
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.arithmetic import TaxRounding, Terms
from boxportal.modules.sales.crediting import Done, PartSum, Piece, part_sums
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine, Payment
from boxportal.modules.sales.reckoning import reckon_lines

ROWS = {
    "lines.0.description": "Pump", "lines.0.quantity": "3", "lines.0.unit_price": "33.33", "lines.0.discount": "7 %",
    "lines.1.description": "Pipe", "lines.1.quantity": "7", "lines.1.unit_price": "0.99", "lines.1.discount": "0.50",
}  # fmt: skip
RATES = [("18", "S"), ("7", "L"), ("0", "Z")]


@st.composite
def invoices(draw: st.DrawFn) -> list[InvoiceLine]:
    lines = []
    for number in range(draw(st.integers(1, 5))):
        percent, category = draw(st.sampled_from(RATES))
        quantity = draw(st.decimals("0.001", "50", places=3))
        price = draw(st.decimals("0", "999", places=4))
        off = draw(st.one_of(st.just(Decimal(0)), st.decimals("0", "100", places=2)))
        fixed = 0 if off else draw(st.integers(0, max(int(quantity * price * 100) - 1, 0)))
        lines.append(
            InvoiceLine(id=number + 1, position=number, description="x", quantity=quantity, unit="", unit_price=price,
                        discount_percent=off, discount_amount=fixed, tax_percent=Decimal(percent),
                        tax_category=category)
        )  # fmt: skip
    return lines


@settings(max_examples=300)
@given(
    invoices(),
    st.lists(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=5, max_size=5), max_size=4),
    st.booleans(),
    st.sampled_from(TaxRounding),
)
def test_credit_notes_of_any_parts_add_up_to_the_invoice(
    lines: list[InvoiceLine],
    cuts: list[list[tuple[int, bool]]],
    inclusive: bool,  # noqa: FBT001 drawn by hypothesis
    rounding: TaxRounding,
) -> None:
    terms = Terms("EUR", inclusive=inclusive, rounding=rounding)
    whole = reckon_lines(lines, terms)
    before = {line.id: Done() for line in lines}
    notes: list[dict[int, PartSum]] = []
    for cut in cuts:
        parts = {line.id: piece_of(line, before[line.id], *each) for line, each in zip(lines, cut, strict=False)}
        notes.append(note_of(lines, before, parts, terms))
    rest = {line.id: Piece(line.quantity - before[line.id].quantity) for line in lines}
    notes.append(note_of(lines, before, rest, terms))  # the last note takes what is left
    for part in (part for note in notes for part in note.values()):
        assert part.net + part.tax == part.gross
        assert part.amount == (part.gross if inclusive else part.net)
        assert part.discount >= 0
    for name, total in (("amount", whole.amount), ("net", whole.net), ("tax", whole.tax), ("gross", whole.gross)):
        assert sum(getattr(part, name) for note in notes for part in note.values()) == total, name
    if not any(done.is_reduced for done in before.values()):
        assert sum(part.discount for note in notes for part in note.values()) == sum(x.discount_amount for x in lines)
    if len(notes) == 1:
        assert [part.tax for part in notes[0].values()] == [line.tax for line in lines]


def piece_of(line: InvoiceLine, done: Done, share: int, takes_amount: bool) -> Piece:  # noqa: FBT001 drawn
    """A quarter or more of what is left of a line: of its quantity, though never all of it, or of its amount."""
    left = line.amount - done.amount
    if takes_amount:
        return Piece(off=left * share // 4)
    quantity = ((line.quantity - done.quantity) * share / 4).quantize(Decimal("0.001"))
    return Piece(quantity if done.quantity + quantity < line.quantity else Decimal(0))


def note_of(
    lines: list[InvoiceLine], before: dict[int, Done], parts: dict[int, Piece], terms: Terms
) -> dict[int, PartSum]:
    """The sums of a note of these pieces; `before` follows."""
    wanted = {line_id: piece for line_id, piece in parts.items() if piece.quantity or piece.off}
    sums = dict(part_sums(lines, before, wanted, terms))
    for line_id, part in sums.items():
        done, piece = before[line_id], wanted[line_id]
        is_reduced = done.is_reduced or piece.off > 0
        before[line_id] = Done(done.quantity + piece.quantity, done.amount + part.amount, is_reduced=is_reduced)
    return sums


def issued(portal: Portal, rows: dict[str, str] = ROWS) -> tuple[Sale, str]:
    sale = begin_sale(portal)
    sale.write_lines(rows)
    quote = sale.quote()
    sale.send(quote)
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    return sale, sale.invoice()


def credit(first: str, second: str, **more: str) -> dict[str, str]:
    return {"reason": "Came back", "lines.0.line_id": "1", "lines.0.quantity": first, "lines.1.line_id": "2",
            "lines.1.quantity": second, **more}  # fmt: skip


def test_parts_are_credited_until_nothing_is_left(portal: Portal) -> None:
    sale, invoice = issued(portal)
    whole = sale.kept(invoice).gross
    sale.go(f"{invoice}/paid")
    page = sale.see(f"{invoice}/credit")
    assert "Pump" in page
    first = sale.go(f"{invoice}/credit", credit("1", "0"))
    note = sale.kept(first)
    assert (note.kind, note.number[:2], note.corrects_id) == ("credit_note", "C-", 1)
    assert sale.kept(invoice).credited == note.gross
    assert 0 < note.gross < whole
    said = words_of(sale.browser.get(f"{first}/pdf").content)
    assert "Came back" in said
    assert "Pipe" not in said
    assert "Paid" in sale.see(invoice)
    assert sale.states()["invoiced"] == "done"
    second = sale.go(f"{invoice}/credit", credit("0.5", "7"))
    third = sale.go(f"{invoice}/correct?again=false", {"reason": "All of it"})
    assert sum(sale.kept(each).gross for each in (first, second, third)) == whole
    assert sum(sale.kept(each).tax for each in (first, second, third)) == sale.kept(invoice).tax
    assert sale.kept(invoice).credited == whole
    assert "Credited" in sale.see(invoice)
    assert sale.browser.get(f"{invoice}/credit").status_code == 409
    assert sale.browser.post(f"{invoice}/correct", {"reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (credit("4", "0"), "less than that"),
        (credit("-1", "0"), "less than that"),
        (credit("0", "0"), "Say how much"),
        (credit("1", "0", reason=""), "Why"),
        (credit("1", "0") | {"lines.1.line_id": "99", "lines.1.quantity": "1"}, "less than that"),
    ],
)
def test_credit_that_can_not_be_is_refused(portal: Portal, sent: dict[str, str], says: str) -> None:
    sale, invoice = issued(portal)
    answer = sale.browser.post(f"{invoice}/credit", sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert len(sale.numbers()) == 1
    assert portal.browser("stranger").post(f"{invoice}/credit", credit("1", "0")).status_code == 404


def test_part_that_is_to_be_invoiced_again_is_left_on_the_order(portal: Portal) -> None:
    sale, invoice = issued(portal)
    sale.go(f"{invoice}/credit", credit("2", "0", again="true"))
    assert sale.states()["invoiced"] == "partly"
    again = sale.invoice()
    with read_session(portal.company.engines) as db:
        kept = db.get(Invoice, int(again.rsplit("/", 1)[1]))
        assert kept is not None
        assert kept.gross == sale.kept("/sales/invoices/2").gross


def test_rest_of_a_partly_credited_invoice_is_corrected_by_a_draft_of_the_rest(portal: Portal) -> None:
    sale, invoice = issued(portal)
    first = sale.go(f"{invoice}/credit", credit("1", "7"))
    draft = sale.go(f"{invoice}/correct", {"reason": "Wrong name"})
    assert sale.kept(draft).replaces_id == 1
    assert "Pipe" not in sale.see(draft).split("Belongs together")[1].split("Files")[0].split("product-options")[1]
    assert sale.kept(invoice).credited == sale.kept(invoice).gross
    assert sale.kept(first).gross + sale.kept("/sales/invoices/3").gross == sale.kept(invoice).gross


def test_money_is_paid_back_for_a_credit_note_as_far_as_it_came_in(portal: Portal) -> None:
    sale, invoice = issued(portal)
    whole = sale.kept(invoice).gross
    unpaid = sale.go(f"{invoice}/credit", credit("1", "0"))
    assert sale.browser.get(f"{unpaid}/refund").status_code == 409  # nothing came in: it only makes the invoice smaller
    assert "Record a refund" not in sale.see(unpaid)
    sale.go(f"{invoice}/paid")
    paid = sale.kept(invoice).paid
    assert paid == whole - sale.kept(unpaid).gross
    note = sale.go(f"{invoice}/credit", credit("2", "0"))
    owed = sale.kept(note).gross
    assert sale.kept(invoice).paid == paid - owed
    assert "Record a refund" in sale.see(note)
    form = {"paid_on": "2026-01-05", "method": "bank", "amount": "1"}
    assert sale.browser.post(f"{note}/refund", form | {"amount": "10,000"}).status_code == 422
    assert sale.browser.post(f"{note}/refund", form | {"amount": "0"}).status_code == 422
    assert sale.browser.post(f"{note}/refund", form | {"paid_on": "2999-01-01"}).status_code == 422
    assert sale.browser.post(f"{invoice}/refund", form).status_code == 422
    sale.go(f"{note}/refund", form)
    sale.go(f"{note}/refund", form | {"amount": f"{(owed - 100) / 100:.2f}"})
    assert sale.kept(note).paid == owed
    assert "Paid back" in sale.see(note)
    assert sale.browser.post(f"{note}/refund", form).status_code == 422
    assert sale.kept(invoice).paid == sale.kept(invoice).gross - sale.kept(invoice).credited
    assert sale.states()["paid"] == "done"
    assert "Refund of" in sale.see("/sales/payments/2")
    assert "was paid back" in sale.see(f"/crm/deals/{sale.deal_id}")
    sale.go("/sales/payments/2/delete")
    assert sale.kept(note).paid == owed - 100
    with read_session(portal.company.engines) as db:
        assert db.get(Payment, 2) is None


def test_programs_credit_a_part_and_record_a_refund(portal: Portal) -> None:
    sale, invoice = issued(portal)
    sale.go(f"{invoice}/paid")
    api = portal.api("owner")
    note = api.post("/sales/invoices/1/credit", {"reason": "Back", "lines": [{"line_id": 1, "quantity": "1"}]}).json()
    assert (note["kind"], note["corrects_id"], note["state"]) == ("credit_note", 1, "issued")
    too_much = {"reason": "Back", "lines": [{"line_id": 1, "quantity": "3"}]}
    assert api.post("/sales/invoices/1/credit", too_much).status_code == 422
    gross = note["sums"]["gross"]
    back = {"deal_id": sale.deal_id, "invoice_id": note["id"],
            "amount": {"amount": -gross["amount"], "currency": "TZS"}}  # fmt: skip
    assert api.post("/sales/payments", back | {"deal_id": 99}).status_code == 404
    assert api.post("/sales/payments", back | {"invoice_id": 1}).status_code == 409
    assert api.post("/sales/payments", back).json()["amount"] == {"amount": -gross["amount"], "currency": "TZS"}
    assert api.get(f"/sales/invoices/{note['id']}").json()["state"] == "refunded"


def test_price_of_a_line_is_brought_down_and_the_rest_credited_at_the_lower_price(portal: Portal) -> None:
    rows = {"lines.0.description": "Pump", "lines.0.quantity": "4", "lines.0.unit_price": "100"}
    sale, invoice = issued(portal, rows)
    page = sale.see(f"{invoice}/credit")
    assert "without tax" in page
    wrong = {"reason": "Too dear", "lines.0.line_id": "1"}
    for less, quantity in (("400.01", ""), ("-1", ""), ("10", "1")):
        answer = sale.browser.post(f"{invoice}/credit", wrong | {"lines.0.amount": less, "lines.0.quantity": quantity})
        assert answer.status_code == 422, less
    note = sale.kept(sale.go(f"{invoice}/credit", wrong | {"lines.0.amount": "80", "lines.0.quantity": ""}))
    assert (note.net, note.tax, note.gross) == (8000, 1440, 9440)
    assert sale.steps()["invoiced"].state == "done"  # nothing is to be invoiced again
    paper = words_of(sale.browser.get(f"/sales/invoices/{note.id}/pdf").content)
    assert "Price reduction" in paper
    assert "94.40" in paper
    back = sale.kept(sale.go(f"{invoice}/credit", wrong | {"lines.0.quantity": "1", "lines.0.amount": ""}))
    assert back.net == 8000  # one of four, of which each costs 80 now
    draft = sale.kept(sale.go(f"{invoice}/correct", {"reason": "All anew"}))
    assert draft.net == 24000  # three at 80
    assert sale.kept(invoice).credited == sale.kept(invoice).gross


def test_line_brought_down_to_nothing_has_nothing_left_to_credit(portal: Portal) -> None:
    sale, invoice = issued(portal)
    whole = sale.kept(invoice)
    lines = portal.api("owner").get(f"/sales/invoices/{whole.id}").json()["lines"]
    less = {"reason": "A gift", "lines": [{"line_id": lines[0]["id"], "amount": 9299}]}
    assert portal.api("owner").post(f"/sales/invoices/{whole.id}/credit", less).status_code == 200
    assert "Pump" not in sale.see(f"{invoice}/credit").split('action="')[-1]
    assert portal.api("owner").post(f"/sales/invoices/{whole.id}/credit", less).status_code == 422
    sale.go(f"{invoice}/correct?again=false", {"reason": "The rest"})
    assert sale.kept(invoice).credited == whole.gross
