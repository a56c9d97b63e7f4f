"""A module being prepared is closed to who is not named, by the kernel's own pages for modules too."""

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.tables import EnabledModule
from boxportal.modules.crm.models.deals import Deal
from tests.support.crm import make_deal
from tests.support.outside import refresh
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
