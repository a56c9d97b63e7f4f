"""L5 and L6: bytes on the wire for a first and for later pages, of the installed program, and of a new company."""

import re
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks.asked import DEAL_LIST, Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.places import DEFAULT, Headers
from benchmarks.servers import ROOT, portal

ASSET = re.compile(rb"/assets/[\w.-]+")
IMPORT = re.compile(rb"""(?:from|import)\s*["']\./([\w.-]+)["']""")
FONT = re.compile(rb"url\([\"']?([^)\"']+)")
PAGES = ("/", "/inbox", DEAL_LIST, "/crm/deals", "/crm/leads", "/crm/deals/1", "/crm/leads/1")
FIRST_KB, LATER_KB, SCRIPTS_KB, PROGRAM_MB, COMPANY_MB = 150, 30, 120, 200, 2
ROWS = 1000


def measure(asked: Asked) -> Iterator[Figure]:
    place = asked.places.company("sqlite", ROWS)
    with portal(place.data) as server:
        wire = Wire(server.port, place.signed_in())
        page = wire.get(DEAL_LIST)
        files = wire.everything(page)
        scripts = sum(size for name, size in files.items() if name.endswith(".js"))
        total = wire.sizes[DEAL_LIST] + sum(files.values())
        yield at_most("L6", "first page (list of deals), all files", total / 1000, FIRST_KB, unit="KB")
        yield at_most("L6", "scripts on it", scripts / 1000, SCRIPTS_KB, unit="KB")
        for path in PAGES:
            wire.get(path)
            yield at_most("L6", f"later page {path}", wire.sizes[path] / 1000, LATER_KB, unit="KB")
    program = program_bytes() / 1e6
    yield at_most("L5", "installed program, core dependencies", program, PROGRAM_MB, unit="MB")
    new = asked.places.company("sqlite", 0, DEFAULT)
    yield at_most("L5", "data of a new company", size_of(new.data) / 1e6, COMPANY_MB, unit="MB")
    yield known("L5", "data of 1,000 leads and deals", size_of(place.data) / 1e6, unit="MB")


class Wire:
    """A browser's view: compressed answers, each file once."""

    def __init__(self, port: int, headers: Headers) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = dict(headers) | {"Host": "127.0.0.1"}
        self.sizes: dict[str, int] = {}

    def get(self, path: str) -> bytes:
        """The plain body; what it weighed compressed is in `sizes`."""
        plain = self._body(path, "identity")
        self.sizes[path] = len(self._body(path, "br, gzip"))
        return plain

    def _body(self, path: str, encoding: str) -> bytes:
        self.connection.request("GET", path, headers=self.headers | {"Accept-Encoding": encoding})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}")
        return body

    def everything(self, page: bytes) -> dict[str, int]:
        """All files that a page loads: named in it, and what those import; fonts only as the styles name them."""
        waiting = {found.decode() for found in ASSET.findall(page)}
        files: dict[str, int] = {}
        while waiting:
            path = waiting.pop()
            body = self.get(path)
            files[path] = self.sizes[path]
            named = {f"/assets/{name.decode()}" for name in IMPORT.findall(body)} if path.endswith(".js") else set()
            if path.endswith(".css"):
                named = {n.decode() for n in FONT.findall(body) if n.startswith(b"/assets/")}
            waiting |= named - files.keys()
        return files


def program_bytes() -> int:
    """The program's own files and those of every package that its core dependencies bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    waiting, seen, total = list(project["dependencies"]), set[str](), size_of(ROOT / "src")
    while waiting:
        wanted = Requirement(waiting.pop())
        if wanted.name.lower() in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted.name.lower())
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            print(f"not installed, not counted: {wanted.name}", file=sys.stderr)
            continue
        total += sum(f.size or 0 for f in found.files or ())
        waiting += found.requires or ()
    return total


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
