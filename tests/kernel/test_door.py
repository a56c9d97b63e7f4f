"""The public door: what an administrator may set, when links are offered, what outsiders reach, how it is tested."""

import asyncio
import re
import socket
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.companies import Box
from boxportal.kernel.config import BoxConfig, BoxSection, TlsSection
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.door import Address, Door, parse_address, parse_listen
from boxportal.kernel.letting_in.recipes import recipes_for
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.state import DOOR
from boxportal.kernel.tables import Setting
from boxportal.modules.crm.models.leads import Lead
from tests.conftest import PROFILE
from tests.support.live import free_port
from tests.support.outside import DOOR_ADDRESS, FOREIGN, Outsider, door_of, leave_trial, open_door, refresh
from tests.support.portal import Portal

KILIMO = Address("https", "clients.kilimo.example", 443)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://Clients.Acme.example", "https://clients.acme.example"),
        ("https://clients.acme.example:443/", "https://clients.acme.example"),
        ("http://clients.acme.example:8081", "http://clients.acme.example:8081"),
        ("http://93.184.215.14:8081", "http://93.184.215.14:8081"),
        ("https://[2606:2800:21f::1]:8443", "https://[2606:2800:21f::1]:8443"),
        ("https://клиенты.рф", "https://xn--e1affem4a4d.xn--p1ai"),
    ],
)
def test_an_address_is_read_as_browsers_send_it(typed: str, url: str) -> None:
    read = parse_address(typed)
    assert read is not None
    assert read.url == url


@pytest.mark.parametrize(
    "typed",
    [
        "", "clients.acme.example", "ftp://clients.acme.example", "https://", "https://a.example/portal",
        "https://a.example?x", "https://a.example#x", "https://me@a.example", "https://a.example:0", "https://a.example:",
        "https://a.example:99999", "https://a b.example", "https://a_b.example", "https://-a.example",
        "https://a.example\\@b.example", "https://a..example", "javascript://a.example",
    ],
)  # fmt: skip
def test_what_is_more_or_less_than_an_address_is_none(typed: str) -> None:
    assert parse_address(typed) is None


def test_a_port_is_read_with_or_without_an_address() -> None:
    assert parse_listen("8081") == ("0.0.0.0", 8081)  # noqa: S104 what was asked for
    assert parse_listen("127.0.0.1:8081") == ("127.0.0.1", 8081)
    assert parse_listen("[::]:8081") == ("::", 8081)
    assert [parse_listen(wrong) for wrong in ("0", "65536", "x:1", "portal.local:8081", ":8081", "٨٠٨١")] == [None] * 6


@pytest.mark.parametrize(
    "header",
    [
        "clients.kilimo.example", "CLIENTS.kilimo.example:443", "clients.kilimo.example:8080",
        "clients.kilimo.example.", "clients.kilimo.example:nonsense",
    ],
)  # fmt: skip
def test_the_doors_name_means_the_door_whatever_port_is_claimed(header: str) -> None:
    assert Door((KILIMO,), is_set=True).meant_by(header, ()) is KILIMO


def test_a_name_that_people_sign_in_at_never_means_the_door() -> None:
    assert Door((KILIMO,), is_set=True).meant_by("clients.kilimo.example", {"clients.kilimo.example"}) is None


def test_a_bare_address_is_told_apart_by_its_port_where_clients_have_one() -> None:
    bare = Address("http", "93.184.215.14", 8081)
    assert Door((bare,), listen="0.0.0.0:8081", is_set=True).meant_by("93.184.215.14:8080", ()) is None
    assert Door((bare,), is_set=True).meant_by("93.184.215.14:8080", ()) is bare


def test_only_a_box_that_nobody_else_reaches_is_a_trial(tmp_path: Path) -> None:
    def trial(**box: object) -> bool:
        from boxportal.kernel.companies import is_trial  # noqa: PLC0415 beside its use

        mode = str(box.pop("tls", "off"))
        return is_trial(BoxConfig(box=BoxSection.model_validate(box), tls=TlsSection(mode=mode)))

    assert trial()
    assert trial(listen="127.0.0.1:9000", names=["localhost:9000"])
    assert not trial(listen="0.0.0.0:8080")
    assert not trial(names=["portal.local:8080"])
    assert not trial(tls="proxy")
    assert not trial(trusted_proxies=["127.0.0.1"])


