"""The running server as somebody outside of it sees it: its process, its open ports, what it answers."""

import fcntl
import http.client
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from boxportal.kernel.config import BoxConfig
from boxportal.kernel.own_server import EVERYWHERE, where

SECONDS = 5
LISTENS = "0A"
SOCKET = re.compile(r"socket:\[(\d+)\]")
Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered; header names in small letters. `certificate` is what it showed (DER), if it did."""

    status: int
    headers: Mapping[str, str]
    certificate: bytes = b""


@dataclass(frozen=True, slots=True)
class Serving:
    """The serving process and where it listens."""

    pid: int
    listens: tuple[Where, ...]
    main: Where
    host: str
    is_tls: bool

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://{self.host}"

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = "") -> Answer:
        """Ask the server as a browser would.

        Raises: OSError, http.client.HTTPException.
        """
        address, port = self.main
        connection = self._connection(EVERYWHERE.get(address, address), port)
        try:
            connection.connect()
            shown = connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else b""
            connection.request(method, path, body or None, {"Host": self.host, **(headers or {})})
            answer = connection.getresponse()
            answer.read()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, shown or b"")
        finally:
            connection.close()

    def _connection(self, address: str, port: int) -> http.client.HTTPConnection:
        if not self.is_tls:
            return http.client.HTTPConnection(address, port, timeout=SECONDS)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # what it shows is looked at afterwards
        return http.client.HTTPSConnection(address, port, timeout=SECONDS, context=context)


def serving_process(data: Path, config: BoxConfig, *, is_tls: bool) -> Serving | None:
    """The process that holds the data folder's lock, as the system tells of it."""
    pid = holder_of(data / "lock")
    listens = tuple(sorted(set(listening_at(pid)))) if pid else ()
    if not listens:
        return None
    said = where(data)
    main = next((one for one in listens if one[1] == said.port), listens[0])
    name, configured = config.box.names[0], config.box.listen.rpartition(":")[2]
    if name.endswith(f":{configured}"):  # served on another port than the configured one
        name = f"{name.removesuffix(configured)}{main[1]}"
    return Serving(pid, listens, main, name, is_tls)


def holder_of(lock: Path) -> int:
    """The process that holds a lock; 0 when nobody does."""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 100).decode(errors="replace").strip()
        return int(text) if text.isascii() and text.isdecimal() else 0
    finally:
        os.close(descriptor)
    return 0


def listening_at(pid: int) -> Iterator[Where]:
    """The addresses and ports at which a process listens, by /proc (proc_pid_net(5))."""
    mine = set(sockets_of(pid))
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            words = row.split()
            if words[3] == LISTENS and words[9] in mine:
                yield where_of(words[1])


def sockets_of(pid: int) -> Iterator[str]:
    """The numbers of the sockets that a process has open."""
    try:
        open_files = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for one in open_files:
        try:
            found = SOCKET.fullmatch(str(one.readlink()))
        except OSError:
            continue
        if found:
            yield found[1]


def where_of(text: str) -> Where:
    """Read `0100007F:1F90`: the words of the address are in the machine's byte order."""
    address, _colon, port = text.partition(":")
    raw = bytes.fromhex(address)
    words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    ip = IPv4Address(words) if len(words) == 4 else IPv6Address(words)  # noqa: PLR2004 bytes of IPv4
    return str(ip), int(port, 16)
