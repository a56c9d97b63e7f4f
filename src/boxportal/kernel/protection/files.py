"""Guards of the machine: who may read the folders and keys, which ports are open, whether the program is whole."""

import base64
import hashlib
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from boxportal.kernel.door import parse_listen
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, Switch, good, note, red, unknown, weak
from boxportal.kernel.protection.words import (
    ALWAYS,
    NEVER,
    NOTHING,
    PART,
    always_on,
    by_data,
    by_reach,
    not_served,
)
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import FILE as KEY_FILE
from boxportal.kernel.secrets import KEY_BYTES
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l

OTHERS, GROUP_WRITES = 0o007, 0o020
SYSTEMD = Path("/run/systemd/system")
UNIT = "boxportal.service"
EXPOSURE = re.compile(r"Overall exposure level for \S+: ([0-9.]+)")
GOOD_EXPOSURE, POOR_EXPOSURE = 2.0, 5.0
MOST_NAMED = 3


def private_places(data: Path) -> Iterator[Path]:
    """The folders that hold all else, which close what lies in them, and each company's own keys."""
    yield from (data, data / "companies")
    for folder in sorted((data / "companies").glob("[!.]*")):
        yield from (folder, folder / "secrets", *sorted(folder.glob("secrets/*")))


def check_data_folder(facts: Facts) -> Finding:
    """Others may pass no folder on the way to the data; each is looked at, not the outermost alone."""
    wrong = [path for path in private_places(facts.data) if path.exists() and mode_of(path) & (OTHERS | GROUP_WRITES)]
    if wrong:
        return red(_l("Others of this machine may open %(path)s (mode %(mode)s).", path=wrong[0],
                      mode=f"{mode_of(wrong[0]):04o}"), command="boxportal protect on data-folder")  # fmt: skip
    owners = {path.stat().st_uid for path in private_places(facts.data) if path.exists()}
    if len(owners) > 1:
        return red(_l("The data folder belongs to several users of this machine."),
                   command=f"chown -R --reference={facts.data} {facts.data}")  # fmt: skip
    return good(_l("Only the portal's own user opens %(path)s and what lies in it.", path=facts.data))


def close_data_folder(ctx: Ctx) -> None:
    """Take others' rights off the data folder.

    Raises: RuleBroken when this user may not.
    """
    for path in private_places(company_of(ctx).folder.parent.parent):
        if path.exists() and mode_of(path) & (OTHERS | GROUP_WRITES):
            try:
                path.chmod(mode_of(path) & ~(OTHERS | GROUP_WRITES))
            except OSError as error:
                raise RuleBroken(f"{path}: {error.strerror}") from error


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def check_settings_file(facts: Facts) -> Finding:
    path = facts.settings / "boxportal.toml"
    if not path.exists():
        return note(_l("There is no settings file: the defaults hold."))
    mode = mode_of(path)
    if mode & GROUP_WRITES or mode & 0o002:
        return red(_l("Others of this machine may change %(path)s.", path=path), command=f"chmod 640 {path}")
    if mode & OTHERS and facts.settings != facts.data:
        return weak(_l("Others of this machine may read %(path)s.", path=path), command=f"chmod 640 {path}")
    return good(_l("Nobody else changes %(path)s.", path=path))


def check_master_key(facts: Facts) -> Finding:
    path = facts.settings / KEY_FILE
    if not path.exists():
        return red(_l("There is no %(path)s: passwords that the portal keeps can't be opened.", path=path))
    mode = mode_of(path)
    if mode & 0o077:
        return red(_l("Others of this machine may read %(path)s.", path=path), command=f"chmod 600 {path}")
    if path.stat().st_size != KEY_BYTES:
        return red(_l("%(path)s holds no key.", path=path))
    return good(_l("%(path)s holds a key that nobody else reads.", path=path))


def check_ports(facts: Facts) -> Finding:
    """What the process really has open, against what is set."""
    if facts.server is None:
        return not_served()
    doors = {parsed for c in facts.company.neighbours.values() if (parsed := parse_listen(c.snapshot.door.listen))}
    doors |= {parsed} if (parsed := parse_listen(facts.door.listen)) else set()
    open_now = set(facts.server.listens)
    tls = facts.config.tls
    plain = {(address, port) for address, port in open_now if tls.is_own and port == tls.plain_port}
    strange = sorted(open_now - doors - plain - {facts.server.main})
    if strange:
        return weak(_l("Open, and not in the settings: %(ports)s", ports=", ".join(f"{a}:{p}" for a, p in strange)))
    shown = ", ".join(f"{address}:{port}" for address, port in sorted(open_now))
    return good(_l("The server listens at %(ports)s and nowhere else.", ports=shown))


