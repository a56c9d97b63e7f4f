"""What commands act with: the company of the command line, and the system's user as the one who acts."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from boxportal.cli.output import Globals
from boxportal.cli.upgrading import upgrade_now
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.module import KERNEL
from boxportal.kernel.search.index import make_tables
from boxportal.kernel.services import Services
from boxportal.kernel.state import read_snapshot
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.web.render import render
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import Busy, Invalid, RuleBroken

GOES_ON = "An upgrade goes on. See: boxportal upgrade status"
RETRY_SECONDS = 15


def system_actor() -> Actor:
    """The system's user who runs the command; the audit log names them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return Actor(kind="system", id=None, name=f"{name} (command line)")


@contextmanager
def boxed(options: Globals, *, opens_databases: bool = True) -> Iterator[Box]:
    """The box of the data folder that the options name. Who opens no database may look during an upgrade, too.

    Raises: Busy while an upgrade goes on; RuleBroken when one was broken off.
    """
    if opens_databases:
        require_no_upgrade()
    box = Box.open(options.data)
    try:
        yield box
    finally:
        box.close()


def require_no_upgrade() -> None:
    """See that nobody's data is being upgraded: what is written now could be lost, and who reads keeps it open.

    Raises: Busy while an upgrade goes on; RuleBroken when one was broken off.
    """
    if upgrade_now() is not None:
        raise Busy(GOES_ON, RETRY_SECONDS)


@contextmanager
def opened(options: Globals) -> Iterator[Company]:
    """The company that the options name, as it is now."""
    with boxed(options) as box:
        company = box.get(options.company)
        company.snapshot = read_snapshot(company, KERNEL)
        yield company


def acting_in(company: Company) -> Acting:
    return Acting(company, system_actor(), render)


@contextmanager
def reading(company: Company) -> Iterator[ReadCtx]:
    """A read transaction of the system's user."""
    services = Services(company, company.snapshot, render)
    with read_session(company.engines) as db:
        yield ReadCtx(company=company.snapshot.info, actor=system_actor(), now=utcnow(), services=services, db=db)


def make_searchable(company: Company) -> None:
    """Make the search's tables, which a server would have made, so that what is written is found."""
    with company.engines.writer.begin() as connection:
        make_tables(connection, company.snapshot.search)


@contextmanager
def changing(company: Company, *, dry_run: bool) -> Iterator[Ctx]:
    """A write transaction of the system's user. With `dry_run` all is checked and done, and then undone."""
    make_searchable(company)
    with writing(company.engines) as session, session.begin() as transaction:
        ctx = acting_in(company).ctx(WriteSession(session), company.snapshot)
        yield ctx
        if dry_run:
            session.flush()
            transaction.rollback()


def database_url(text: str) -> URL:
    """Read a database's URL.

    Raises: Invalid.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Invalid({"--database": "is no URL of a database: postgresql+psycopg://user@host/name"}) from error
    if url.get_backend_name() != "postgresql":
        raise Invalid({"--database": "must be a Postgres database"})
    return url


def confirm(options: Globals, question: str) -> None:
    """Go on only when the person agrees, or said so before.

    Raises: Invalid when nobody can be asked; RuleBroken when they decline.
    """
    if options.yes:
        return
    if options.no_input or not sys.stdin.isatty():
        raise Invalid({"--yes": "is needed, because nobody can be asked here"})
    if not typer.confirm(question, err=True):
        raise RuleBroken("Nothing was changed.")


def read_secret(name: str, *, from_stdin: bool, no_input: bool) -> str:
    """A password or key: from standard input, or typed unseen. It never stands on the command line.

    Raises: Invalid when it was not given and nobody can be asked.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if no_input or not sys.stdin.isatty():
        raise Invalid({f"--{name}-stdin": "is needed, because nobody can be asked here"})
    return str(typer.prompt(name.capitalize(), hide_input=True, confirmation_prompt=name == "password", err=True))
