"""Names that are markup stay names, on every page that shows them."""

from html import escape

from boxportal.kernel.database.engines import write_session, writing
from boxportal.kernel.identity.models import Person, Role, Team
from boxportal.sdk.context import Notice
from tests.support.portal import Portal
from tests.support.routes import reading_paths

MARK = "<img src=x onerror=alert(1)>\"'{{7*7}}</script>"


def test_markers_are_escaped_on_all_pages(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        for who in ("owner", "admin"):
            person = db.get(Person, portal.person(who))
            assert person is not None
            person.name = f"{who} {MARK}"
        db.add_all([Role(title=f"Role {MARK}"), Team(name=f"Team {MARK}", head_id=portal.person("owner"))])
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session, "owner")
        ctx.notify(Notice(to=portal.person("admin"), kind="core.reminder", text="%(x)s", values={"x": MARK}, url="/"))
    admin = portal.browser("admin")
    admin.post("/account/keys", {"name": MARK, "scopes": ["all:read"], "days": "30"})
    admin.post("/admin/company", {"title": f"Firm {MARK}", "address": MARK})
    portal.browser("owner").post("/account", {"name": f"owner {MARK}", "language": "en", "timezone": "UTC"})
    shown = 0
    for path in [*reading_paths(portal), f"/admin/people/{portal.person('owner')}", "/login?next=" + MARK,
                 "/admin/people?q=" + MARK, "/admin/audit?action=" + MARK, "/search?q=" + MARK]:  # fmt: skip
        answer = admin.get(path)
        assert answer.status_code < 500, path
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert MARK not in answer.text, path
        assert "<img src=x" not in answer.text, path
        assert "49</script>" not in answer.text, path
        shown += escape("<img src=x") in answer.text
    assert shown > 10, "the marker must really be on the pages"


def test_errors_say_codes_of_ours_and_never_text_of_the_address(portal: Portal) -> None:
    for path in ("/login", "/forgot", "/reset", "/invite", "/hello"):
        page = portal.browser().get(f"{path}?error=MARKER1&message=MARKER2&email=MARKER3").text
        assert "MARKER" not in page
