"""Companies to measure on: made as the product makes them, filled in bulk, with people who are signed in."""

import secrets
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from tests.support.postgres import Postgres, running_postgres

from benchmarks.seeding import fill_crm
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.forgery import csrf_token
from boxportal.kernel.identity.arrivals import give_place
from boxportal.kernel.identity.models import ApiToken, Person
from boxportal.kernel.identity.sessions import TOKEN_PREFIX, digest, start_session
from boxportal.kernel.state import CompanyProfile
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession

PEOPLE = 20
DEFAULT = tuple(sorted(entry.id for entry in load_catalog().entries.values() if entry.manifest.default))
PROFILE = CompanyProfile(title="Benchmark", timezone="Africa/Dar_es_Salaam", currency="TZS", country="TZ")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A company on disk, and the secrets of its head, who sees everything, and of an employee in another language."""

    data: Path
    url: str
    key: bytes
    head: str
    employee: str
    token: str

    def signed_in(self, who: str = "head") -> Headers:
        """The headers of a person's browser. The load's Host header names no port, nor does the cookie then."""
        return (("Cookie", f"bp_80={self.head if who == 'head' else self.employee}"),)

    @property
    def posting(self) -> Headers:
        """What the scripts of a page send with a change."""
        return (
            *self.signed_in(),
            ("Origin", "http://127.0.0.1"),
            ("X-CSRF-Token", csrf_token(self.key, self.head)),
        )

    @property
    def bearer(self) -> Headers:
        """The headers of a program."""
        return (("Authorization", f"Bearer {self.token}"), ("Content-Type", "application/json"))


class Places:
    """Makes companies for one run. Those on SQLite lie in `kept`, where a next run may find them again."""

    def __init__(self, passing: Path, kept: Path, server: Postgres | None) -> None:
        self.passing = passing
        self.kept = kept
        self.server = server

    def company(self, database: str, rows: int, modules: tuple[str, ...] = DEFAULT) -> Place:
        """A company with that many leads and deals on `sqlite` or `postgres`."""
        folder = self.kept if database == "sqlite" else self.passing
        data = folder / f"{database}-{rows}-{'-'.join(modules) or 'kernel'}"
        if not (data / "companies").exists():
            made = data.with_suffix(f".{uuid.uuid4().hex[:8]}")
            self._make(made, database, rows, modules)
            made.rename(data)
        box = Box.open(data)
        try:
            return sign_in(data, box.get(None))
        finally:
            box.close()

    def changeable(self, place: Place) -> Place:
        """The same company where it may be changed: on SQLite, whose companies may be kept, a copy."""
        if not place.url.startswith("sqlite"):
            return place
        data = self.passing / f"copy-{uuid.uuid4().hex[:8]}"
        shutil.copytree(place.data, data)
        box = Box.open(data)
        try:
            return sign_in(data, box.get(None))
        finally:
            box.close()

    def empty_database(self, database: str) -> str:
        """The address of a new database for the bare server's own rows."""
        name = f"bare_{uuid.uuid4().hex[:12]}"
        if database == "sqlite":
            return f"sqlite:///{self.passing / name}.db"
        return self._postgres.create(name)

    @property
    def _postgres(self) -> Postgres:
        if self.server is None:
            raise RuntimeError("no Postgres server was started")
        return self.server

    def _make(self, data: Path, database: str, rows: int, modules: tuple[str, ...]) -> None:
        url = "sqlite" if database == "sqlite" else self._postgres.create(f"bench_{uuid.uuid4().hex[:12]}")
        company = create_company(
            data, NewCompany(name="bench", profile=PROFILE, modules=modules, database=url), order=0
        )
        with write_session(company.engines) as db:
            people = add_people(db)
        if rows and "crm" in modules:
            fill_crm(company.engines, rows, people)
        company.engines.dispose()


def add_people(db: WriteSession) -> list[int]:
    """Twenty people in the company's team: one head, the others employees."""
    ids = []
    for number in range(PEOPLE):
        person = Person(
            email=f"person{number}@bench.example", name=f"Person {number:02}", state="active", is_admin=False,
            created_at=utcnow(), language="ru" if number == 1 else "en", timezone=PROFILE.timezone,
        )  # fmt: skip
        db.add(person)
        db.flush()
        give_place(db, person.id, "head" if number == 0 else "employee")
        ids.append(person.id)
    return ids


def sign_in(data: Path, company: Company) -> Place:
    """Give the first two people a session each, and the first one a token."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with write_session(company.engines) as db:
        head = db.scalar(select(func.min(Person.id))) or 0
        cookies = [start_session(db, head + n, utcnow(), agent="benchmark", address="127.0.0.1") for n in (0, 1)]
        db.add(
            ApiToken(
                person_id=head, name="benchmark", scopes=["all:write"], created_at=utcnow(), token_hash=digest(token)
            )
        )
    url = company.engines.url.render_as_string(hide_password=False)
    return Place(data, url, company.key, cookies[0], cookies[1], token)


@contextmanager
def opened(passing: Path, kept: Path, databases: tuple[str, ...]) -> Iterator[Places]:
    """Places, with a Postgres server where one is needed: durable, as at work, and thrown away at the end."""
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres(durable=True)) if "postgres" in databases else None
        yield Places(passing, kept, server)
