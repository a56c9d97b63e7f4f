"""A mail server that answers byte by byte, from its greeting on, holds the sender only so long."""

import socket
import threading
import time
from email.message import EmailMessage

import pytest

from boxportal.kernel.outbound import smtp
from boxportal.kernel.outbound.book import Book
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.sdk.errors import NotReached


def drip(listening: socket.socket, first: bytes) -> None:
    connection, _peer = listening.accept()
    with connection:
        try:
            connection.sendall(first)
            for _second in range(80):
                time.sleep(0.1)
                connection.sendall(b"-")
        except OSError:
            return


@pytest.mark.parametrize("first", [b"220", b"220 mail.acme.example\r\n250"], ids=["greeting", "ehlo"])
def test_a_talk_has_its_end_whatever_drips(monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    monkeypatch.setattr(smtp, "ALTOGETHER", 0.5)
    message = EmailMessage()
    message["From"], message["To"] = "a@acme.example", "b@kilimo.example"
    message.set_content("Hello")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=drip, args=(listening, first), daemon=True)
        server.start()
        where = MailSettings(
            host="127.0.0.1", port=listening.getsockname()[1], security="none", sender="a@acme.example"
        )
        began = time.monotonic()
        with pytest.raises(NotReached):
            smtp.send(message, smtp.Sending(where, "", frozenset(), Book()))
        assert time.monotonic() - began < 4
        server.join(timeout=10)
