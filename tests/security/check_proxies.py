"""The recipes of the documentation, as they stand there, with real proxies: nginx and Caddy.

No part of the usual run, for neither program is needed else: `pytest tests/security/check_proxies.py`, as root, with
nginx and caddy installed (a folder with their programs in PATH does).
"""

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from tests.conftest import Template, company_copy
from tests.security.test_outside_host import Site, form_and_quote, hidden, until
from tests.support.mail_server import certificate
from tests.support.netns import BOX, OUTSIDE, Answer, Ask, two_hosts
from tests.support.portal import PASSWORD

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import SignInSession
from boxportal.modules.crm import submitting
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.sales.models.orders import Order

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLIENTS, PORTAL = "clients.acme.example", "portal.acme.example"
CONFIG = f"""[box]
listen = "127.0.0.1:8080"
names = ["{PORTAL}"]
trusted_proxies = ["127.0.0.1"]

[tls]
mode = "proxy"
"""
FORGED = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
          "Forwarded": "for=10.1.2.3;host=evil.example"}  # fmt: skip
LIVE = """
import socket, ssl, sys
from websockets.sync.client import connect
to, name, cookie = sys.argv[1:]
line = socket.create_connection((to, 443), timeout=10)
with connect(f"wss://{name}/live", sock=line, server_hostname=name, ssl=ssl._create_unverified_context(),
             origin=f"https://{name}", additional_headers={"cookie": cookie}) as live:
    print(live.recv(timeout=10))
"""


def recipe(page: str, heading: str, name: str) -> str:
    """The settings that stand under a heading of a page of the documentation."""
    text = (DOCS / page).read_text("utf-8")
    found = [block for block in re.findall(rf"#+ {heading}\n.*?```\n(.*?)```", text, re.DOTALL) if name in block]
    assert found, f"{page} has no recipe for {heading}"
    return str(found[0])


def nginx(folder: Path, tls: tuple[Path, Path]) -> list[str]:
    """Settings of nginx around the recipes, which a distribution brings; the command that runs it."""
    blocks = recipe("public-door.md", "nginx", CLIENTS) + recipe("install.md", "nginx", PORTAL)
    blocks = re.sub(r"(ssl_certificate +)\S+;", rf"\1{tls[0]};", blocks)
    blocks = re.sub(r"(ssl_certificate_key +)\S+;", rf"\1{tls[1]};", blocks)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{blocks}}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def caddy(folder: Path, tls: tuple[Path, Path]) -> list[str]:
    """As for nginx. A certificate of our own takes the place of one that the internet gives."""
    blocks = recipe("public-door.md", "Caddy", CLIENTS) + recipe("install.md", "Caddy", PORTAL)
    blocks = re.sub(r"^(\S+ \{)$", rf"\1\n    tls {tls[0]} {tls[1]}", blocks, flags=re.MULTILINE)
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    skip_install_trust\n}}\n{blocks}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = {"nginx": nginx, "caddy": caddy}


@dataclass
class Behind(Site):
    """The box behind a proxy: clients and people alike come encrypted to its port 443."""

    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, headers: dict[str, str], body: str, name: str) -> Answer:
        sent = Ask(method, path, {"Host": name, "Origin": f"https://{name}"} | headers, body, tls=name)
        return self.outside.ask_all([sent], BOX, 443)[0]

    def get(self, path: str, headers: dict[str, str] | None = None, name: str = CLIENTS) -> Answer:
        return self.ask("GET", path, headers or {}, "", name)

    def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None, name: str = CLIENTS
    ) -> Answer:
        return self.ask("POST", path, headers or {}, urlencode(fields), name)


@pytest.fixture(params=PROXIES)
def behind(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Behind]:
    if shutil.which(request.param) is None:
        raise RuntimeError(f"{request.param} is missing")
    certificate(tmp_path / "tls")
    folder = tmp_path / "proxy"
    folder.mkdir()
    command = PROXIES[request.param](folder, (tmp_path / "tls" / "trusted.pem", tmp_path / "tls" / "private.pem"))
    with two_hosts() as (box, outside), company_copy("sqlite", request, tmp_path / "data", templates) as (data, cast_):
        (data / "boxportal.toml").write_text(CONFIG, "utf-8")
        site = Behind(data, cast_, box, outside)
        with (tmp_path / "log").open("w") as output:
            serve = (sys.executable, "-m", "boxportal", "serve", "--data", str(data))
            processes = [box.start(*serve, stdout=output, stderr=output)]
            processes.append(box.start("env", f"HOME={folder}", *command, stdout=output, stderr=output))
        try:
            until(lambda: site.get("/login", name=PORTAL).status == 200, tmp_path / "log")
            yield site
        finally:
            for process in processes:
                process.terminate()
                process.wait(30)


