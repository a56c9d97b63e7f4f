"""A host outside, in a network namespace of its own: it sends a form and accepts a quote, and gets at nothing else."""

import re
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select
from tests.conftest import PROFILE, Template, company_copy
from tests.support.netns import BOX, OUTSIDE, Answer, Ask, Host, two_hosts
from tests.support.portal import Portal

from boxportal.kernel.companies import Box
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.identity.sessions import start_session
from boxportal.kernel.module import KERNEL
from boxportal.kernel.search.index import make_tables
from boxportal.kernel.state import read_snapshot
from boxportal.modules.crm import leads, submitting, web_forms
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.sales import quotes
from boxportal.modules.sales.forms import DealLinesForm, FirstSellerForm
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.set_up import set_up_seller
from boxportal.sdk.clock import utcnow

PORT, INNER = 8081, 8080
NAME = f"clients.acme.example:{PORT}"
DOOR = f"http://{NAME}"
CONFIG = f'[box]\nlisten = "127.0.0.1:{INNER}"\nnames = ["portal.acme.lan"]\n\n[tls]\nmode = "off"\n'
WAIT = 30


@dataclass
class Site:
    """The box as it is served on its own host, and the host outside."""

    data: Path
    cast: dict[str, int]
    box: Host
    outside: Host
    process: "subprocess.Popen[str] | None" = None
    log: list[str] = field(default_factory=list)

    def command(self, *words: str) -> str:
        """A command of the administrator, at the box."""
        return self.box.run(sys.executable, "-m", "boxportal", "--data", str(self.data), *words)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.outside.ask("GET", BOX, path, {"Host": NAME} | (headers or {}), port=PORT)

    def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
        sent = {"Host": NAME, "Origin": DOOR} | (headers or {})
        return self.outside.ask("POST", BOX, path, sent, port=PORT, body=urllib.parse.urlencode(fields))

    @contextmanager
    def portal(self, company: str = "acme") -> Iterator[Portal]:
        """The company's services, called directly, for what was prepared and what came of it."""
        box = Box.open(self.data)
        one = box.get(company)
        one.snapshot = read_snapshot(one, KERNEL)
        try:
            yield Portal(self.data, box, cast("Any", None), cast("Any", None), self.cast, "")
        finally:
            box.close()


@pytest.fixture
def site(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Site]:
    with two_hosts() as (box, outside), company_copy(backend, request, tmp_path / "data", templates) as (data, cast):
        (data / "boxportal.toml").write_text(CONFIG, "utf-8")
        other = NewCompany(name="globex", profile=PROFILE, modules=("crm",), hosts=("globex.lan",))
        create_company(data, other, order=1).engines.dispose()
        served = Site(data, cast, box, outside)
        log = tmp_path / "log"
        with log.open("w") as output:
            command = (sys.executable, "-m", "boxportal", "serve", "--data", str(data))
            process = box.start(*command, stdout=output, stderr=output)
        try:
            until(lambda: box.ask("GET", "127.0.0.1", "/healthz", {"Host": "x"}, port=INNER).status == 200, log)
            yield served
        finally:
            process.terminate()
            process.wait(WAIT)
        assert [line for line in log.read_text("utf-8").splitlines() if "Traceback" in line] == []


def until(holds: Callable[[], bool], log: Path | None = None) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, log.read_text("utf-8")[-3000:] if log else "too late"
        time.sleep(0.2)


def open_the_door(site: Site) -> None:
    """Set the door and test it from outside, as an administrator does."""
    assert site.get("/healthz").status == 0, "nothing listens before the door is set"
    site.command("door", "set", DOOR, "--listen", f"{BOX}:{PORT}")
    until(lambda: site.get("/healthz").status == 200)
    found = re.search(rf"{DOOR}(/door/\S+)", site.command("door", "test"))
    assert found
    assert "no links are offered" in site.command("door", "show")
    assert site.get(found[1]).status == 200
    assert "It works" in site.post(found[1], {}).body
    shown = site.command("door", "show")
    assert f"Links for clients begin with: {DOOR}" in shown
    assert f"from {OUTSIDE}, which is outside" in shown


