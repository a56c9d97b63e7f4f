"""Whether the installed service answers."""

import http.client
import ssl
import time

from boxportal.cli.installing.refused import Refused

SECONDS = 60
PAUSE = 0.2
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 where to ask, when it listens everywhere
WELL = 200


def wait_until_serving(listen: str, *, encrypted: bool, seconds: float = SECONDS) -> None:
    """Ask `/healthz` until it answers.

    Raises: Refused when it does not in time.
    """
    until = time.monotonic() + seconds
    while not answers(listen, encrypted=encrypted):
        if time.monotonic() > until:
            raise Refused(1, "The service does not answer. It says why: journalctl -u boxportal -n 50")
        time.sleep(PAUSE)


def answers(listen: str, *, encrypted: bool) -> bool:
    """Whether `/healthz` says yes now. Who answers there is not the question, so the certificate is not looked at."""
    host, _, port = listen.rpartition(":")
    where = EVERYWHERE.get(host, host).strip("[]")
    if encrypted:
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 the documented way (PEP 476)
        asking: http.client.HTTPConnection = http.client.HTTPSConnection(where, int(port), timeout=5, context=context)
    else:
        asking = http.client.HTTPConnection(where, int(port), timeout=5)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == WELL
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()
