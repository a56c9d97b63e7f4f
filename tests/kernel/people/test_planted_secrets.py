"""Secrets that people use are planted, and then looked for wherever something is kept or said."""

import re

import pytest
from sqlalchemy import MetaData, select

from tests.kernel.people.reading import copied, token_of, wait_until
from tests.support.mail_server import serving
from tests.support.portal import PASSWORD, Portal

NEW = "plum harbour ninety two"
SMTP_SECRET = "smtp planted secret 99"
WRONG = "wrong planted guess 77"


def plant(portal: Portal) -> dict[str, str]:
    """Use every kind of secret once, rightly and wrongly; returns them by name."""
    admin, owner = portal.browser("admin"), portal.browser("owner")
    invited = admin.post("/admin/people/new", {"name": "Nia", "email": "nia@acme.example", "roles": "1", "teams": "1"})
    link = token_of(copied(admin.post(f"/admin/help/{portal.person('head')}/link").text))
    page = admin.post(f"/admin/help/{portal.person('stranger')}/code").text
    code = re.findall(r'class="code-said">([A-Z0-9 ]+)<', page)[0]
    key = copied(owner.post("/account/keys", {"name": "Shop", "scopes": ["all:read"], "days": "30"}).text)
    portal.browser().post("/login", {"email": "owner@acme.example", "password": WRONG})
    portal.browser().post("/reset", {"token": link, "password": NEW})
    portal.browser().post("/reset", {"token": "planted-wrong-token", "password": NEW})
    portal.browser().post("/reset", {"email": "stranger@acme.example", "code": "ABCD EFGH", "password": NEW})
    owner.post("/account/password", {"current": WRONG, "password": NEW})
    for header in ({"authorization": f"Bearer {key}"}, {"authorization": "Bearer bp_planted-wrong"}):
        portal.client.get("/api/v1/nothing", headers=header)
    portal.client.get("/inbox", headers={"cookie": "bp_8080=planted-wrong-cookie"}, follow_redirects=False)
    return {
        "invitation": token_of(copied(invited.text)), "link": link, "code": code, "bare code": code.replace(" ", ""),
        "key": key, "cookie": owner.cookie, "password": PASSWORD, "new password": NEW, "guess": WRONG,
        "smtp": SMTP_SECRET, "wrong key": "planted-wrong",
    }  # fmt: skip


def everything_kept(portal: Portal) -> str:
    """All rows of all tables, as text."""
    engine, found = portal.company.engines.reader, []
    with engine.connect() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            found += [repr(tuple(row)) for row in connection.execute(select(*table.columns))]
    return "\n".join(found)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # the search's own tables are reflected without types
def test_no_planted_secret_is_kept_or_said_in_clear(portal: Portal, capfd: pytest.CaptureFixture[str]) -> None:
    with serving() as server:
        settings = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "user": "portal",
                    "password": SMTP_SECRET, "sender": "portal@acme.example"}  # fmt: skip
        assert portal.browser("admin").post("/admin/mail", settings).status_code == 303
        portal.browser("admin").post("/admin/mail/test", {"to": "a@b.example"})
        planted = plant(portal)
        wait_until(lambda: "does not offer" in everything_kept(portal))
    kept = everything_kept(portal)
    assert "core.person.invite" in kept, "the audit log was really read"
    browser = portal.browser("admin")
    pages = "".join(browser.get(path).text for path in ("/admin/audit", "/admin/mail", "/admin/people", "/admin/help",
                                                        "/account/keys", "/inbox", "/nothing"))  # fmt: skip
    said = "".join(capfd.readouterr())
    for name, secret in planted.items():
        assert secret not in kept, f"{name} is in the database"
        assert secret not in pages, f"{name} is on a page"
        assert secret not in said, f"{name} is in the log"
