"""R9: how long a wrong password is thought about for an account that there is, beside one that there is not."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlalchemy import select, update

from benchmarks.asked import Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.load import drive, finished, request
from benchmarks.places import PEOPLE, Place
from benchmarks.servers import Server, portal
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.passwords import hash_password

BAR = 20.0
# An account may be tried ten times; each try comes from an address of its own, as a proxy that is trusted tells it.
PER_ACCOUNT, EACH_ROUND = 9, 15
PROXY = 'trusted_proxies = ["127.0.0.1"]\n'
WRONG = 422


@dataclass
class Side:
    """The tries at one kind of account: how long each took, and what the server worked for it, in milliseconds."""

    times: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def measure(asked: Asked) -> Iterator[Figure]:
    for database in asked.databases:
        place = asked.places.changeable(asked.places.company(database, 0))
        emails = give_passwords(place)
        with portal(place.data, threads=asked.threads, settings=PROXY) as server:
            there, nowhere = in_turns(server, emails, min(asked.rounds * EACH_ROUND, PEOPLE * PER_ACCOUNT))
        note = f"medians {there.median:.1f} and {nowhere.median:.1f} ms of {len(there.times)} tries each"
        gap = abs(there.median - nowhere.median)
        yield at_most("R9", f"known beside unknown account, {database}", gap, BAR, unit="ms", note=note)
        work = abs(statistics.mean(there.work) - statistics.mean(nowhere.work))
        note = f"{statistics.mean(there.work):.1f} and {statistics.mean(nowhere.work):.1f} ms each"
        yield known("R9", "the same by processor time", work, unit="ms", note=note)


def give_passwords(place: Place) -> list[str]:
    """All people get one and the same password; their addresses."""
    company = Box.open(place.data).get(None)
    with write_session(company.engines) as db:
        db.change(update(Person).values(password_hash=hash_password("a password of nobody's")))
        emails = list(db.scalars(select(Person.email)))
    company.engines.dispose()
    return emails


def in_turns(server: Server, emails: list[str], times: int) -> tuple[Side, Side]:
    """A known account, an unknown one, and so on, the first of each not counted."""
    there, nowhere = Side(), Side()
    for n in range(times + 1):
        for number, (side, email) in enumerate(
            ((there, emails[n % len(emails)]), (nowhere, f"nobody{n}@bench.example"))
        ):
            took, worked = tried(server, email, f"203.0.{n % 250}.{number + 1}")
            if n:
                side.times.append(took)
                side.work.append(worked)
    return there, nowhere


def tried(server: Server, email: str, address: str) -> tuple[float, float]:
    """One try with a wrong password.

    Raises: RuntimeError when it is answered otherwise than by "wrong": throttled ones are answered quicker.
    """
    headers = (
        ("Origin", "http://127.0.0.1"), ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Forwarded-For", address),
    )  # fmt: skip
    sent = request("POST", "/login", headers, urlencode({"email": email, "password": "wrong"}).encode())
    before = server.cpu_seconds
    run = finished(lambda: drive(server.port, lambda _: sent, clients=1, seconds=0, most=1))
    if run.statuses != {WRONG: 1}:
        raise RuntimeError(f"a wrong password was answered {run.statuses}: {run.last[:500]!r}")
    return run.times[0] * 1000, (server.cpu_seconds - before) * 1000