def open_the_door(site: Behind) -> None:
    site.command("door", "set", f"https://{CLIENTS}", "--listen", "127.0.0.1:8081")
    until(lambda: site.get("/healthz").status == 200)
    found = re.search(rf"https://{CLIENTS}(/door/\S+)", site.command("door", "test"))
    assert found
    assert site.get(found[1], FORGED).status == 200
    assert "It works" in site.post(found[1], {}, FORGED).body
    shown = site.command("door", "show")
    assert f"Links for clients begin with: https://{CLIENTS}" in shown
    assert f"from {OUTSIDE}, which is outside" in shown


def clients_get_theirs(site: Behind) -> None:
    link = form_and_quote(site, f"https://{CLIENTS}")
    until(lambda: site.get("/form/ask").status == 200)
    page = site.get("/form/ask").body
    time.sleep(submitting.FASTEST.total_seconds() + 0.3)  # as a person, who needs a moment
    fields = {"_once": hidden(page, "_once"), "_stamp": hidden(page, "_stamp"), "name": "Asha",
              "email": "asha@kilimo.example", "request": "Three pumps"}  # fmt: skip
    assert site.post("/form/ask", fields, FORGED).status == 303
    page = site.get(link).body
    for file in re.findall(r'(?:href|src)="(/assets/[^"#]+)', page):
        assert site.get(file).status == 200, file
    assert site.post(f"{link}/accept", {"name": "Neema Mushi"}).status == 303
    with site.portal() as portal, read_session(portal.company.engines) as db:
        lead = db.scalars(select(Lead).where(Lead.email == "asha@kilimo.example")).one()
        assert (lead.address_from, lead.status) == (OUTSIDE, "new")
        assert db.scalars(select(Order)).one().accepted_by == "Neema Mushi"


def clients_get_nothing_else(site: Behind) -> None:
    for path in ("/", "/login", "/hello", "/admin", "/api/v1/me", "/readyz", "/crm/deals", "/search"):
        for headers in ({}, FORGED, {"X-Forwarded-Host": PORTAL}):
            assert site.get(path, headers).status == 404, (path, headers)


def people_work(site: Behind) -> None:
    """Sign in, as seen from outside; live updates; a file larger than the proxy's own limit would be."""
    signed = site.post("/login", {"email": "owner@acme.example", "password": PASSWORD}, FORGED, name=PORTAL)
    assert signed.status == 303, signed.body
    cookie = signed.headers.get("set-cookie", signed.headers.get("Set-Cookie", "")).partition(";")[0]
    assert cookie.startswith("__Host-bp="), signed.headers
    with site.portal() as portal, read_session(portal.company.engines) as db:
        assert db.scalars(select(SignInSession.address)).all() == [OUTSIDE]
    assert "unread" in site.outside.run(sys.executable, "-c", LIVE, BOX, PORTAL, cookie)
    page = site.get("/crm/leads/new", {"Cookie": cookie}, name=PORTAL).body
    csrf = page.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    made = site.post("/crm/leads/new", {"title": "Pumps", "_csrf": csrf}, {"Cookie": cookie}, name=PORTAL)
    assert made.status == 303, made.body
    lead = made.headers.get("location", made.headers.get("Location", "")).rpartition("/")[2]
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n' + "x" * (5 << 20)
    body = part + "\r\n--b--\r\n"
    sent = {"Cookie": cookie, "X-CSRF-Token": csrf, "Content-Type": "multipart/form-data; boundary=b",
            "Content-Length": str(len(body))}  # fmt: skip
    assert site.ask("POST", f"/records/crm.lead/{lead}/files", sent, body, PORTAL).status == 303


@pytest.mark.modules("crm", "sales")
def test_recipes_let_clients_and_people_in_each_where_they_belong(behind: Behind) -> None:
    open_the_door(behind)
    clients_get_theirs(behind)
    clients_get_nothing_else(behind)
    people_work(behind)
