"""A module goes off and on while people, programs and visitors work: nobody notices, nothing is lost."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Template, company_copy
from tests.support.bustle import FINE, Ask, Bustle, Caller, bustling
from tests.support.schema import schema_of
from tests.support.server import Server

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order, Verb
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm", "sales")]
TOGGLES = int(os.environ.get("TOGGLES", "6"))
EVERY = float(os.environ.get("EVERY", "0.25"))  # five who ask four times a second each
ON_OR_OFF = frozenset({200, 404})
SELLER = {"legal_name": "Acme Pumps Ltd", "currency": "TZS", "vat_payer": True, "usual_tax": "18", "country": "TZ"}
LINES = [{"description": "Pump", "quantity": "2", "unit_price": "1000.00"}]


@dataclass
class Shop:
    """A served company: a deal, and the client's private link, which nothing stands behind until there is a sale."""

    server: Server
    deal: int
    link: str
    admin: str

    def sell(self) -> None:
        """Give the client a quote by a private link."""
        sent(self.server, self.admin, "PUT", "/sales/seller", SELLER)
        quote = sent(self.server, self.admin, "POST", "/sales/quotes", {"deal_id": self.deal, "lines": LINES})["id"]
        link = str(sent(self.server, self.admin, "POST", f"/sales/quotes/{quote}/send", {})["link"])
        self.link = link.partition(str(self.server.port))[2]


def sent(server: Server, token: str, method: str, path: str, body: object) -> dict[str, object]:
    said = server.say(method, f"/api/v1{path}", json_body=body, headers={"authorization": f"Bearer {token}"})
    assert said.status in (200, 201), f"{path}: {said.status} {said.body[:300]!r}"
    return said.json


@pytest.fixture
def shop(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Shop]:
    with company_copy(backend, request, tmp_path / "data", templates) as (data, cast):
        server = Server(data, tmp_path / "log", cast)
        admin = server.token("admin")
        server.start()
        try:
            deal = int(str(sent(server, admin, "POST", "/crm/deals", {"title": "Two pumps"})["id"]))
            yield Shop(server, deal, "/s/never-given", admin)
        finally:
            server.stop()
        assert [line for line in (tmp_path / "log").read_text("utf-8").splitlines() if "Traceback" in line] == []


def callers(shop: Shop) -> list[Caller]:
    """Three people at their screens, a program that writes, and a client with a private link."""
    numbers = itertools.count(1)
    port = shop.server.port
    deal = Ask(f"/crm/deals/{shop.deal}")
    lists = [Ask("/"), Ask("/crm/deals/list"), Ask("/crm/deals"), deal, Ask("/sales/invoices", fine=ON_OR_OFF)]
    people = [{"cookie": shop.server.cookie(who)} for who in ("admin", "owner", "head")]
    program = {"authorization": f"Bearer {shop.server.token('owner')}", "content-type": "application/json"}
    writes = [
        Ask("/api/v1/crm/leads", "POST", frozenset({201}), lambda: json.dumps({"title": f"Lead {next(numbers)}"})),
        Ask("/api/v1/sales/products", "GET", ON_OR_OFF),
    ]
    return [
        *(Caller(port, person, lists[n:] + lists[:n], EVERY) for n, person in enumerate(people)),
        Caller(port, program, writes, EVERY),
        Caller(port, {}, [Ask(shop.link, fine=ON_OR_OFF if "never" in shop.link else FINE), Ask("/login")], EVERY),
    ]


def switch(company: Company, verb: Verb) -> None:
    """As the command line does it, from a process that is not the server's."""
    outcome = perform(Acting(company, SYSTEM, render), Order(verb=verb, modules=("sales",)), lambda _: Path("kept"))
    assert outcome.lagging == ()


def held(company: Company) -> dict[str, list[str]]:
    """All rows of the module's tables."""
    with company.engines.reader.connect() as connection:
        names = [line.split()[0] for line in tables_in(company) if line.startswith("sales_")]
        return {n: sorted(map(repr, connection.execute(text(f"SELECT * FROM {n}")))) for n in names}  # noqa: S608 ours


def tables_in(company: Company) -> list[str]:
    from sqlalchemy import inspect  # noqa: PLC0415

    with company.engines.reader.connect() as connection:
        return sorted(inspect(connection).get_table_names())


def leads_in(company: Company) -> int:
    with company.engines.reader.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM crm_lead")) or 0)


def check(bustle: Bustle) -> None:
    assert bustle.wrong == []
    assert bustle.asked >= len(bustle.callers)


def test_switching_off_and_on_fails_no_request_and_loses_nothing(shop: Shop) -> None:
    shop.sell()
    company = Box.open(shop.server.data).get(None)
    before = held(company)
    assert before["sales_quote"]
    with bustling(callers(shop)) as bustle:
        for _ in range(TOGGLES):
            switch(company, "disable")
            switch(company, "enable")
    check(bustle)
    assert held(company) == before
    assert leads_in(company) == bustle.times("POST", 201)
    company.engines.dispose()


def test_tables_that_nobody_used_come_and_go_under_load(shop: Shop) -> None:
    company = Box.open(shop.server.data).get(None)
    with bustling(callers(shop)) as bustle:
        for _ in range(TOGGLES):
            switch(company, "disable")
            assert not [name for name in tables_in(company) if name.startswith("sales_")]
            switch(company, "enable")
    check(bustle)
    assert leads_in(company) == bustle.times("POST", 201)
    company.engines.dispose()


def test_purge_under_load_leaves_the_schema_of_a_company_that_never_had_it(
    shop: Shop, backend: str, templates: Callable[[str, tuple[str, ...]], Template]
) -> None:
    shop.sell()
    company = Box.open(shop.server.data).get(None)
    with bustling(callers(shop)) as bustle:
        switch(company, "purge")
    check(bustle)
    never = Box.open(templates(backend, ("crm",))[0]).get(None)
    assert schema(company) == schema(never)
    assert not [name for name in tables_in(company) if "sales" in name]
    for each in (company, never):
        each.engines.dispose()


def schema(company: Company) -> list[str]:
    """Without the search's tables, which a server makes when it first runs."""
    with company.engines.reader.connect() as connection:
        return [line for line in schema_of(connection) if "core_search_" not in line]