@pytest.mark.modules("crm", "sales")
class TestOffering:
    """When screens offer a link."""

    def test_a_trial_offers_its_own_address(self, portal: Portal) -> None:
        assert portal.company.snapshot.info.door == "http://127.0.0.1:8080"
        assert 'value="http://127.0.0.1:8080/form/ask"' in form_page(portal)
        assert "Let clients in" not in portal.browser("admin").get("/").text

    def test_nothing_is_offered_until_the_door_was_tested(self, portal: Portal) -> None:
        for prepare in (lambda: leave_trial(portal), lambda: open_door(portal, tested=False)):
            prepare()
            page = form_page(portal)
            assert "iframe" not in page
            assert "/form/ask" not in page.replace('href="/form/ask"', "")
            assert "Let clients in" in portal.browser("admin").get("/").text
            assert "Let clients in" not in portal.browser("head").get("/").text
        open_door(portal)
        assert f'value="{DOOR_ADDRESS}/form/ask"' in form_page(portal)
        assert "Let clients in" not in portal.browser("admin").get("/").text

    def test_the_card_goes_for_good_when_it_is_not_wanted(self, portal: Portal) -> None:
        leave_trial(portal)
        admin = portal.browser("admin")
        assert admin.post("/admin/door/dismiss").status_code == 303
        assert "Let clients in" not in admin.get("/").text

    def test_another_address_must_be_tested_anew_and_the_former_lets_clients_in_still(self, portal: Portal) -> None:
        form_page(portal)
        open_door(portal)
        assert set_door(portal, "https://new.acme.example") == 303
        assert portal.company.snapshot.info.door == ""
        for url in (DOOR_ADDRESS, "https://new.acme.example"):
            client = Outsider(portal, url=url)
            assert client.get("/form/ask").status_code == 200
            assert client.get("/login").status_code == 404
        assert portal.browser("admin").post("/admin/door/close").status_code == 303
        refresh(portal)
        client = Outsider(portal)
        assert client.get("/login").status_code == 404
        shown = client.get("/form/ask")
        assert (shown.status_code, "Not available just now" in shown.text, "<form" in shown.text) == (200, True, False)
        assert client.post("/form/ask", {"name": "Mallory", "phone": "+255700000009"}).status_code == 503
        assert client.get("/s/" + "x" * 43).text.count("Not available just now")
        assert client.get("/door/x").text.count("Not available just now")
        with read_session(portal.company.engines) as db:
            assert db.scalar(select(func.count()).select_from(Lead)) == 0
            assert db.scalars(select(OutboxItem.id).where(OutboxItem.topic.like("%kept-post"))).all() == []
        assert set_door(portal, DOOR_ADDRESS) == 303
        assert "<form" in client.get("/form/ask").text
        assert portal.browser("admin").post("/admin/door/close").status_code == 303
        refresh(portal)
        assert (door_of(portal).address, len(door_of(portal).former)) == ("", 2)


def form_page(portal: Portal) -> str:
    head = portal.browser("head")
    fields = {"title": "Ask us", "slug": "ask", "fields": ["name", "phone"], "is_active": "true"}
    head.post("/crm/leads/forms/new", fields)
    answer = head.get("/crm/leads/forms/1")
    assert answer.status_code == 200
    return answer.text


def set_door(portal: Portal, address: str, listen: str = "", *, has_proxy: bool = True) -> int:
    portal.company.has_proxy = has_proxy
    answer = portal.browser("admin").post("/admin/door", {"address": address, "listen": listen})
    refresh(portal)
    return answer.status_code


