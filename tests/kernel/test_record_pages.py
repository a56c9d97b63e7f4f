"""A record's page asks the database few questions, and as many for a long history as for a short one."""

from datetime import timedelta
from itertools import count, islice
from typing import Any

import pytest
from sqlalchemy import select

from boxportal.kernel.files.blobs import Blob
from boxportal.kernel.records.attached import attach_file
from boxportal.kernel.records.comments import write_comment
from boxportal.modules.crm import activities
from boxportal.modules.crm.activities import ActivityData
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine, Payment
from boxportal.modules.sales.models.orders import Order, OrderLine, Shipment, ShipmentLine
from boxportal.modules.sales.models.quotes import ClientLink, DealLine, Question, Quote, QuoteLine, QuoteVersion
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import one
from boxportal.sdk.events import RecordRef
from tests.support.crm import acting, make_deal
from tests.support.furnished import furnish
from tests.support.portal import Portal
from tests.support.statements import statements_of

MOST = 25
MORE = 39
NUMBERS = count(1000)


@pytest.fixture
def pages(portal: Portal) -> dict[str, str]:
    """Addresses of one record of every kind with a page, with everything on it; of a deal also without anything."""
    made = furnish(portal, "Kilimo").values
    with acting(portal) as ctx:
        one(ctx.db, select(Deal).where(Deal.id == int(made["deal_id"]))).lead_id = int(made["lead_id"])
        grow(ctx, made, 1)
    empty = make_deal(portal.browser("owner"), title="Nothing yet")
    crm = {"deal": "deals", "lead": "leads", "contact": "contacts", "company": "companies"}
    sales = {name: f"{name}s" for name in ("quote", "order", "invoice", "payment", "shipment")}
    return {
        "empty deal": f"/crm/deals/{empty}",
        **{name: f"/crm/{plural}/{made[f'{name}_id']}" for name, plural in crm.items()},
        **{name: f"/sales/{plural}/{made[f'{name}_id']}" for name, plural in sales.items()},
    }


def counted(portal: Portal, pages: dict[str, str]) -> dict[str, int]:
    """How many statements each page takes, once what the server keeps for itself is there."""
    owner = portal.browser("owner")
    return {name: max(len(statements_of(portal, owner, path)) for _ in range(2)) for name, path in pages.items()}


def test_every_record_page_takes_as_many_statements_with_a_long_history_as_with_a_short_one(
    portal: Portal, pages: dict[str, str]
) -> None:
    before = counted(portal, pages)
    with acting(portal) as ctx:
        grow(ctx, {name.replace(" ", "_") + "_id": path.rpartition("/")[2] for name, path in pages.items()}, MORE)
    assert counted(portal, pages) == before
    assert {name: count for name, count in before.items() if count > MOST} == {}


def grow(ctx: Ctx, made: dict[str, str], times: int) -> None:
    """So many more of all that a page may show."""
    ids = {name.removesuffix("_id"): int(value) for name, value in made.items() if value.isdecimal()}
    kinds = {"deal": "crm.deal", "lead": "crm.lead", "contact": "crm.contact", "company": "crm.client_company"}
    for name, kind in kinds.items():
        for number in range(times):
            grow_record(ctx, RecordRef(kind, ids[name]), number)
    for name in ("quote", "order", "invoice", "payment", "shipment"):
        for _ in range(times):
            write_comment(ctx, RecordRef(f"sales.{name}", ids[name]), "Noted.")
    grow_sales(ctx, ids, times)
    again(ctx, Contact, Contact.client_company_id == ids["company"], times)
    again(ctx, Deal, Deal.id == ids["deal"], times, lead_id=None)
    ctx.db.flush()


def grow_record(ctx: Ctx, ref: RecordRef, number: int) -> None:
    write_comment(ctx, ref, f"Comment {number}")
    attach_file(ctx, ref, f"{number}.txt", Blob("0" * 64, 1))
    due = ctx.now + timedelta(days=number + 1)  # told later: an unread notice costs the page one statement more
    activities.plan_activity(ctx, ref, ActivityData(kind="todo", title=f"To do {number}", due_at=due))
    done = activities.plan_activity(ctx, ref, ActivityData(kind="todo", title=f"Done {number}"))
    activities.finish_activity(ctx, done.id)


def grow_sales(ctx: Ctx, ids: dict[str, int], times: int) -> None:
    """More lines on each document, and more documents of the deal."""
    version = select(QuoteVersion.id).where(QuoteVersion.quote_id == ids["quote"])
    again(ctx, DealLine, DealLine.deal_id == ids["deal"], times)
    again(ctx, QuoteLine, QuoteLine.version_id.in_(version), times)
    again(ctx, OrderLine, OrderLine.order_id == ids["order"], times)
    again(ctx, InvoiceLine, InvoiceLine.invoice_id == ids["invoice"], times)
    again(ctx, ShipmentLine, ShipmentLine.shipment_id == ids["shipment"], times)
    for table in (Order, Invoice, Payment, Shipment, Quote):
        again(ctx, table, table.id == ids[table.__name__.lower()], times)
    of_quotes = select(Quote.id).where(Quote.deal_id == ids["deal"])
    for quote_id in ctx.db.scalars(of_quotes.where(Quote.id.not_in(select(QuoteVersion.quote_id)))).all():
        again(ctx, QuoteVersion, QuoteVersion.quote_id == ids["quote"], 1, quote_id=quote_id)
    link = ctx.db.scalar(select(ClientLink.id).where(ClientLink.version_id.in_(version)))
    ctx.db.add_all([Question(link_id=link, name="Neema", text="When?", asked_at=ctx.now) for _ in range(times)])


def again(ctx: Ctx, table: Any, which: Any, times: int, **others: object) -> None:  # noqa: ANN401 any of the tables
    """Copies of a row; those that are numbered get numbers of their own."""
    row = ctx.db.scalar(select(table).where(which).limit(1))
    values = {column.name: getattr(row, column.name) for column in table.__table__.c if column.name != "id"}
    if table is Order:
        values["version_id"] = None  # a version is agreed to once
    for number in islice(NUMBERS, times):
        own = {"sequence": number, "number": f"N-{number}"} if "sequence" in values else {}
        ctx.db.add(table(**(values | own | others)))
    ctx.db.flush()
