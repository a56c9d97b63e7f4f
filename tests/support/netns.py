"""Two hosts of their own on this machine: the box and somebody outside, each in a network namespace, joined by a cable.

The box has a loopback of its own and one interface to the outside. Nothing that either sends reaches the real network.
"""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

BOX, OUTSIDE = "45.10.10.1", "45.10.10.2"
SECONDS = 30
# Speaks HTTP as it is told on standard input, one connection a request, and answers with what came back.
CLIENT = """
import http.client, json, socket, ssl, sys
trusting = ssl._create_unverified_context()
for line in sys.stdin:
    ask = json.loads(line)
    try:
        connection = http.client.HTTPConnection(ask["to"], ask["port"], timeout=10)
        if ask["tls"]:
            plain = socket.create_connection((ask["to"], ask["port"]), timeout=10)
            connection.sock = trusting.wrap_socket(plain, server_hostname=ask["tls"])
        connection.putrequest(ask["method"], ask["path"], skip_host=True, skip_accept_encoding=True)
        for name, value in ask["headers"]:
            connection.putheader(name, value)
        connection.endheaders(ask["body"].encode() if ask["body"] else None)
        got = connection.getresponse()
        said = {"status": got.status, "body": got.read().decode("utf-8", "replace"), "headers": dict(got.getheaders())}
        connection.close()
    except (OSError, http.client.HTTPException) as error:
        said = {"status": 0, "body": repr(error), "headers": {}}
    print(json.dumps(said), flush=True)
"""
# Notes every TCP connection that is begun and every UDP datagram that is sent, until its standard input ends.
SNIFFER = """
import json, select, socket, struct, sys
ears = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
print("listening", flush=True)
seen = []
while True:
    ready, _, _ = select.select([ears, sys.stdin], [], [])
    if sys.stdin in ready:
        break
    packet, (card, protocol, kind, _, _) = ears.recvfrom(65535)
    if kind != socket.PACKET_OUTGOING or protocol not in (0x0800, 0x86DD):
        continue
    head = (packet[0] & 15) * 4 if protocol == 0x0800 else 40
    carried = packet[9] if protocol == 0x0800 else packet[6]
    rest = packet[head:]
    if carried == 17:
        seen.append(["udp", card, struct.unpack("!H", rest[2:4])[0]])
    elif carried == 6 and rest[13] & 0x12 == 0x02:
        seen.append(["tcp", card, struct.unpack("!H", rest[2:4])[0]])
print(json.dumps(seen), flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nobody answered."""

    status: int
    body: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Ask:
    """A request, word for word; `tls` is the name that is asked for where it goes encrypted."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    tls: str = ""

    def line(self, to: str, port: int) -> dict[str, object]:
        lines = list(self.headers.items())
        if self.body and "Content-Length" not in self.headers:
            lines += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(self.body)))]
        return {"to": to, "port": port, "method": self.method, "path": self.path, "headers": lines, "body": self.body,
                "tls": self.tls}  # fmt: skip


@dataclass(frozen=True)
class Host:
    """One of the two hosts."""

    namespace: str

    def start(self, *command: str, **more: object) -> "subprocess.Popen[str]":
        """Run a program on this host."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        whole = ["ip", "netns", "exec", self.namespace, *command]
        return subprocess.Popen(whole, text=True, env=environment, **more)  # type: ignore[call-overload,no-any-return]

    def run(self, *command: str) -> str:
        """Run a program to its end; what it printed."""
        done = self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = done.communicate(timeout=SECONDS)
        assert done.returncode == 0, f"{command}: {out}{err}"
        return out

    def ask(
        self, method: str, to: str, path: str, headers: dict[str, str] | None = None, *, port: int, body: str = ""
    ) -> Answer:
        """One request, word for word as it is said here."""
        return self.ask_all([Ask(method, path, headers or {}, body)], to, port)[0]

    def ask_all(self, wishes: Sequence[Ask], to: str, port: int) -> list[Answer]:
        """Requests one after the other, each on a connection of its own."""
        client = self.start(sys.executable, "-c", CLIENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lines = "".join(json.dumps(wish.line(to, port)) + "\n" for wish in wishes)
        out, _ = client.communicate(lines, timeout=SECONDS)
        return [Answer(**json.loads(line)) for line in out.splitlines()]

    @contextlib.contextmanager
    def overheard(self) -> Iterator[list[tuple[str, str, int]]]:
        """All that this host sends of its own accord, filled in at the end: protocol, interface, port."""
        seen: list[tuple[str, str, int]] = []
        sniffer = self.start(sys.executable, "-c", SNIFFER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert sniffer.stdout is not None
        assert sniffer.stdout.readline() == "listening\n"
        try:
            yield seen
        finally:
            out, _ = sniffer.communicate("\n", timeout=SECONDS)
            seen += [(protocol, card, port) for protocol, card, port in json.loads(out)]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=SECONDS)


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """The box and somebody outside. Skips the test where this machine lets nobody make network namespaces."""
    mark = secrets.token_hex(3)
    box, outside = f"bp-box-{mark}", f"bp-out-{mark}"
    try:
        ip("netns", "add", box)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", "") or str(error)
        pytest.skip(f"network namespaces can't be made here (as root, with iproute2): {why.strip()}")
    try:
        ip("netns", "add", outside)
        ip("-n", box, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", outside)
        for namespace, address in ((box, BOX), (outside, OUTSIDE)):
            ip("-n", namespace, "address", "add", f"{address}/24", "dev", "cable")
            for card in ("lo", "cable"):
                ip("-n", namespace, "link", "set", card, "up")
        yield Host(box), Host(outside)
    finally:
        for namespace in (box, outside):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True, timeout=SECONDS)