@pytest.mark.modules("crm")
@pytest.mark.parametrize("backend", ["sqlite"])
class TestSetting:
    """What may be set."""

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("clients.acme.example", "Type an address such as"),
            ("http://192.168.1.20:8081", "your own network"),
            ("http://portal.local", "your own network knows"),
            ("http://intranet", "your own network knows"),
            ("http://portal.test", "People sign in at this name"),
        ],
    )
    def test_an_address_that_can_not_work_is_refused_with_the_reason(
        self, portal: Portal, address: str, words: str
    ) -> None:
        portal.company.own_names = portal.company.own_names | {"portal.test"}
        answer = portal.browser("admin").post("/admin/door", {"address": address})
        assert answer.status_code == 422
        assert words in answer.text
        assert door_of(portal).address == ""

    def test_the_name_by_which_the_administrator_is_here_is_refused(self, portal: Portal) -> None:
        company = portal.company
        company.own_names = frozenset()
        headers = {"origin": "http://here.acme.example:8080", "host": "here.acme.example:8080"}
        answer = portal.browser("admin").post("/admin/door", {"address": "https://here.acme.example"}, headers)
        assert answer.status_code == 422
        assert "People sign in at this name" in answer.text

    def test_without_a_trusted_proxy_clients_need_a_port_of_their_own(self, portal: Portal) -> None:
        assert set_door(portal, DOOR_ADDRESS, has_proxy=False) == 422
        assert "Give clients a port of their own" in portal.browser("admin").post(
            "/admin/door", {"address": DOOR_ADDRESS}
        ).text  # fmt: skip
        for address in ("http://clients.acme.example", "http://93.184.215.14:8080", "https://93.184.215.14"):
            assert set_door(portal, address) == 422, address
        assert door_of(portal).address == ""
        assert set_door(portal, "http://93.184.215.14:8081", f"127.0.0.1:{free_port()}", has_proxy=False) == 303

    def test_a_port_that_is_taken_is_refused(self, portal: Portal) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            assert set_door(portal, DOOR_ADDRESS, listen) == 422
        assert set_door(portal, DOOR_ADDRESS, listen) == 303
        assert set_door(portal, DOOR_ADDRESS, "8080") == 422
        assert door_of(portal).listen == listen

    def test_the_address_and_the_port_of_another_company_are_refused(self, portal: Portal) -> None:
        made = create_company(portal.data, NewCompany(name="globex", profile=PROFILE, modules=()), order=1)
        port = free_port()
        theirs = Door((Address("https", "clients.acme.example", 443),), listen=f"127.0.0.1:{port}", is_set=True)
        made.snapshot = replace(made.snapshot, door=theirs)
        portal.company.neighbours = {"acme": portal.company, "globex": made}
        answer = portal.browser("admin").post("/admin/door", {"address": DOOR_ADDRESS, "listen": str(port)})
        made.engines.dispose()
        assert answer.status_code == 422
        assert "has this address already" in answer.text
        assert "has this port already" in answer.text

    def test_the_page_asks_again_until_the_port_is_open(self, portal: Portal) -> None:
        listen = f"127.0.0.1:{free_port()}"
        assert set_door(portal, DOOR_ADDRESS, listen) == 303
        asks = 'hx-get="/admin/door/state"'
        assert asks in portal.browser("admin").get("/admin/door").text
        portal.company.door_state = listen
        assert asks not in portal.browser("admin").get("/admin/door").text

    def test_what_was_changed_stands_in_the_log(self, portal: Portal) -> None:
        assert set_door(portal, DOOR_ADDRESS) == 303
        with read_session(portal.company.engines) as db:
            line = db.scalars(select(AuditLine).where(AuditLine.action == "core.door.edit")).one()
        assert line.after == {"address": DOOR_ADDRESS, "listen": ""}

    def test_who_is_no_administrator_sees_no_door(self, portal: Portal) -> None:
        for who in ("head", "owner", ""):
            browser = portal.browser(who)
            assert browser.get("/admin/door").status_code == (404 if who else 303)
            assert browser.post("/admin/door", {"address": DOOR_ADDRESS}).status_code in (303, 404)
        assert door_of(portal).address == ""


