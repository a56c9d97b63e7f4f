"""Pre-flight: everything about the machine and the answers that must be right, each with what mends it.

All are looked at and reported at once, before anything is asked or written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxportal.cli.installing.answers import Answers
from boxportal.cli.installing.facts import (
    NETWORK_FILE_SYSTEMS,
    Facts,
    file_system,
    free_mb,
    has_companies,
    is_empty,
    same_disk,
)
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.questions import MORE

SUPPORTED = {"debian": ("12", "13"), "ubuntu": ("24.04", "26.04")}
MACHINES = ("x86_64", "aarch64")
LEAST_MEMORY, GOOD_MEMORY = 500, 950
LEAST_DISK, PROGRAM_DISK = 2000, 1000
CLOCK_SECONDS = 300
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)

OTHER_PYTHON = "BOXPORTAL_PYTHON=/path/to/python3.12 sh installer/install.sh"

State = Literal["ok", "note", "stop"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: a `note` stops nothing."""

    id: str
    state: State
    text: str
    fix: str = ""


def ok(name: str, text: str) -> Check:
    return Check(name, "ok", text)


def note(name: str, text: str, fix: str = "") -> Check:
    return Check(name, "note", text, fix)


def stop(name: str, text: str, fix: str) -> Check:
    return Check(name, "stop", text, fix)


def check_machine(facts: Facts, places: Places, *, force_os: bool = False) -> list[Check]:
    """Everything that can be said before any question."""
    return [
        about_system(facts, force=force_os),
        about_root(facts),
        about_processor(facts),
        about_memory(facts),
        about_program_disk(places),
        about_python(facts),
        about_environments(facts),
        about_systemd(facts),
        about_clock(facts),
        about_name(facts),
        about_firewall(facts),
        about_leftovers(places),
    ]


def check_answers(facts: Facts, answers: Answers) -> list[Check]:
    """Everything that depends on what was answered."""
    return [
        *about_ports(facts, answers),
        about_data_disk(answers.data),
        about_folders(answers),
        about_file_system(answers),
        about_backups(answers),
        *about_files(answers),
    ]


def about_system(facts: Facts, *, force: bool) -> Check:
    if facts.version in SUPPORTED.get(facts.system, ()):
        return ok("system", facts.title)
    listed = "Debian 12, 13; Ubuntu 24.04, 26.04"
    if force:
        return note("system", f"{facts.title} is none of {listed}: nobody has tried it there.")
    return stop("system", f"{facts.title} is none of {listed}.", "take one of these, or add --force-os")


def about_root(facts: Facts) -> Check:
    if facts.is_root:
        return ok("root", "run as root")
    return stop("root", "Only root can make a user and a service.", "sudo sh installer/install.sh")


def about_processor(facts: Facts) -> Check:
    if facts.machine in MACHINES:
        return ok("processor", f"{facts.machine}, {facts.cores} cores")
    listed = " and ".join(MACHINES)
    return stop("processor", f"The libraries come for {listed}, not for {facts.machine}.", "take such a machine")


def about_memory(facts: Facts) -> Check:
    size = f"{facts.memory / 1000:.1f} GB of memory"
    if facts.memory < LEAST_MEMORY:
        return stop("memory", f"{size}; 0.5 GB is the least.", "give the machine more memory")
    if facts.memory < GOOD_MEMORY:
        return note("memory", f"{size}: enough for a few people; 1 GB is better.")
    return ok("memory", size)


def about_program_disk(places: Places) -> Check:
    free = free_mb(places.program)
    if free < PROGRAM_DISK:
        return stop("program-disk", f"{places.program}: {free} MB free; 1 GB is needed.", "make room there")
    return ok("program-disk", f"{free // 1000} GB free for the program")


def about_python(facts: Facts) -> Check:
    version = ".".join(map(str, facts.python))
    if OLDEST_PYTHON <= facts.python <= NEWEST_PYTHON:
        return ok("python", f"Python {version}")
    return stop(
        "python",
        f"Python {version} is none of 3.11, 3.12, 3.13.",
        OTHER_PYTHON,
    )


