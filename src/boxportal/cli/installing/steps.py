"""The second half of an installation: makes what was agreed, step by step, each of which may be done again."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from boxportal.cli.installing.facts import has_companies
from boxportal.cli.installing.health import wait_until_serving
from boxportal.cli.installing.places import STARTED, UNITS, USER
from boxportal.cli.installing.plan import drop_ins, settings_text
from boxportal.cli.installing.system import give, has_user, make_user, systemctl
from boxportal.cli.installing.work import Work
from boxportal.kernel.backup.keys import RECOVERY
from boxportal.kernel.config import FILE
from boxportal.kernel.durable import write_whole
from boxportal.kernel.paths import units_folder

SETTINGS_MODE = 0o640
KEY, BACKUP = "recovery-key", "backup"
NAMES_OF_A_USER = f"user {USER}"


def do_all(work: Work) -> None:
    """Do what is not done yet. A recovery key that nobody saw is made again, and the backup that needs it too.

    Raises: Refused by the step that failed; the next run goes on with it.
    """
    if KEY not in work.journal.done:
        work.journal.done = [name for name in work.journal.done if name != BACKUP]
    for name, title, do in STEPS:
        if name in work.journal.done:
            continue
        began = time.monotonic()
        do(work)
        if name != KEY:  # that is done once the key was shown
            work.journal.finish(name)
        work.talk.say(f" ✔ {title}  {time.monotonic() - began:.1f} s")


def make_folders(work: Work) -> None:
    """The service's user, and the folders that it may write in."""
    if not has_user():
        work.journal.note_made(NAMES_OF_A_USER)
        make_user(work.answers.data)
    for folder in (work.places.settings, work.answers.data, work.answers.backups):
        work.make_folder(folder)


def make_settings(work: Work) -> None:
    path = work.places.settings / FILE
    if not path.exists():
        write_whole(path, settings_text(work.answers), SETTINGS_MODE)
        give(path, SETTINGS_MODE)


def make_company(work: Work) -> None:
    """The first company, unless the data of an earlier installation is here."""
    if has_companies(work.answers.data):
        return
    said = work.answers
    words = ["company", "create", said.text("company.name"), "--title", said.text("company.title")]
    for module in said.texts("company.modules"):
        words += ["--module", module]
    for option in ("language", "timezone", "currency"):
        if said.text(f"company.{option}"):
            words += [f"--{option}", said.text(f"company.{option}")]
    if said.database != "sqlite":
        words += ["--database", said.database]
    work.ours(*words)


def set_mail(work: Work) -> None:
    """The mail server, where the answers name one; its password is read from the file that they name."""
    said = work.answers
    if not said.text("mail.host"):
        return
    words = ["mail", "set", said.text("mail.host"), said.text("mail.from")]
    words += ["--port", said.text("mail.port")] if said.text("mail.port") else []
    words += ["--user", said.text("mail.user")] if said.text("mail.user") else []
    password = ""
    if file := said.text("mail.password_file"):
        password = Path(file).read_text("utf-8").strip()
        words.append("--password-stdin")
    work.ours(*words, stdin=f"{password}\n")


def make_key(work: Work) -> None:
    """The recovery key, before the first backup, so that it opens that one. One that is here already stays."""
    exists = (work.places.settings / RECOVERY).exists()
    if exists and KEY not in work.journal.made:
        work.journal.finish(KEY)
        return
    work.journal.note_made(KEY)
    work.key = str(work.ours("backup", "key", *(["--new"] if exists else []))["key"])


def make_units(work: Work) -> None:
    """The units of the release, and beside each what this box alone says about it; and the command."""
    for unit in UNITS:
        work.put(work.places.units / unit, (units_folder() / unit).read_text("utf-8"))
    for unit, text in drop_ins(work.answers).items():
        work.put(work.places.drop_in(unit), text)
    systemctl("daemon-reload")
    command = work.places.command
    work.make_folders(command.parent)
    work.journal.note_made(str(command))
    with tempfile.TemporaryDirectory(dir=command.parent) as aside:
        link = Path(aside) / "link"
        link.symlink_to(work.places.boxportal)
        link.replace(command)


def start(work: Work) -> None:
    systemctl("enable", "--quiet", *STARTED)
    systemctl("restart", *STARTED)
    wait_until_serving(work.answers.listen, encrypted=work.answers.mode in ("own-ca", "files"))


def first_backup(work: Work) -> None:
    work.ours("backup", "run")


STEPS: tuple[tuple[str, str, Callable[[Work], None]], ...] = (
    ("folders", "user and folders", make_folders),
    ("settings", "settings", make_settings),
    ("company", "company and database", make_company),
    ("mail", "mail server", set_mail),
    (KEY, "recovery key", make_key),
    ("units", "units and command", make_units),
    ("service", "service up", start),
    (BACKUP, "first backup made, and proven by restoring it", first_backup),
)
"""Each step's name in the journal, what it is called at the terminal, and what it does."""