@pytest.mark.modules("crm", "sales")
class TestOutside:
    """What is behind the door's name on the portal's own port."""

    def test_only_clients_pages_and_what_they_are_made_of_are_there(self, portal: Portal) -> None:
        page = form_page(portal)
        open_door(portal)
        client = Outsider(portal)
        shown = client.get("/form/ask")
        assert shown.status_code == 200
        for path in re.findall(r'(?:href|src)="(/assets/[^"#]+)', shown.text):
            assert client.get(path).status_code == 200, path
        inside = set(re.findall(r'(?:href|src)="(/assets/[^"#]+\.js)', page)) - {"/assets/theme"}
        refused = [path for path in inside if "app-" in path]
        assert refused
        for path in (*refused, "/", "/login", "/hello", "/invite", "/reset", "/forgot", "/account", "/admin", "/inbox",
                     "/api/v1/me", "/api/v1/openapi.json", "/api/v1/docs", "/crm/deals", "/sales/quotes", "/live",
                     "/readyz", "/search", "/files/1", "/door", "/form", "/s", "//login", "/form/../login",
                     "/assets/../login", "/assets/manifest.json", "/FORM/ask"):  # fmt: skip
            assert client.get(path).status_code == 404, path
        assert client.post("/login", {"email": "admin@acme.example", "password": "x"}).status_code == 404
        assert client.get("/healthz").status_code == 200

    def test_nobody_is_known_there(self, portal: Portal) -> None:
        form_page(portal)
        open_door(portal)
        cookie = portal.browser("admin").cookie
        key = portal.api("admin").token
        for headers in ({"cookie": f"__Host-bp={cookie}; bp_443={cookie}"}, {"authorization": f"Bearer {key}"}):
            for path in ("/", "/admin/door", "/api/v1/me", "/crm/deals"):
                assert Outsider(portal).get(path, headers).status_code == 404

    @pytest.mark.parametrize("host", ["clients.acme.example:8080", "CLIENTS.ACME.EXAMPLE", "clients.acme.example."])
    def test_another_spelling_of_the_name_opens_no_more(self, portal: Portal, host: str) -> None:
        open_door(portal)
        assert Outsider(portal).get("/login", {"host": host}).status_code == 404

    def test_a_missing_page_leads_nowhere(self, portal: Portal) -> None:
        open_door(portal)
        page = Outsider(portal).get("/login").text
        assert 'href="/"' not in page
        assert "There is no such page" in page

    def test_people_go_on_as_before_at_their_own_name(self, portal: Portal) -> None:
        open_door(portal)
        assert portal.browser().get("/login").status_code == 200
        assert portal.browser("owner").get("/crm/deals").status_code == 200


@pytest.mark.modules("crm")
class TestTrying:
    """The test from outside."""

    def link(self, portal: Portal) -> str:
        page = portal.browser("admin").post("/admin/door/test")
        assert "data:image/svg+xml" in page.text
        found = re.search(rf'value="{DOOR_ADDRESS}(/door/[\w-]+)"', page.text)
        assert found, page.text
        return found[1]

    def test_somebody_from_outside_opens_the_door_once(self, portal: Portal) -> None:
        open_door(portal, tested=False)
        link = self.link(portal)
        client = Outsider(portal)
        assert "Test now" in client.get(link).text
        assert door_of(portal).tested_at is None
        assert "It works" in client.post(link).text
        refresh(portal)
        assert portal.company.snapshot.info.door == DOOR_ADDRESS
        page = portal.browser("admin").get("/admin/door").text
        assert "Clients can come in" in page
        assert "41.59.12.7" in page
        assert client.get(link).status_code == 404
        assert client.post(link).status_code == 404

    @pytest.mark.parametrize(
        "address", ["192.168.1.50", "127.0.0.1", "10.1.1.1", "100.64.0.9", "::ffff:10.0.0.1", "fd00::5"]
    )
    def test_who_comes_from_the_own_network_shows_nothing_and_is_named(self, portal: Portal, address: str) -> None:
        open_door(portal, tested=False)
        link = self.link(portal)
        answer = Outsider(portal, address).post(link)
        assert "Not from outside yet" in answer.text
        assert address in answer.text
        assert door_of(portal).tested_at is None
        assert address in portal.browser("admin").get("/admin/door/state?waiting=1").text
        assert "It works" in Outsider(portal).post(link).text

    def test_who_comes_from_the_internet_to_the_portals_own_port_opens_nothing(self, portal: Portal) -> None:
        open_door(portal, tested=False)
        link = self.link(portal)
        straight = Outsider(portal, peer=FOREIGN).post(link)
        assert "This is not safe" in straight.text
        assert door_of(portal).tested_at is None
        assert "The whole portal is open to the internet" in portal.browser("admin").get("/admin/door").text
        assert "It works" in Outsider(portal).post(link).text
        open_door(portal, tested=False)
        assert "It works" in Outsider(portal, peer=FOREIGN, at_own_port=True).post(self.link(portal)).text

    def test_the_link_works_nowhere_but_at_the_door(self, portal: Portal) -> None:
        open_door(portal, tested=False)
        link = self.link(portal)
        assert portal.browser().get(link).status_code == 404
        assert portal.browser().post(link).status_code == 404
        for wrong in ("/door/x", f"{link}x", "/door/" + "a" * 300):
            assert Outsider(portal).get(wrong).status_code == 404
            assert Outsider(portal).post(wrong).status_code == 404

    def test_page_of_another_site_can_not_press_the_button(self, portal: Portal) -> None:
        open_door(portal, tested=False)
        link = self.link(portal)
        forged = Outsider(portal).post(link, headers={"origin": "https://evil.example"})
        assert forged.status_code == 403
        assert door_of(portal).tested_at is None


