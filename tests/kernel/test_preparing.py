"""A module being prepared is closed to who is not named, by the kernel's own pages for modules too."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.tables import EnabledModule
from boxportal.modules.crm.models.deals import Deal
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.module import Lack
from tests.cli.conftest import run_in
from tests.support.crm import make_deal
from tests.support.outside import leave_trial, open_door, refresh
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules("crm"), pytest.mark.parametrize("backend", ["sqlite"])]


def prepare_crm(portal: Portal, *named: str) -> None:
    with write_session(portal.company.engines) as db:
        for row in db.scalars(select(EnabledModule)).all():
            row.state, row.allowed = "preparing", [str(portal.person(who)) for who in named]
    refresh(portal)


def in_trash(portal: Portal) -> bool:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(Deal.deleted_at)) is not None


def test_who_is_not_named_reads_and_writes_nothing_of_it(portal: Portal) -> None:
    head = portal.browser("head")
    make_deal(head, title="Secret pump")
    assert "/crm/deals/1" in head.get("/search?q=Secret").text
    prepare_crm(portal)
    assert head.get("/crm/deals/list").status_code == 404
    head.post("/lists/crm.deals/acts/trash", {"rows": "1"})
    assert not in_trash(portal)
    assert "Secret" not in head.post("/lists/crm.deals/export", {"all": "true"}).text
    assert head.get("/views/new?key=crm.deals").status_code == 404
    assert portal.api("head").get("/views?list=crm.deals").status_code == 404
    assert portal.api("head").post("/views", {"list": "crm.deals", "name": "Mine"}).status_code == 404
    assert "/crm/deals/1" not in head.get("/search?q=Secret").text
    assert 'href="/crm' not in head.get("/").text


def test_who_is_named_and_administrators_go_on(portal: Portal) -> None:
    make_deal(portal.browser("head"), title="Secret pump")
    prepare_crm(portal, "head")
    for who in ("head", "admin"):
        browser = portal.browser(who)
        assert "/crm/deals/1" in browser.get("/search?q=Secret").text
        assert 'href="/crm' in browser.get("/").text
    portal.browser("head").post("/lists/crm.deals/acts/trash", {"rows": "1"})
    assert in_trash(portal)


@pytest.mark.modules("crm", "sales")
def test_what_is_still_needed_is_listed_with_where_it_is_given_and_goes_when_it_is_there(portal: Portal) -> None:
    leave_trial(portal)
    prepare_crm(portal, "admin")
    admin, api = portal.browser("admin"), portal.api("admin")
    text = admin.get("/admin/modules").text
    for url in ("/sales/seller", "/sales/products", "/admin/door"):
        assert f'href="{url}"' in text.partition('id="module-sales"')[2]
        assert admin.get(url).status_code == 200
    seller = {"legal_name": "Acme", "country": "TZ", "currency": "TZS", "vat_payer": False, "bank": "CRDB 1"}
    assert api.send("PUT", "/sales/seller", seller).status_code == 200
    assert api.post("/sales/products", {"name": "Pump", "price": "5"}).status_code == 201
    open_door(portal)
    text = admin.get("/admin/modules").text
    assert "Nothing is missing" in text.partition('id="module-sales"')[2]
    shown = run_in(portal.data, "module", "show", "crm", "--json").json["data"]
    assert [lack["url"] for lack in shown["lacking"]] == ["/crm/leads/forms"]
    assert "/crm/leads/forms" in text.partition('id="module-crm"')[2].partition('id="module-sales"')[0]
    assert admin.get("/crm/leads/forms").status_code == 200


def test_a_module_that_fails_to_say_what_it_lacks_can_still_be_switched_off(portal: Portal) -> None:
    prepare_crm(portal)

    def fail(_: ReadCtx) -> list[Lack]:
        raise ZeroDivisionError

    snapshot = portal.company.snapshot
    broken = replace(snapshot.modules["crm"], lacking=fail)
    portal.company.snapshot = replace(snapshot, modules={"crm": broken})
    text = portal.browser("admin").get("/admin/modules").text
    assert "say what is missing" in text
    assert "/admin/modules/crm/disable" in text
