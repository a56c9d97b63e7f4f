"""While an upgrade goes on everybody is told to wait; the release that is tried lets its examiner in, and then all."""

import hashlib

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from boxportal.kernel.upgrade.journal import RELEASE_HEADER, TOKEN_HEADER, Journal
from boxportal.kernel.upgrade.standstill import Standstill, Tried

BASE = "http://portal.test"


@pytest.mark.parametrize(("language", "words"), [("en", "upgraded"), ("ru", "обновл"), ("sw", "Tovuti")])
def test_page_says_in_the_readers_language_to_wait(language: str, words: str) -> None:
    answer = TestClient(Standstill(), base_url=BASE).get("/crm/deals", headers={"accept-language": language})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "15"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert words in answer.text
    assert f'lang="{language}"' in answer.text


def test_programs_get_a_problem_and_every_method_is_refused() -> None:
    client = TestClient(Standstill(), base_url=BASE)
    answer = client.post("/api/v1/crm/deals", json={})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert client.get("/healthz").status_code == 503


def test_socket_of_a_page_is_told_to_come_back() -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        TestClient(Standstill(), base_url=BASE).websocket_connect("/live"),
    ):
        pass
    assert closed.value.code == 1012


def test_tried_release_lets_the_examiner_in_and_everybody_once_it_is_done() -> None:
    journal = Journal(former="1.0", wanted="1.1", phase="trying", examiner=hashlib.sha256(b"secret").hexdigest())
    client = TestClient(Tried(PlainTextResponse("here"), "1.1", lambda: journal), base_url=BASE)
    assert client.get("/").status_code == 503
    assert client.get("/", headers={TOKEN_HEADER: "wrong"}).status_code == 503
    examined = client.get("/", headers={TOKEN_HEADER: "secret"})
    assert (examined.text, examined.headers[RELEASE_HEADER]) == ("here", "1.1")
    journal = journal.model_copy(update={"phase": "done"})
    opened = client.get("/")
    assert opened.text == "here"
    assert RELEASE_HEADER not in opened.headers
