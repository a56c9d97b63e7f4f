"""What the installer's tests share."""

import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def free_listener() -> Iterator[int]:
    """A port that this process listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])