def about_environments(facts: Facts) -> Check:
    """Debian keeps what makes private environments in a package of its own; that is installed with the program."""
    if facts.has_venv:
        return ok("venv", "Python can make private environments")
    package = f"python{'.'.join(map(str, facts.python))}-venv"
    if facts.has_apt:
        return note("venv", f"The package {package} is missing: it will be installed with apt.")
    return stop("venv", "Python's module ensurepip is missing.", "install Python's venv package")


def about_systemd(facts: Facts) -> Check:
    if facts.has_systemd:
        return ok("systemd", "systemd")
    return stop("systemd", "systemd does not run here; it keeps the service.", "sh installer/trial.sh runs without it")


def about_clock(facts: Facts) -> Check:
    """A clock that is behind the program's own files is wrong; links and certificates would be too."""
    if facts.clock >= facts.made_at - CLOCK_SECONDS:
        return ok("clock", "the clock is plausible")
    return stop("clock", "The clock is behind: this program is newer than now.", "timedatectl set-ntp true")


def about_name(facts: Facts) -> Check:
    if facts.resolves:
        return ok("name", f"{facts.hostname} resolves")
    fix = f"echo '127.0.1.1 {facts.hostname}' >>/etc/hosts"
    return note("name", f"The machine's name {facts.hostname} does not resolve.", fix)


def about_firewall(facts: Facts) -> Check:
    if facts.firewall:
        return note("firewall", f"{facts.firewall} is active: it will be left as it is, and the rule is shown.")
    return ok("firewall", "no ufw or firewalld is active")


def about_leftovers(places: Places) -> Check:
    """An address of a program that nobody installed with this installer is not touched."""
    foreign = [p for p in (places.command, places.current) if (p.exists() and not p.is_symlink())]
    if not foreign:
        return ok("leftovers", "nothing in the way")
    return stop(
        "leftovers", f"{foreign[0]} is there, and not from this installer.", f"mv {foreign[0]} {foreign[0]}.old"
    )


def about_ports(facts: Facts, answers: Answers) -> Iterator[Check]:
    for port in answers.ports:
        if port not in facts.taken:
            yield ok(f"port-{port}", f"port {port} is free")
            continue
        holder = facts.taken[port] or "another program"
        other = f"0.0.0.0:{port + MORE}" if port < MORE else "another port"
        fix = f'stop {holder}; or [box] listen = ["{other}"] in the answers; or put it in front: [tls] mode = "proxy"'
        yield stop(f"port-{port}", f"Port {port} is held by {holder}.", fix)


def about_data_disk(data: Path) -> Check:
    free = free_mb(data)
    if free < LEAST_DISK:
        return stop("data-disk", f"{data}: {free} MB free; 2 GB is the least.", "make room, or choose another folder")
    return ok("data-disk", f"{free // 1000} GB free for the data")


def about_folders(answers: Answers) -> Check:
    """A folder that becomes the service's own must be empty, or hold what a box put there."""
    if not (is_empty(answers.data) or has_companies(answers.data)):
        return stop("data-folder", f"{answers.data} is not empty.", "name a new folder: it will be made")
    if not (is_empty(answers.backups) or any(answers.backups.glob("*.bpb"))):
        return stop("backup-folder", f"{answers.backups} is not empty.", "name a new folder in it: it will be made")
    return ok("folders", "the folders for data and backups are new, or a box's")


def about_file_system(answers: Answers) -> Check:
    kind = file_system(answers.data)
    if kind in NETWORK_FILE_SYSTEMS and answers.database == "sqlite":
        text = f"{answers.data} lies on {kind}, on which SQLite's locks can't be relied on."
        return stop("file-system", text, "choose a folder on a disk of this machine, or a Postgres database")
    return ok("file-system", f"the data lies on {kind or 'a disk'}")


def about_backups(answers: Answers) -> Check:
    if same_disk(answers.data, answers.backups):
        text = "The backups lie on the disk of the data: they help against mistakes, not against a dead disk."
        return note("backups", text)
    return ok("backups", "the backups lie on another disk")


def about_files(answers: Answers) -> Iterator[Check]:
    """Files that the answers name must be there."""
    for key in ("tls.cert", "tls.key", "mail.password_file"):
        path = answers.text(key)
        if path and not Path(path).is_file():
            yield stop(key, f"{key}: there is no file {path}.", "name the right file")


def stopping(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.state == "stop"]