def form_and_quote(site: Site, door: str = DOOR) -> str:
    """A form at /form/ask, and a quote that was sent; the path of its client's page."""
    with site.portal() as portal:
        with portal.company.engines.writer.begin() as connection:
            make_tables(connection, portal.company.snapshot.search)
        with writing(portal.company.engines) as session, session.begin():
            ctx = portal.ctx(session, "admin")
            data = web_forms.WebFormData(slug="ask", title="Ask us", fields=("name", "email", "request"))
            web_forms.create_web_form(ctx, data)
            lead = leads.create_lead(ctx, leads.LeadData(name="Neema", request="Two pumps"))
            deal = leads.convert_lead(ctx, lead.id, DealData(title="Pumps"))
            line = {"description": "Pump", "quantity": "2", "unit_price": "1000"}
            quotes.change_lines(ctx, deal.id, DealLinesForm.model_validate({"lines": [line]}))
            seller = {"legal_name": "Acme Pumps Ltd", "country": "TZ", "currency": "TZS"}
            set_up_seller(ctx, FirstSellerForm.model_validate(seller))
            link = quotes.send_quote(ctx, quotes.make_quote(ctx, deal.id).id)
    assert link.startswith(f"{door}/s/")
    return link.removeprefix(door)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def send_form(site: Site) -> None:
    page = site.get("/form/ask").body
    time.sleep(submitting.FASTEST.total_seconds() + 0.3)  # as a person, who needs a moment
    fields = {"_once": hidden(page, "_once"), "_stamp": hidden(page, "_stamp"), "name": "Asha",
              "email": "asha@kilimo.example", "request": "Three pumps"}  # fmt: skip
    forged = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.acme.lan",
              "Forwarded": "for=10.1.2.3;host=portal.acme.lan;proto=https"}  # fmt: skip
    assert site.post("/form/ask", fields, forged).status == 303
    with site.portal() as portal, read_session(portal.company.engines) as db:
        lead = db.scalars(select(Lead).where(Lead.email == "asha@kilimo.example")).one()
        assert (lead.address_from, lead.status) == (OUTSIDE, "new")


def accept_quote(site: Site, link: str) -> None:
    page = site.get(link)
    assert page.status == 200
    assert "Accept this offer" in page.body
    for file in re.findall(r'(?:href|src)="(/assets/[^"#]+)', page.body):
        assert site.get(file).status == 200, file
    assert site.post(f"{link}/accept", {"name": "Neema Mushi"}).status == 303
    with site.portal() as portal, read_session(portal.company.engines) as db:
        assert db.scalars(select(Order)).one().accepted_by == "Neema Mushi"


def refused_everywhere_else(site: Site) -> None:
    with site.portal() as portal, write_session(portal.company.engines) as db:
        cookie = start_session(db, site.cast["admin"], utcnow(), agent="test", address=OUTSIDE)
    signed_in = {"Cookie": f"bp_{PORT}={cookie}; bp_{INNER}={cookie}; bp_80={cookie}"}
    paths = ("/", "/login", "/hello", "/invite", "/admin", "/admin/door", "/account", "/api/v1/me", "/readyz",
             "/api/v1/openapi.json", "/crm/deals", "/sales/quotes", "/search", "/chat", "/assets/app.js")  # fmt: skip
    hosts = (NAME, "portal.acme.lan", f"portal.acme.lan:{INNER}", "globex.lan", BOX, f"127.0.0.1:{INNER}", "", "x")
    forged = {"X-Forwarded-Host": "portal.acme.lan", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": str(INNER)}
    asks = [Ask("GET", path, signed_in | forged | {"Host": host}) for host in hosts for path in paths]
    answers = site.outside.ask_all(asks, BOX, PORT)
    let_in = [(ask.path, ask.headers["Host"]) for ask, got in zip(asks, answers, strict=True) if got.status != 404]
    assert let_in == []
    assert [got for got in answers if "Acme Pumps" in got.body and "Sign in" in got.body] == []
    assert site.post("/login", {"email": "admin@acme.example", "password": "x"}).status == 404
    live = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Origin": DOOR,
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert site.get("/live", signed_in | live).status in (403, 404)
    assert site.outside.ask("GET", BOX, "/login", {"Host": "portal.acme.lan"}, port=INNER).status == 0
    assert site.get("/form/only-globex", {"Host": "globex.lan"}).status == 404


def form_of_the_other_company(site: Site) -> None:
    with site.portal("globex") as portal:
        other = portal.box.get("globex")
        with writing(other.engines) as session, session.begin():
            portal.box.companies = {"globex": other}
            data = web_forms.WebFormData(slug="only-globex", title="Globex", fields=("email",))
            web_forms.create_web_form(portal.ctx(session), data)


@pytest.mark.slow
@pytest.mark.modules("crm", "sales")
def test_clients_outside_get_what_is_for_them_and_nothing_else(site: Site) -> None:
    form_of_the_other_company(site)
    inner = site.box.ask("GET", "127.0.0.1", "/form/only-globex", {"Host": "globex.lan"}, port=INNER)
    assert inner.status == 200, "the other company's form is there, inside"
    with site.box.overheard() as begun:
        open_the_door(site)
        link = form_and_quote(site)
        until(lambda: site.get("/form/ask").status == 200)
        send_form(site)
        accept_quote(site, link)
        refused_everywhere_else(site)
        site.command("door", "close")
        until(lambda: site.get("/healthz").status == 0)
    assert begun == [], "the box began a connection of its own"
    with site.box.overheard() as begun:
        site.box.ask("GET", OUTSIDE, "/", {"Host": "x"}, port=81)
    assert begun == [("tcp", "cable", 81)], "what overhears the box hears nothing"
