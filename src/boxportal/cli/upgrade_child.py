"""What a release does for an upgrade, in a process of its own: `python -m boxportal.cli.upgrade_child VERB DATA`.

Verbs, what they are given on standard input and what they answer on standard output (JSON) are a contract between
versions: verbs are added, never changed. See `boxportal.kernel.upgrade.child`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from boxportal.cli.holding import take_lock
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.backup.verify import proven_backup
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.upgrade import data as states
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.errors import DomainError, RuleBroken

Answer = dict[str, Any]


def look(box: Box, **_: object) -> Answer:
    """What there is: each company with the modules whose tables it has, its revisions and its database's bytes."""
    from boxportal.kernel.backup.database import look_at  # noqa: PLC0415 the other verbs need it not
    from boxportal.kernel.tables import EnabledModule  # noqa: PLC0415

    found: Answer = {}
    for company in box.companies.values():
        with read_session(company.engines) as db:
            modules = sorted(db.scalars(select(EnabledModule.id).where(EnabledModule.state != "off")))
        revisions = list(look_at(company.engines.url, Path()).revisions)
        found[company.name] = {"modules": modules, "revisions": revisions, "bytes": states.size_of(company)}
    return {"companies": found, "several": box.config.box.nodes}


def load(_box: Box, *, modules: list[str], revisions: list[str]) -> Answer:
    """Import the server and these modules, and see that the migrations that the data is at are known here.

    `pages` are the first that each module's menu leads to.
    """
    from boxportal.app import build_app  # noqa: PLC0415 the other verbs need no web framework
    from boxportal.kernel.database import migrate  # noqa: PLC0415 nor Alembic
    from boxportal.kernel.runtime import load_modules  # noqa: PLC0415 nor modules

    catalog = load_catalog()
    missing = sorted(set(modules) - set(catalog.entries))
    if missing:
        raise RuleBroken(f"It does not have the module {', '.join(missing)}, which is on.")
    loaded = load_modules(catalog.in_order(set(modules)))
    unknown = sorted(set(revisions) - migrate.known_revisions(catalog.branch_folders()))
    if unknown:
        raise RuleBroken(f"It does not know how the data is kept now: {', '.join(unknown)}.")
    pages = [module.menu[0].url for module in loaded.values() if module.menu]
    return {"server": build_app.__module__, "pages": pages}


def scratch(box: Box, *, company: str) -> Answer:
    return asdict(states.scratch_copy(box.get(company)))


def drop_scratch(box: Box, *, company: str, url: str) -> Answer:
    states.drop_scratch(box.get(company), url)
    return {}


def migrate(_box: Box, *, url: str, former: str) -> Answer:
    rows, seconds = states.migrate(url, former)
    return {"rows": rows, "seconds": seconds}


def backup(box: Box, *, company: str) -> Answer:
    path, proof = proven_backup(box.get(company), SYSTEM)
    return {"file": str(path), "proven": list(proof.steps)}


def begin(box: Box, *, company: str, label: str) -> Answer:
    return asdict(states.begin_migrating(box.get(company), label))


def take(box: Box, *, company: str) -> Answer:
    states.take_migrated(box.get(company))
    return {}


def keep(box: Box, *, company: str, label: str) -> Answer:
    states.keep_aside(box.get(company), label)
    return {}


def put_back(box: Box, *, company: str, label: str) -> Answer:
    return {"was_there": states.put_back(box.get(company), label)}


def kept(box: Box, *, label: str) -> Answer:
    """The companies of which this state is kept, and those of which it is not."""
    there = {name for name, company in box.companies.items() if states.aside_of(company, label).exists()}
    return {"kept": sorted(there), "lacking": sorted(set(box.companies) - there)}


def forget(box: Box, *, label: str) -> Answer:
    for company in box.companies.values():
        states.forget(company, label)
    return {}


def forget_others(box: Box, *, label: str) -> Answer:
    for company in box.companies.values():
        states.forget_others(company, label)
    return {}


def rows(box: Box, *, company: str) -> Answer:
    return {"rows": states.rows_of(box.get(company).engines.url)}


VERBS: dict[str, Callable[..., Answer]] = {
    verb.__name__: verb
    for verb in (look, load, scratch, drop_scratch, migrate, backup, begin, take, keep, put_back, kept, forget,
                 forget_others, rows)
}  # fmt: skip
PATIENCE = 30
ALONE = frozenset({"begin", "take", "keep", "put_back"})


def lock_soon(data: Path) -> int:
    """Hold the data folder; a server, or the child of an upgrade that was killed, is given a while to end.

    Raises: RuleBroken.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return take_lock(data)
        except RuleBroken:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def main() -> int:
    """Do one verb; those that touch live data hold the data folder, so that no server runs on it."""
    verb, data = sys.argv[1], Path(sys.argv[2])
    given = json.loads(sys.stdin.read() or "{}")
    lock = -1
    try:
        lock = lock_soon(data) if verb in ALONE else -1
        box = Box.open(data)
        answer = VERBS[verb](box, **given)
        box.close()
    except (DomainError, OSError, SQLAlchemyError) as error:
        sys.stdout.write(json.dumps({"error": str(error) or type(error).__name__}) + "\n")
        return 1
    finally:
        if lock >= 0:
            os.close(lock)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
