"""Installed releases without a registry: folders that run a copy of the source tree, and machines of them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from typing_extensions import override

from boxportal.cli.holding import take_lock
from boxportal.cli.upgrade_child import ALONE, VERBS
from boxportal.kernel.bundle.making import heads_of
from boxportal.kernel.bundle.release import Release
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import open_engines
from boxportal.kernel.upgrade import child
from boxportal.kernel.upgrade.data import rows_of
from boxportal.kernel.upgrade.journal import Journal, read_journal
from boxportal.kernel.upgrade.machine import Answer, AtStart, Installed
from boxportal.kernel.upgrade.program import VARIABLE, Program
from boxportal.sdk.errors import RuleBroken

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
OLD, NEW = "1.0.0", "1.1.0"
MIGRATION = '''"""A later version's change of the tables."""

import sqlalchemy as sa
from alembic import op

revision = "core_9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("core_probe", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("core_team") as table:
        table.add_column(sa.Column("motto", sa.String(40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("core_team") as table:
        table.drop_column("motto")
    op.drop_table("core_probe")
'''


def bare_release(program: Program, version: str) -> Release:
    """A release folder that holds nothing but its mark."""
    folder = program.releases / version
    folder.mkdir(parents=True)
    (folder / "release.json").write_text(json.dumps({"version": version}))
    return Release(version, folder)


def tree_release(program: Program, version: str, *, newer: bool = False) -> Release:
    """A release that really runs: a copy of the source tree; a newer one has a migration more."""
    release = bare_release(program, version)
    tree = release.folder / "tree"
    left_out = shutil.ignore_patterns("assets", "*.po", "*.pot")
    shutil.copytree(ROOT / "src" / "boxportal", tree / "src" / "boxportal", copy_function=linked, ignore=left_out)
    shutil.copytree(ROOT / "migrations", tree / "migrations", copy_function=linked)
    if newer:
        head = next(head for head in heads_of(ROOT / "migrations") if head.startswith("core_"))
        (tree / "migrations" / "core" / "core_9001.py").write_text(MIGRATION.format(head=head))
    facts = tree / "src" / f"boxportal-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: boxportal\nVersion: {version}\n")
    release.python.parent.mkdir(parents=True)
    release.python.write_text(f'#!/bin/sh\nPYTHONPATH={tree / "src"} exec {sys.executable} "$@"\n')
    release.python.chmod(0o755)
    return release


def linked(source: str, target: str) -> None:
    """A file that takes no room where the file system can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@dataclass(frozen=True, slots=True)
class RealMachine(Installed):
    """Runs `boxportal serve` of the release in use. With `ill`, what is installed can't serve."""

    log: Path = Path()
    ill: list[str] = field(default_factory=list)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:  # noqa: ARG002 a folder stands for it
        release = tree_release(self.program, NEW, newer=True)
        for wrong in self.ill:
            file = release.folder / "tree" / "src" / "boxportal" / "cli" / "serve.py"
            file.unlink()  # the same file as the checkout's
            file.write_text(wrong)
        return release

    @override
    def doctor(self, release: Release) -> list[str]:
        return []

    @override
    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        """The newer release in processes of its own; the older one, which is this very program, in this one."""
        return child.ask(release, self.data, verb, **given) if release.version == NEW else here(self.data, verb, given)

    def stop(self) -> None:
        process = self.running.pop("serve", None)
        if process is not None:
            process.terminate()
            process.wait(30)

    def restart(self) -> None:
        self.stop()
        command = [str(self.program.current().python), "-m", "boxportal", "serve", "--data", str(self.data)]
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, env=os.environ | {VARIABLE: str(self.program.root)}
            )
        self.running["serve"] = process
        end = time.monotonic() + START_SECONDS
        while self.fetch("/healthz", "").status == 0:
            if process.poll() is not None or time.monotonic() > end:
                raise RuleBroken(f"it did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class QuickMachine(Installed):
    """Does everything but serve, in this process. `serving` is the version that runs, or "" or "rest"."""

    serving: list[str] = field(default_factory=lambda: [OLD])
    broken: set[str] = field(default_factory=set)

    @override
    def doctor(self, release: Release) -> list[str]:
        return ["the disk smokes"] if "doctor" in self.broken else []

    def install(self, bundle: Path, trusted: Collection[bytes]) -> Release:  # noqa: ARG002 a folder stands for it
        return bare_release(self.program, NEW)

    def stop(self) -> None:
        self.serving[:] = [""]

    def restart(self) -> None:
        self.stop()
        journal = read_journal(self.program.journal)
        version = self.program.current().version
        if ("start" in self.broken and version == NEW) or ("serve" in self.broken and self.is_returned(journal)):
            raise RuleBroken("it does not start")
        rests = journal is not None and not journal.is_over and journal.phase not in ("preparing", "trying")
        self.serving[:] = ["rest" if rests else version]

    @staticmethod
    def is_returned(journal: Journal | None) -> bool:
        return journal is not None and journal.phase == "returned"

    @override
    def fetch(self, path: str, token: str) -> Answer:
        journal = read_journal(self.program.journal)
        version = self.serving[0]
        if f"{version} {path}" in self.broken:
            return Answer(500, version)
        is_ill = ("health" in self.broken and version == NEW) or ("old" in self.broken and version == OLD)
        if version in ("", "rest") or is_ill:
            return Answer(503 if version == "rest" else 0)
        if journal is None or journal.phase != "trying":
            return Answer(200)
        return Answer(200, version) if journal.admits(token) else Answer(503)

    @override
    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        journal = read_journal(self.program.journal)
        if verb in self.broken or (journal is not None and f"{journal.step}:{verb}" in self.broken):
            raise RuleBroken(f"{verb} is broken")
        if verb == "migrate":
            return later_tables(str(given["url"]))
        if verb in ("load", "backup"):
            return {"file": "a.bpb", "pages": ["/crm/deals"]}
        return here(self.data, verb, given)


def here(data: Path, verb: str, given: dict[str, object]) -> dict[str, Any]:
    """Do in this process what a release's own process would."""
    lock = take_lock(data) if verb in ALONE else -1
    box = Box.open(data)
    try:
        return VERBS[verb](box, **given)
    finally:
        box.close()
        if lock >= 0:
            os.close(lock)


class AtBoot(AtStart):
    """The start of the service after a power cut, with what a quick machine does in this process."""

    @override
    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        return QuickMachine(self.program, self.data).ask(release, verb, **given)


def later_tables(url: str) -> dict[str, Any]:
    """Change the tables as a later version would."""
    engines = open_engines(url)
    with engines.writer.begin() as connection:
        connection.execute(text("CREATE TABLE core_probe (id INTEGER PRIMARY KEY)"))
    engines.dispose()
    return {"rows": rows_of(engines.url), "seconds": 0.1}
