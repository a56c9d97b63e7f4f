"""Live client addresses of a module that is off stay polite, and what is sent there waits for the module."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.state import PROFILE
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order, Verb
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.tables import Setting
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM
from tests.support.extra_modules import installed_extras
from tests.support.portal import BASE, Portal

pytestmark = pytest.mark.modules()


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def turn(portal: Portal, verb: Verb) -> None:
    acting = Acting(portal.company, SYSTEM, render)
    perform(acting, Order(verb=verb, modules=("notes",)), lambda _: portal.data)


def waiting(portal: Portal) -> int:
    with read_session(portal.company.engines) as db:
        kept = select(func.count()).select_from(OutboxItem).where(OutboxItem.topic == "notes.kept-post")
        return db.scalar(kept.where(OutboxItem.state == "waiting")) or 0


def send(portal: Portal, words: str, origin: str = "https://www.acme.example") -> int:
    headers = {"origin": origin}
    return int(portal.client.post(f"{BASE}/pad/first", data={"text": words}, headers=headers).status_code)


def test_addresses_of_a_module_that_never_was_or_is_gone_are_missing_pages(portal: Portal) -> None:
    assert portal.client.get("/pad/first").status_code == 404
    turn(portal, "enable")
    assert portal.client.get("/pad/first").text == "pad first of Acme Pumps"
    turn(portal, "purge")
    assert portal.client.get("/pad/first").status_code == 404


def test_while_a_module_is_off_its_page_names_the_firm_and_its_telephone(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        row = db.get(Setting, PROFILE)
        assert row is not None
        row.value = row.value | {"phone": "+255700000001"}
    turn(portal, "enable")
    turn(portal, "disable")
    answer = portal.client.get("/pad/first", headers={"accept-language": "en"})
    assert answer.status_code == 200
    for words in ("Acme Pumps", "tel:+255700000001", "noindex"):
        assert words in answer.text
    assert portal.browser("admin").get("/notes").status_code == 404


def test_what_is_sent_meanwhile_is_taken_in_when_the_module_returns(portal: Portal) -> None:
    turn(portal, "enable")
    turn(portal, "disable")
    assert send(portal, "I need a pump") == 200
    assert waiting(portal) == 1
    turn(portal, "enable")
    end = time.monotonic() + 10
    while waiting(portal) and time.monotonic() < end:
        time.sleep(0.1)
    with portal.company.engines.reader.connect() as connection:
        assert connection.scalars(text("SELECT text FROM notes_note")).all() == ["I need a pump"]


def test_a_flood_is_slowed_down_and_huge_posts_are_refused(portal: Portal) -> None:
    turn(portal, "enable")
    turn(portal, "disable")
    assert send(portal, "x" * 30_000) == 422
    assert [send(portal, "again") for _ in range(12)][-1] == 429
    assert waiting(portal) <= 11


def test_purge_takes_kept_posts_along(portal: Portal) -> None:
    turn(portal, "enable")
    turn(portal, "disable")
    send(portal, "forget me")
    turn(portal, "purge")
    assert waiting(portal) == 0