def check_program(facts: Facts) -> Finding:
    program = facts.installed
    if program is None or is_checkout(program):
        return note(_l("It runs from a checkout: there is nothing to compare with."))
    wrong, count = [], 0
    for path, digest in recorded(program):
        count += 1
        if not path.is_file() or hashed(path) != digest:
            wrong.append(path.name)
    if wrong:
        return red(_l("Not as it was installed: %(files)s (%(count)s files)", files=", ".join(wrong[:MOST_NAMED]),
                      count=len(wrong)))  # fmt: skip
    if not count:
        return unknown(_l("The installation has no list of its files."))
    return good(_l("All %(count)s files of the program are as they were installed.", count=count))


def is_checkout(program: Distribution) -> bool:
    """Whether what is installed only points at a folder of sources (PEP 610)."""
    told = json.loads(program.read_text("direct_url.json") or "{}")
    return bool(told.get("dir_info", {}).get("editable"))


def recorded(program: Distribution) -> Iterator[tuple[Path, str]]:
    """Each file that the installer noted with its hash, without those outside of the packages' folder."""
    for file in program.files or ():
        if file.hash is not None and file.hash.mode == "sha256" and not str(file).startswith(".."):
            yield Path(str(program.locate_file(file))), file.hash.value


def hashed(path: Path) -> str:
    """A file's SHA-256 as the installer writes it: URL-safe base64 without padding (PEP 376)."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_service(_facts: Facts) -> Finding:
    if not SYSTEMD.is_dir():
        return note(_l("There is no systemd on this machine."))
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "SYSTEMD_COLORS": "0"}
    command = ["systemd-analyze", "security", "--no-pager", UNIT]
    try:
        done = subprocess.run(  # noqa: S603 a fixed command
            command, capture_output=True, text=True, timeout=20, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return unknown(_l("systemd did not answer."))
    found = EXPOSURE.search(done.stdout)
    if found is None:
        return note(_l("The portal is no service of systemd here."))
    score = float(found[1])
    if score <= GOOD_EXPOSURE:
        return good(_l("systemd rates the service's exposure %(score)s of 10; at most 2 is good.", score=score))
    text = _l("systemd rates the service's exposure %(score)s of 10; at most 2 is good.", score=score)
    command_text = f"systemd-analyze security {UNIT}"
    return red(text, command=command_text) if score >= POOR_EXPOSURE else weak(text, command=command_text)


MACHINE = (
    Guard(
        id="data-folder",
        name=_l("Data folder closed to others"),
        question=Question.STRANGERS,
        does=_l("Other users and programs of this machine can't open the portal's files."),
        without=_l("Any program on the machine reads the whole database as a file."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_data_folder,
        advice=by_data,
        critical=True,
        always=True,
        box=True,
        switch=Switch(close_data_folder),
    ),
    Guard(
        id="settings-file",
        name=_l("Settings file is the administrator's"),
        question=Question.STRANGERS,
        does=_l("Nobody else of this machine changes how the portal runs."),
        without=_l("Another program turns the encryption off."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_settings_file,
        advice=by_reach,
        always=True,
        box=True,
    ),
    Guard(
        id="master-key",
        name=_l("Master key kept apart"),
        question=Question.STRANGERS,
        does=_l("The key that opens kept passwords is readable by the portal alone."),
        without=_l("Who finds the key and a copy of the data opens your mail server's password."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_master_key,
        advice=by_data,
        critical=True,
        always=True,
        box=True,
    ),
    Guard(
        id="ports",
        name=_l("Only the known ports are open"),
        question=Question.STRANGERS,
        does=_l("Compares the ports that the server really has open with those in the settings."),
        without=_l("A port that was forgotten lets everybody in past the proxy."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_ports,
        advice=by_reach,
        always=True,
        box=True,
    ),
    Guard(
        id="service",
        name=_l("Service locked in"),
        question=Question.STRANGERS,
        does=_l("The system lets the portal reach its own folders and the network, and nothing else."),
        without=_l("A hole in the portal opens the whole machine."),
        costs=NOTHING,
        on_if=_l("The portal runs as a service."),
        off_if=_l("It is a trial."),
        undo=_l("Edit the service's unit file."),
        check=check_service,
        advice=by_reach,
        box=True,
    ),
    Guard(
        id="program",
        name=_l("Program is as installed"),
        question=Question.NOTICE,
        does=_l("Compares every file of the program with the list that was made when it was installed."),
        without=_l("A changed file hands out passwords, and everything looks as before."),
        costs=_l("A second for each look."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_program,
        advice=always_on,
        critical=True,
        always=True,
        box=True,
    ),
)
