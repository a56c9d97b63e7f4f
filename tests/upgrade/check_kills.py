"""Kills upgrades and rollbacks at random moments, and sees that they end in a whole state: by hand, not a test.

python -m tests.upgrade.check_kills [NUMBER]
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import inspect, select
from tests.support.bundles import manifest_of, write_to
from tests.support.releases import NEW, OLD, QuickMachine, bare_release

from boxportal.kernel.bundle.keys import SigningKey
from boxportal.kernel.companies import Box
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Team
from boxportal.kernel.state import CompanyProfile
from boxportal.kernel.upgrade import walk
from boxportal.kernel.upgrade.change import Change
from boxportal.kernel.upgrade.journal import Journal, read_journal
from boxportal.kernel.upgrade.program import VARIABLE, Program
from boxportal.sdk.errors import RuleBroken

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def state_of(data: Path) -> tuple[bool, frozenset[str]]:
    """Whether the tables are the newer ones, and the teams."""
    company = Box.open(data).get(None)
    with company.engines.reader.connect() as connection:
        newer = inspect(connection).has_table("core_probe")
    with read_session(company.engines) as db:
        teams = frozenset(db.scalars(select(Team.name)))
    company.engines.dispose()
    return newer, teams


def write_team(data: Path, name: str) -> None:
    company = Box.open(data).get(None)
    with write_session(company.engines) as db:
        db.add(Team(name=name))
    company.engines.dispose()


def walk_and_die(change: Change, seconds: float) -> bool:
    """Walk in a process that is killed after so many seconds; True when it was, False when it had ended before."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            walk.go(change)
        os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def end_it(machine: QuickMachine) -> str:
    """Resume until it is over, being killed in that too now and then; the phase that was found first."""
    journal = read_journal(machine.program.journal)
    first = f"{journal.phase} {journal.step}" if journal else "nothing"
    for _ in range(50):
        journal = read_journal(machine.program.journal)
        if journal is None or (journal.is_over and not journal.step):
            return first
        change = Change(machine, journal, lambda *_: None, patience=0)
        child = os.fork()
        if child == 0:
            with suppress(RuleBroken):
                walk.resume(change)
            os._exit(0)
        if random.random() < 0.3:  # noqa: S311 no secret
            time.sleep(random.uniform(0, 0.3))  # noqa: S311
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    raise AssertionError(f"it does not end: {journal}")


def one(folder: Path, template: Path) -> str:
    """One upgrade that is killed, and where it ended one rollback that is. Says at which steps."""
    program = Program(folder / "program")
    os.environ[VARIABLE] = str(program.root)
    program.use(bare_release(program, OLD))
    data = folder / "data"
    shutil.copytree(template, data)
    write_to(folder / "new.bundle", folder / "files", manifest_of(folder / "files", NEW), KEY)
    machine = QuickMachine(program, data)
    before = state_of(data)
    change = Change(machine, Journal(former=OLD, wanted=NEW), lambda *_: None, folder / "new.bundle", [KEY.public], 0)
    walk_and_die(change, random.uniform(0, 0.9))  # noqa: S311
    found = end_it(machine)
    newer, teams = state_of(data)
    assert teams == before[1], (found, teams)
    assert program.current().version == (NEW if newer else OLD), found
    if newer:
        write_team(data, "Since")
        back = Change(machine, Journal(act="rollback", former=NEW, wanted=OLD), lambda *_: None, patience=0)
        walk_and_die(back, random.uniform(0, 0.6))  # noqa: S311
        found += f" | {end_it(machine)}"
        newer, teams = state_of(data)
        assert ("Since" in teams) == newer, found
        assert program.current().version == (NEW if newer else OLD), found
    assert not list((data / "companies" / "acme").glob("*.tmp")), found
    return found


def main() -> None:
    """Try it so often, and print how often each step was hit."""
    hit: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "template"
        profile = CompanyProfile(title="Acme")
        create_company(template, NewCompany(name="acme", profile=profile, modules=()), order=0).engines.dispose()
        for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 100):
            folder = Path(name) / str(number)
            hit[one(folder, template)] += 1
            shutil.rmtree(folder)
    for found, times in hit.most_common():
        print(f"{times:4}  {found}")


if __name__ == "__main__":
    main()
