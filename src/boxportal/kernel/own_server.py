"""Asks the server of a data folder, on this machine: whether it serves, and whether all is ready.

The server says where it answers (`serving.json` in the data folder), so that nobody has to guess a port or a scheme.
"""

import http.client
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from boxportal.kernel.config import load_config
from boxportal.kernel.durable import write_whole

FILE = "serving.json"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 where such a server is asked
SECONDS = 5.0
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
MOST_BYTES = 100_000


class Serving(BaseModel):
    """Where a server answers, in its own words."""

    process: int
    host: str
    port: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: `status` is None when it could not be asked, and `said` then tells why."""

    status: int | None
    milliseconds: int = 0
    body: str = ""
    said: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.status == http.HTTPStatus.OK


def is_tls(mode: str) -> bool:
    """Whether the server itself encrypts, so that it is asked under https."""
    return mode not in ("off", "proxy")


def say_serving(data: Path, host: str, port: int, *, tls: bool) -> None:
    """Note where this process answers. A disk that takes nothing more does not keep it from serving."""
    with suppress(OSError):
        said = Serving(process=os.getpid(), host=host, port=port, tls=tls)
        write_whole(data / FILE, said.model_dump_json())


def where(data: Path) -> Serving:
    """Where the server of this data folder answers: as it said itself, else as it is configured.

    Raises: RuleBroken when it has to be read from the settings, and these are wrong.
    """
    with suppress(OSError, ValidationError):
        return Serving.model_validate_json((data / FILE).read_bytes())
    config = load_config(data)
    host, _colon, port = config.box.listen.rpartition(":")
    return Serving(process=0, host=host.strip("[]"), port=int(port), tls=is_tls(config.tls.mode))


def ask(
    data: Path, path: str = "/healthz", *, seconds: float = SECONDS, headers: Mapping[str, str] = NO_HEADERS
) -> Answer:
    """GET a path of the own server, under http or https.

    Its certificate is not checked: it is this machine's own port, nothing secret is sent, and a certificate that has
    expired must not look like a server that is down.
    """
    at = where(data)
    name = load_config(data).box.names[0]
    began = time.monotonic()
    connection = _connection(at, seconds)
    try:
        connection.request("GET", path, headers={"Host": name, "Accept": "application/json", **headers})
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, said=str(error) or type(error).__name__)
    finally:
        connection.close()
    found = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, round((time.monotonic() - began) * 1000), body, headers=found)


def ask_until_ready(data: Path, *, seconds: float, path: str = "/readyz", pause: float = 0.2) -> Answer:
    """Ask until the answer is good or the time is up; the last answer either way."""
    end = time.monotonic() + seconds
    while True:
        answer = ask(data, path)
        if answer.is_good or time.monotonic() >= end:
            return answer
        time.sleep(pause)


def what_is_not_ready(answer: Answer) -> list[str]:
    """The parts that `/readyz` names as not ready."""
    try:
        parts = json.loads(answer.body)["parts"]
    except (ValueError, LookupError, TypeError):
        return []
    return [str(name) for name, is_ready in parts.items() if not is_ready]


def _connection(at: Serving, seconds: float) -> http.client.HTTPConnection:
    host = EVERYWHERE.get(at.host, at.host)
    if not at.tls:
        return http.client.HTTPConnection(host, at.port, timeout=seconds)
    import ssl  # noqa: PLC0415 3 MB that most boxes' commands do without

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # as told in `ask`
    return http.client.HTTPSConnection(host, at.port, timeout=seconds, context=context)
