"""What the installer must know of the machine, looked at once; nothing here changes anything."""

import contextlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from boxportal.cli.installing.places import Places

NETWORK_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs")
LISTENING = "0A"
"""TCP_LISTEN in /proc/net/tcp (linux/tcp_states.h)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The machine as it is. Sizes in MB; `free` by folder; `taken` names who holds a port, "" where that is hidden."""

    system: str = ""
    version: str = ""
    title: str = ""
    machine: str = ""
    cores: int = 1
    memory: int = 0
    is_root: bool = False
    python: tuple[int, int] = (0, 0)
    has_venv: bool = True
    has_apt: bool = True
    has_systemd: bool = True
    clock: float = 0.0
    made_at: float = 0.0
    hostname: str = ""
    resolves: bool = True
    addresses: tuple[str, ...] = ()
    taken: dict[int, str] = field(default_factory=dict)
    firewall: str = ""


def look(places: Places) -> Facts:
    """Look at this machine."""
    system = os_release(places.root / "etc/os-release")
    hostname = socket.gethostname()
    return Facts(
        system=system.get("ID", ""),
        version=system.get("VERSION_ID", ""),
        title=system.get("PRETTY_NAME", "an unknown system"),
        machine=platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        is_root=os.geteuid() == 0,
        python=(sys.version_info[0], sys.version_info[1]),
        has_venv=importlib.util.find_spec("ensurepip") is not None,
        has_apt=shutil.which("apt-get") is not None,
        has_systemd=Path("/run/systemd/system").is_dir(),
        clock=time.time(),
        made_at=Path(__file__).stat().st_mtime,
        hostname=hostname,
        resolves=resolves(hostname),
        addresses=own_addresses(),
        taken=taken_ports(),
        firewall=active_firewall(),
    )


def os_release(path: Path) -> dict[str, str]:
    """Read os-release(5)."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines) if value}


def resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return False
    return True


def own_addresses() -> tuple[str, ...]:
    """The IPv4 addresses at which others find this machine, the one towards the network's router first."""
    found = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737); of a datagram socket nothing is sent
        found.append(str(asking.getsockname()[0]))
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return tuple(dict.fromkeys(a for a in found if not a.startswith(("127.", "0."))))


def taken_ports() -> dict[int, str]:
    """The TCP ports that somebody listens at, and who."""
    rows = [row for name in ("tcp", "tcp6") for row in socket_rows(Path("/proc/net") / name)]
    ports = {inode: port for port, inode in rows}
    holders = dict.fromkeys(ports.values(), "")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            if found and found[1] in ports:
                holders[ports[found[1]]] = (link.parents[1] / "comm").read_text("utf-8").strip()
        except OSError:  # it ended meanwhile, or is not ours to look at
            continue
    return holders


def socket_rows(file: Path) -> list[tuple[int, str]]:
    """Port and inode of each listening socket in a table of proc(5)."""
    try:
        rows = [line.split() for line in file.read_text("ascii").splitlines()[1:]]
    except OSError:
        return []
    return [(int(row[1].rpartition(":")[2], 16), row[9]) for row in rows if row[3] == LISTENING]


def active_firewall() -> str:
    """The firewall's name where one stands guard, as far as that can be told without changing anything."""
    for name, asked, yes in (
        ("ufw", ["ufw", "status"], "Status: active"),
        ("firewalld", ["firewall-cmd", "--state"], "running"),
    ):
        program = shutil.which(asked[0])
        if program is None:
            continue
        said = subprocess.run(  # noqa: S603 the two questions above
            [program, *asked[1:]], capture_output=True, text=True, check=False, timeout=10
        )
        if yes in said.stdout:
            return name
    return ""


def existing(path: Path) -> Path:
    """The nearest folder that is there."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path


def free_mb(path: Path) -> int:
    """Free space for a folder that need not be there yet."""
    return shutil.disk_usage(existing(path)).free // 1_000_000


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system that a folder lies on, or will lie on."""
    try:
        rows = [line.split() for line in mounts.read_text("utf-8").splitlines()]
    except OSError:
        return ""
    over = [(Path(row[1].replace("\\040", " ")), row[2]) for row in rows]
    here = existing(path).resolve()
    return max(((len(at.parts), kind) for at, kind in over if here.is_relative_to(at)), default=(0, ""))[1]


def has_companies(data: Path) -> bool:
    """Whether a data folder holds companies already."""
    return any((data / "companies").glob("[!.]*/company.toml"))


def is_empty(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def same_disk(one: Path, other: Path) -> bool:
    return existing(one).stat().st_dev == existing(other).stat().st_dev
