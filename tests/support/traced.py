"""What a server wrote to its database and synced, and what it answered, in order: seen by the system, not told by it.

From that, what a disk would hold had the power gone at any moment: all that was synced, and whichever sectors of the
rest happened to be on the disk already.
"""

import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink"
SECTOR = 512
LINE = re.compile(rb"(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)", re.DOTALL)
FILE = re.compile(rb'\d+<((?:\\x..)*)>(?:, (?:"((?:\\x..)*)", \d+, )?(\d+))?')
ANSWER = re.compile(rb"HTTP/1\.1 201 .*?location: /api/v1/crm/(leads|deals)/(\d+)", re.DOTALL | re.IGNORECASE)
HEX = rb"(?:\\x[0-9a-f]{2})+"
SECONDS = 30


def tracing(log: Path) -> tuple[str, ...]:
    """What to put before a command, so that its calls are written down; its process stays its own."""
    return ("strace", "-D", "-f", "-qq", "-y", "-xx", "-s", "10000000", "-e", "signal=none", "-e", f"trace={CALLS}",
            "-o", str(log))  # fmt: skip


@dataclass(frozen=True)
class Change:
    """Bytes at a place of a file; None cuts it off there."""

    path: str
    at: int
    data: bytes | None


@dataclass(frozen=True)
class Synced:
    """A file was synced: of its changes, counted from the start, so many are on the disk."""

    path: str
    changes: int


@dataclass(frozen=True)
class Answered:
    """A creation was acknowledged."""

    what: str
    id: int


Event = Change | Synced | Answered


def events_in(log: Path) -> list[Event]:
    """What happened, once the traced program and so its log has ended."""
    seen: list[Event] = []
    changes: dict[str, int] = {}
    syncing: dict[bytes, Synced] = {}
    with log.open("rb") as lines:
        for line in lines:
            found = LINE.match(line)
            if found is None:
                continue
            thread, call, rest = found.groups()
            if b" resumed>" in line[:60]:
                seen += [syncing.pop(thread)] if thread in syncing else []
            elif call in (b"fsync", b"fdatasync"):
                path = path_in(rest)
                sync = Synced(path, changes.get(path, 0))
                if b"<unfinished" in rest:
                    syncing[thread] = sync
                else:
                    seen.append(sync)
            elif event := event_of(call, rest):
                seen.append(event)
                if isinstance(event, Change):
                    changes[event.path] = changes.get(event.path, 0) + 1
    return seen


def event_of(call: bytes, rest: bytes) -> Event | None:
    if call in (b"pwrite64", b"ftruncate"):
        found = FILE.match(rest)
        if found is None or found[3] is None:
            raise ValueError(rest[:200])
        data = unhexed(found[2]) if call == b"pwrite64" and found[2] is not None else None
        return Change(unhexed(found[1]).decode(), int(found[3]), data)
    if call == b"unlink":
        return Change(unhexed(rest.partition(b'"')[2].partition(b'"')[0]).decode(), 0, None)
    said = b"".join(unhexed(part) for part in re.findall(HEX, rest.partition(b">")[2]))
    answer = ANSWER.search(said)
    return Answered(answer[1].decode(), int(answer[2])) if answer else None


def path_in(rest: bytes) -> str:
    found = FILE.match(rest)
    return unhexed(found[1]).decode() if found else ""


def unhexed(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


def wait_for_end(log: Path) -> None:
    """Until the log of a program that has ended grows no more."""
    end, size = time.monotonic() + SECONDS, -1
    while time.monotonic() < end and log.stat().st_size != size:
        size = log.stat().st_size
        time.sleep(0.5)


@dataclass
class Disk:
    """A database's files as they are on the disk, and the changes that may or may not be there."""

    folder: Path
    names: Sequence[str]
    files: dict[str, bytearray] = field(default_factory=dict)
    waiting: dict[str, list[Change]] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            path = self.folder / name
            self.files[name] = bytearray(path.read_bytes() if path.exists() else b"")
            self.waiting[name], self.settled[name] = [], 0

    def happen(self, event: Event) -> None:
        if isinstance(event, Answered) or event.path.rpartition("/")[2] not in self.names:
            return
        name = event.path.rpartition("/")[2]
        if isinstance(event, Change):
            self.waiting[name].append(event)
            return
        done, self.settled[name] = event.changes - self.settled[name], max(event.changes, self.settled[name])
        for change in self.waiting[name][: max(done, 0)]:
            apply(self.files[name], change)
        del self.waiting[name][: max(done, 0)]

    def cut(self, to: Path, chance: random.Random | None) -> None:
        """Lay down what the disk holds now. Without chance nothing of what was not synced got there."""
        for name in self.names:
            content = bytearray(self.files[name])
            for change in self.waiting[name] if chance else ():
                for part in torn(change, chance):  # type: ignore[arg-type]  # there, as the line above sees to
                    apply(content, part)
            if content:
                (to / name).write_bytes(content)


def apply(content: bytearray, change: Change) -> None:
    if change.data is None:
        del content[change.at :]
        return
    content.extend(bytes(max(0, change.at - len(content))))
    content[change.at : change.at + len(change.data)] = change.data


def torn(change: Change, chance: random.Random) -> Iterator[Change]:
    """The parts of a change that got to the disk: all, none, its beginning up to some byte, or some of its sectors."""
    way = chance.choice(("all", "none", "beginning", "sectors"))
    if way == "all" or (change.data is None and chance.random() < 0.5):
        yield change
    elif way == "beginning" and change.data is not None:
        yield Change(change.path, change.at, change.data[: chance.randrange(len(change.data) + 1)])
    elif way == "sectors" and change.data is not None:
        for start in range(0, len(change.data), SECTOR):
            if chance.random() < 0.5:
                yield Change(change.path, change.at + start, change.data[start : start + SECTOR])


def copied(base: Path, to: Path) -> Path:
    """A data folder as it was before the server started, into which a cut is laid."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(base, to)
    return to
