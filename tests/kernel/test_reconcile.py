"""A module that was off while others worked puts its own rows right when it comes back on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.identity.models import Person
from boxportal.kernel.switch.change import Acting, turn_off_now, turn_on
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.tables import Setting
from boxportal.kernel.web.render import render
from boxportal.kernel.work.reconcile import reconcile_some, unreconciled
from boxportal.sdk.people import heirs
from tests.support.extra_modules import installed_extras
from tests.support.outside import refresh
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def switch(portal: Portal, *, on: bool) -> None:
    acting = Acting(portal.company, portal.actor("admin"), render)
    if on:
        turn_on(acting, Order(verb="enable", modules=("notes",)))
    else:
        turn_off_now(acting, Order(verb="disable", modules=("notes",)))


def write_notes(portal: Portal, who: str, number: int) -> None:
    with portal.company.engines.writer.begin() as connection:
        for _ in range(number):
            connection.execute(
                text("INSERT INTO notes_note (book_id, owner_id, text) SELECT min(id), :o, 'x' FROM notes_book"),
                {"o": portal.person(who)},
            )


def owners(portal: Portal) -> list[int]:
    with portal.company.engines.reader.connect() as connection:
        return [row[0] for row in connection.execute(text("SELECT owner_id FROM notes_note ORDER BY id"))]


def leave(portal: Portal, who: str, successor: str = "") -> None:
    given = str(portal.person(successor)) if successor else ""
    answer = portal.browser("admin").post(f"/admin/people/{portal.person(who)}/leave", {"successor": given})
    assert answer.status_code == 303


def test_what_happened_while_it_was_off_is_made_up_for_in_parts(portal: Portal) -> None:
    switch(portal, on=True)
    write_notes(portal, "owner", 5)
    switch(portal, on=False)
    leave(portal, "owner", "colleague")
    switch(portal, on=True)
    owner, colleague = portal.person("owner"), portal.person("colleague")
    assert owners(portal).count(colleague) >= 2, "the first part is right when the module is on"
    refresh(portal)
    while reconcile_some(portal.company, portal.company.snapshot, render, "notes"):
        assert owner in owners(portal)
    assert owners(portal) == [colleague] * 5
    assert unreconciled(portal.company, portal.company.snapshot) == []
    switch(portal, on=False)
    switch(portal, on=True)
    assert owners(portal) == [colleague] * 5
    with read_session(portal.company.engines) as db:
        assert db.get(Setting, "notes.reconcile") is None


def test_who_left_without_a_successor_keeps_the_name(portal: Portal) -> None:
    switch(portal, on=True)
    write_notes(portal, "owner", 1)
    switch(portal, on=False)
    leave(portal, "owner")
    switch(portal, on=True)
    assert owners(portal) == [portal.person("owner")]


def test_work_goes_to_the_last_of_those_who_followed_one_another(portal: Portal) -> None:
    leave(portal, "owner", "colleague")
    leave(portal, "colleague", "head")
    with writing(portal.company.engines) as session:
        ctx = portal.ctx(session)
        head = portal.person("head")
        assert heirs(ctx.db) == {portal.person("owner"): head, portal.person("colleague"): head}
    portal.browser("admin").post(f"/admin/people/{portal.person('owner')}/return")
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Person.successor_id).where(Person.id == portal.person("owner"))) is None


def test_a_module_that_fails_to_put_its_rows_right_stays_off(portal: Portal) -> None:
    switch(portal, on=True)
    write_notes(portal, "owner", 1)
    switch(portal, on=False)
    leave(portal, "owner", "colleague")
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("ALTER TABLE notes_note RENAME TO notes_away"))
    with pytest.raises(Exception, match="notes_note"):
        switch(portal, on=True)
    refresh(portal)
    assert "notes" not in portal.company.snapshot.modules


@pytest.mark.modules("crm", "sales")
def test_sales_holds_what_the_crm_did_while_it_was_off(portal: Portal) -> None:
    """Its documents point to deals and clients by foreign keys, which need nothing to be put right."""
    head, api = portal.browser("head"), portal.api("head")
    api.send("PUT", "/sales/seller", {"legal_name": "Acme", "country": "TZ", "currency": "TZS", "vat_payer": False})
    deals = [api.post("/crm/deals", {"title": f"Deal {number}"}).json()["id"] for number in range(2)]
    line = {"description": "Pump", "quantity": "1", "unit_price": "5"}
    quotes = [api.post("/sales/quotes", {"deal_id": deal, "lines": [line]}).json()["id"] for deal in deals]
    acting = Acting(portal.company, portal.actor("admin"), render)
    turn_off_now(acting, Order(verb="disable", modules=("sales",)))
    refresh(portal)
    head.post("/lists/crm.deals/acts/trash", {"rows": str(deals[0])})
    api.send("PATCH", f"/crm/deals/{deals[1]}", {"title": "Renamed"})
    leave(portal, "head", "owner")
    turn_on(acting, Order(verb="enable", modules=("sales",)))
    refresh(portal)
    admin = portal.browser("admin")
    assert admin.get(f"/crm/deals/{deals[0]}").status_code == 404
    assert admin.get(f"/sales/quotes/{quotes[0]}").status_code == 200, "who sees all deals sees those of the trash too"
    assert admin.get(f"/sales/quotes/{quotes[1]}").status_code == 200
    assert admin.get("/sales/quotes").status_code == 200
    assert f"/sales/quotes/{quotes[1]}" in admin.get(f"/crm/deals/{deals[1]}").text
