"""Forgotten passwords, with and without a mail server."""

import re
from datetime import timedelta
from statistics import median
from time import perf_counter

from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import OneTimeLink, ResetRequest
from boxportal.kernel.notify.models import InboxNotice
from boxportal.sdk.clock import shifted
from tests.kernel.people.reading import copied, key_works, token_of, wait_until
from tests.support.portal import PASSWORD, Portal

NEW = "plum harbour ninety two"


def asked(portal: Portal, who: str) -> bool:
    with read_session(portal.company.engines) as db:
        return db.get(ResetRequest, portal.person(who)) is not None


def ask(portal: Portal, who: str) -> None:
    answer = portal.browser().post("/forgot", {"email": f"{who}@acme.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forgot/sent")
    wait_until(lambda: asked(portal, who))


def code_for(portal: Portal, who: str) -> str:
    page = portal.browser("admin").post(f"/admin/help/{portal.person(who)}/code").text
    found = re.search(r'class="code-said">([A-Z0-9]{4} [A-Z0-9]{4})<', page)
    assert found, page
    return found[1]


def link_for(portal: Portal, who: str) -> str:
    return token_of(copied(portal.browser("admin").post(f"/admin/help/{portal.person(who)}/link").text))


def signs_in(portal: Portal, who: str, password: str) -> bool:
    answer = portal.browser().post("/login", {"email": f"{who}@acme.example", "password": password})
    return answer.status_code == 303


def test_administrators_see_the_request_and_answer_with_a_link(portal: Portal) -> None:
    ask(portal, "owner")
    with read_session(portal.company.engines) as db:
        notices = db.scalars(select(InboxNotice).where(InboxNotice.kind == "core.reset")).all()
    assert [notice.person_id for notice in notices] == [portal.person("admin")]
    page = portal.browser("admin").get("/admin/help").text
    assert "Omar Owner" in page
    session, api = portal.browser("owner"), portal.api("owner")
    token = link_for(portal, "owner")
    assert not asked(portal, "owner")
    answer = portal.browser().post("/reset", {"token": token, "password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert session.get("/inbox").status_code == 303, "old sessions die"
    assert not key_works(portal, api.token), "old tokens die"
    assert signs_in(portal, "owner", NEW)
    assert not signs_in(portal, "owner", PASSWORD)


def test_a_code_works_with_the_address_and_once(portal: Portal) -> None:
    code = code_for(portal, "owner")
    typed = code.lower().replace(" ", "-")
    wrong = portal.browser().post("/reset", {"email": "colleague@acme.example", "code": typed, "password": NEW})
    unknown = portal.browser().post("/reset", {"email": "nobody@acme.example", "code": typed, "password": NEW})
    assert wrong.status_code == unknown.status_code == 409
    assert wrong.text.replace("colleague@", "nobody@") == unknown.text
    right = {"email": "Owner@acme.example", "code": typed, "password": NEW}
    assert portal.browser().post("/reset", right).status_code == 303
    assert portal.browser().post("/reset", right).status_code == 409
    assert signs_in(portal, "owner", NEW)


def test_codes_can_not_be_guessed(portal: Portal) -> None:
    code = code_for(portal, "owner")
    values = {"email": "owner@acme.example", "password": NEW}
    tries = [portal.browser().post("/reset", values | {"code": f"AAAA{n:04}"}).status_code for n in range(11)]
    assert tries == [409] * 10 + [429]
    assert portal.browser().post("/reset", values | {"code": code}).status_code == 429
    with shifted(timedelta(minutes=2)):
        assert portal.browser().post("/reset", values | {"code": code}).status_code == 303


def test_only_the_newest_answer_works_and_for_half_an_hour(portal: Portal) -> None:
    old, code = link_for(portal, "owner"), code_for(portal, "owner")
    assert portal.browser().post("/reset", {"token": old, "password": NEW}).status_code == 409
    with shifted(timedelta(minutes=31)):
        late = {"email": "owner@acme.example", "code": code, "password": NEW}
        assert portal.browser().post("/reset", late).status_code == 409
    newest = link_for(portal, "owner")
    assert portal.browser().post("/invite", {"token": newest, "name": "X", "password": NEW}).status_code == 409
    assert portal.browser().post("/reset", {"token": newest, "password": NEW}).status_code == 303


def test_a_new_mail_address_kills_what_was_made_for_the_old_one(portal: Portal) -> None:
    token = link_for(portal, "owner")
    values = {"name": "Omar Owner", "email": "omar@acme.example", "roles": "1", "teams": "1"}
    portal.browser("admin").post(f"/admin/people/{portal.person('owner')}", values)
    assert portal.browser().post("/reset", {"token": token, "password": NEW}).status_code == 409


def test_the_answer_is_the_same_whether_the_name_exists_or_not(portal: Portal) -> None:
    times: dict[str, list[float]] = {"owner": [], "nobody": []}
    answers = set()
    for number in range(8):
        for who, seconds in times.items():
            with shifted(timedelta(hours=number)):
                begun = perf_counter()
                answer = portal.browser().post("/forgot", {"email": f"{who}@acme.example"})
                seconds.append(perf_counter() - begun)
            answers.add((answer.status_code, answer.headers["location"], answer.text))
    assert len(answers) == 1
    assert abs(median(times["owner"]) - median(times["nobody"])) < 0.02


def test_asking_too_often_waits_for_known_and_unknown_alike(portal: Portal) -> None:
    for who in ("owner", "nobody"):
        codes = [portal.browser().post("/forgot", {"email": f"{who}@acme.example"}).status_code for _ in range(6)]
        assert codes == [303] * 5 + [429]


def test_who_left_or_has_not_come_yet_gets_no_help(portal: Portal) -> None:
    portal.browser("admin").post(f"/admin/people/{portal.person('stranger')}/leave")
    portal.browser().post("/forgot", {"email": "stranger@acme.example"})
    ask(portal, "owner")
    assert not asked(portal, "stranger")
    assert portal.browser("admin").post(f"/admin/help/{portal.person('stranger')}/code").status_code == 409


def test_the_database_alone_tells_no_link_and_no_code(portal: Portal) -> None:
    token, code = link_for(portal, "owner"), code_for(portal, "colleague")
    with read_session(portal.company.engines) as db:
        rows = db.scalars(select(OneTimeLink)).all()
    kept = " ".join(row.token_hash for row in rows)
    assert token not in kept
    assert code.replace(" ", "") not in kept.upper()


def test_only_administrators_answer_requests(portal: Portal) -> None:
    for who in ("head", "owner"):
        for act in ("link", "code", "dismiss"):
            assert portal.browser(who).post(f"/admin/help/{portal.person('admin')}/{act}").status_code == 404


def test_a_link_never_comes_from_the_host_header(portal: Portal) -> None:
    answer = portal.client.post(
        f"/admin/help/{portal.person('owner')}/link",
        data={"_csrf": _token(portal)},
        headers={"host": "evil.test:8080", "origin": "http://evil.test:8080",
                 "cookie": f"bp_8080={portal.browser('admin').cookie}"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "evil.test" not in answer.text


def _token(portal: Portal) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', portal.browser("admin").get("/admin/people/new").text)
    assert found
    return found[1]