def test_the_address_follows_the_port_that_is_served(portal: Portal) -> None:
    box = Box.open(portal.data)
    port = free_port()
    box.settle(port)
    company = box.get(None)
    assert company.address == f"http://127.0.0.1:{port}"
    assert company.own_ports == {port}
    company.engines.dispose()


@pytest.mark.modules("crm")
@pytest.mark.parametrize("backend", ["sqlite"])
class TestHosts:
    """Host headers that a proxy may read in one way and the portal in another."""

    def test_what_is_not_one_host_reaches_nothing(self, portal: Portal) -> None:
        open_door(portal)
        for host in (
            "clients.acme.example:80:80", "x@clients.acme.example", "clients.acme.example,portal.test",
            "clients.acme.example%00", "clients.acme.example:http", "clients.acme.example/login", "", "[::1", "::1",
            "clients.acme.example:", "clients.acme.example portal.test", "portal.test:80:80",
        ):  # fmt: skip
            for path in ("/login", "/form/ask", "/crm/deals", "/live"):
                answer = Outsider(portal).get(path, {"host": host})
                assert (answer.status_code, "Acme" in answer.text) == (400, False), (host, path)

    def test_ordinary_hosts_are_answered(self, portal: Portal) -> None:
        for host in ("portal.test", "portal.test:8080", "my_portal:80", "[::1]:8080", "192.168.1.2"):
            assert Outsider(portal).get("/login", {"host": host}).status_code == 200, host

    def test_two_hosts_are_none(self, portal: Portal) -> None:
        open_door(portal)
        both = [("host", "portal.test"), ("host", "clients.acme.example")]
        assert portal.client.get("/login", headers=both).status_code == 400  # type: ignore[arg-type]  # pairs do too


@pytest.mark.modules("crm")
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_path_without_a_slash_is_a_missing_page(portal: Portal) -> None:
    for method in ("OPTIONS", "GET"):
        for path in ("*", "", "crm/deals"):
            assert raw_answer(portal, method, path) == 404, (method, path)


def raw_answer(portal: Portal, method: str, path: str) -> int:
    """The status that the application gives to a path as no client library sends it."""
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [(b"host", b"portal.test")],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8080), "extensions": {},
    }  # fmt: skip
    said: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    asyncio.run(portal.app(scope, receive, send))
    return said[0]


@pytest.mark.parametrize(
    ("address", "listen", "has_proxy", "stays"),
    [
        (DOOR_ADDRESS, "", False, False), (DOOR_ADDRESS, "", True, True), (DOOR_ADDRESS, "127.0.0.1:8081", False, True),
        ("http://clients.acme.example", "", True, False), ("https://93.184.215.14", "", True, False),
    ],
)  # fmt: skip
def test_a_door_tested_earlier_that_may_not_be_set_so_any_more_counts_as_untested(
    portal: Portal, address: str, listen: str, *, has_proxy: bool, stays: bool
) -> None:
    open_door(portal, address)
    with write_session(portal.company.engines) as db:
        row = db.get(Setting, DOOR)
        assert row is not None
        row.value = row.value | {"listen": listen}
    portal.company.has_proxy = has_proxy
    refresh(portal)
    snapshot, admin = portal.company.snapshot, portal.browser("admin")
    assert (snapshot.info.door, snapshot.door.is_tested) == (address if stays else "", stays)
    assert (door_of(portal).tested_at is not None) is stays
    assert ("Clients can come in" in admin.get("/admin/door").text) is stays
    assert admin.post("/admin/door/test").status_code == (200 if stays else 409)


def test_documentation_tells_the_recipes_that_the_page_shows(portal: Portal) -> None:
    told = (Path(__file__).resolve().parents[2] / "docs" / "public-door.md").read_text("utf-8")
    recipes = recipes_for(portal.company, Door())
    for recipe in (recipes.caddy, recipes.nginx, recipes.trusted):
        assert f"\n{recipe}\n```" in told
