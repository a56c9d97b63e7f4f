"""A company is a cell: its own folder with database, files and secrets, its own snapshot of modules."""

import re
import secrets
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url

from boxportal.kernel.config import BoxConfig, load_config
from boxportal.kernel.database.engines import READERS, WRITERS, Engines, open_engines
from boxportal.kernel.database.gate import Gate
from boxportal.kernel.database.writers import Writers
from boxportal.kernel.door import host_and_port, parse_listen
from boxportal.kernel.outbound.book import Book
from boxportal.kernel.readings import Readings
from boxportal.kernel.realtime.broker import Broker
from boxportal.kernel.runtime import Snapshot, empty_snapshot
from boxportal.kernel.secrets import Vault, ensure_master_key, read_master_key
from boxportal.kernel.visits import Visits
from boxportal.sdk.errors import NotFound, RuleBroken

NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,30}$")
FILE = "company.toml"
THE_BOX = "box"
"""What the archives of the box itself are called by; no company may have this name."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CompanyFile(BaseModel):
    """`company.toml` in the company's folder: only what is needed to find its database and its visitors."""

    model_config = ConfigDict(extra="forbid")
    name: str
    hosts: list[str] = []
    database: str = "sqlite"
    order: int = Field(default=0)


@dataclass(slots=True)
class Company:
    """A company that the process serves: engines, the writers' and the readers' gate, and the snapshot in force.

    `own_names` are the host names that people of the box sign in at, `neighbours` all companies of the box.
    `has_proxy` says that the box believes one in front of it; `started_with` are the settings that are in force.
    `door_state` is what this process says of the public port: where it listens, or why it does not.
    `steps` are those of the switch that this process carries out now, the last one under way.
    `failed_at` is the last revision that this process could not put in force, for more than a moment.
    """

    name: str
    folder: Path
    hosts: tuple[str, ...]
    engines: Engines
    gate: Gate
    key: bytes
    vault: Vault
    database: str = "sqlite"
    order: int = 0
    address: str = ""
    is_trial: bool = False
    has_proxy: bool = False
    started_with: BoxConfig = field(default_factory=BoxConfig)
    own_ports: frozenset[int] = frozenset()
    readers: Gate = field(default_factory=lambda: Gate(READERS))
    writers: Writers = field(init=False)
    snapshot: Snapshot = field(default_factory=empty_snapshot)
    broker: Broker = field(default_factory=Broker)
    visits: Visits = field(default_factory=Visits)
    book: Book = field(default_factory=Book)
    readings: Readings = field(default_factory=Readings)
    neighbours: Mapping[str, "Company"] = field(default_factory=dict)
    own_names: frozenset[str] = frozenset()
    door_state: str = ""
    steps: list[str] = field(default_factory=list)
    failed_at: int = -1

    def __post_init__(self) -> None:
        self.writers = Writers(self.engines, self.gate)

    @property
    def guarded_ports(self) -> frozenset[int]:
        """The ports of this machine at which the box itself answers: nothing may be sent there from inside."""
        listens = (parse_listen(company.snapshot.door.listen) for company in self.neighbours.values())
        return self.own_ports | {parsed[1] for parsed in listens if parsed}

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def is_first(self) -> bool:
        """Whether it is the company whose administrators look after the box."""
        return first_of(self.neighbours) in (self, None)


class Box:
    """All companies of one data folder."""

    def __init__(self, data: Path, config: BoxConfig) -> None:
        self.data = data
        self.config = config
        self.companies: dict[str, Company] = {}
        self.port = 0
        self.own_names: frozenset[str] = frozenset()

    @classmethod
    def open(cls, data: Path) -> "Box":
        """Read the data folder and open every company in it. Databases connect at the first use.

        Raises: RuleBroken when a configuration file is wrong.
        """
        box = cls(data, load_config(data))
        box.companies = {company.name: company for company in box.unopened()}
        box.settle(int(box.config.box.listen.rpartition(":")[2]))
        return box

    def unopened(self) -> list["Company"]:
        """Open the companies of the data folder that are not among the box's yet.

        Raises: RuleBroken when a configuration file is wrong.
        """
        known = {company.folder for company in self.companies.values()}
        files = sorted((self.data / "companies").glob(f"[!.]*/{FILE}"))  # with a dot: being made, or left by a crash
        return [open_company(file.parent) for file in files if file.parent not in known]

    def gone(self) -> list["Company"]:
        """The companies whose folder is there no more: they were removed."""
        return [company for company in self.companies.values() if not (company.folder / FILE).exists()]

    def moved(self) -> list["Company"]:
        """The companies whose settings name another database than the one that is open."""
        files = [(company, company.folder / FILE) for company in self.companies.values()]
        return [
            company for company, file in files if file.exists() and read_company_file(file).database != company.database
        ]

    def changed_at(self) -> int:
        """When a company last came, went or moved; a number that only serves to be compared."""
        folder = self.data / "companies"
        return changed_at(folder) + sum(changed_at(company.folder / FILE) for company in self.companies.values())

    def with_new(self, company: "Company") -> dict[str, "Company"]:
        """All companies with one more, which knows now where it is reached; the box serves it once they are its own."""
        former, self.companies = self.companies, {**self.companies, company.name: company}
        self.settle(self.port)
        joined, self.companies = self.companies, former
        return joined

    def without(self, company: "Company") -> None:
        """Serve a company no more: who asks for it finds the first one, as at any name that nobody has."""
        self.companies = {name: other for name, other in self.companies.items() if name != company.name}
        self.settle(self.port)

    def settle(self, port: int) -> None:
        """Tell each company where the box is reached, when it is served on this port."""
        self.port = port
        names = (*self.config.box.names, *(host for c in self.companies.values() for host in c.hosts))
        own_names = frozenset(host_and_port(name, 0)[0] for name in names)
        self.own_names = own_names
        for company in self.companies.values():
            company.address, company.is_trial = address_of(self.config, company, port), is_trial(self.config)
            company.has_proxy = bool(self.config.box.trusted_proxies)
            company.started_with = self.config
            company.own_ports, company.own_names = frozenset({port, self.config.tls.plain_port} - {0}), own_names
            company.neighbours = self.companies

    def first(self) -> Company | None:
        """The company that answers on every host name that no other claims."""
        return first_of(self.companies)

    def for_host(self, host: str) -> Company | None:
        """Which company a Host header means; a header's port and letter case do not matter."""
        name = host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()
        for company in self.companies.values():
            if name in company.hosts:
                return company
        return self.first()

    def get(self, name: str | None) -> Company:
        """The company of that name, or the first one.

        Raises: NotFound.
        """
        company = self.first() if name is None else self.companies.get(name)
        if company is None:
            msg = f"There is no company {name!r} in {self.data}." if name else f"There is no company in {self.data}."
            raise NotFound(msg)
        return company

    def close(self) -> None:
        for company in self.companies.values():
            company.engines.dispose()


def first_of(companies: Mapping[str, Company]) -> Company | None:
    """The one that was made first."""
    return min(companies.values(), key=lambda c: (c.order, c.name), default=None)


def changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def open_company(folder: Path) -> Company:
    """Open one company's folder."""
    file = read_company_file(folder / FILE)
    url = f"sqlite:///{folder / 'company.db'}" if file.database == "sqlite" else file.database
    engines = open_engines(url)
    return Company(
        name=file.name,
        folder=folder,
        hosts=tuple(host.lower() for host in file.hosts),
        engines=engines,
        gate=Gate(1 if engines.is_sqlite else WRITERS),
        key=(folder / "secrets" / "company.key").read_bytes(),
        database=file.database,
        vault=Vault(read_master_key(folder.parent.parent), file.name),
        order=file.order,
    )


def address_of(config: BoxConfig, company: Company, port: int) -> str:
    """Where people find the company, for links in mails: from the configuration, never from a request.

    A name with the configured port follows when the box is served on another.
    """
    name, configured = config.box.names[0], config.box.listen.rpartition(":")[2]
    if name.endswith(f":{configured}"):
        name = f"{name.removesuffix(configured)}{port}"
    if company.hosts:
        typed = name.rpartition(":")[2]
        name = f"{company.hosts[0]}:{typed}" if typed.isdigit() else company.hosts[0]
    return f"{'http' if config.tls.mode == 'off' else 'https'}://{name}"


def is_trial(config: BoxConfig) -> bool:
    """Whether nobody but this machine reaches the box: it listens and is known on loopback, with no proxy in front."""
    listens = config.box.listen.rpartition(":")[0].strip("[]")
    known = host_and_port(config.box.names[0], 0)[0]
    in_front = config.tls.mode != "off" or config.box.trusted_proxies
    return not in_front and all(here in LOOPBACK for here in (listens, known))


def new_company_folder(data: Path, name: str) -> tuple[Path, Path]:
    """Where a company is made, and where it moves to once it is whole; what a crash left of an earlier try is removed.

    Raises: RuleBroken when the name can't be a company's, or is taken.
    """
    if not NAME.match(name):
        raise RuleBroken(f"{name!r} can't be a company's name: use up to 31 lower-case letters, digits and hyphens.")
    if name == THE_BOX:
        raise RuleBroken(f"A company can't be called {name}: the backups of the box itself are.")
    final, making = data / "companies" / name, data / "companies" / f".{name}.new"
    if final.exists():
        raise RuleBroken(f"The company {name!r} exists already.")
    for left in (making, hidden_folder(final)):
        if left.exists():
            shutil.rmtree(left)
    return making, final


def hidden_folder(folder: Path) -> Path:
    """Where a company's folder lies while it is being removed."""
    return folder.with_name(f".{folder.name}.removed")


def write_company_folder(data: Path, folder: Path, name: str, *, database: str, hosts: list[str], order: int) -> None:
    """Fill the folder of a new company, with a key of its own; its database is made by `create_company`."""
    for part in ("files", "secrets"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for private in (data, data / "companies", folder, folder / "secrets"):
        private.chmod(0o700)
    ensure_master_key(data)
    key = folder / "secrets" / "company.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(32))
    (folder / FILE).touch(mode=0o600)
    (folder / FILE).write_text(company_file_text(name, hosts=hosts, database=database, order=order), "utf-8")


def company_file_text(name: str, *, hosts: list[str], database: str, order: int) -> str:
    """What stands in `company.toml`."""
    quoted = ", ".join(f'"{host}"' for host in hosts)
    return f'name = "{name}"\nhosts = [{quoted}]\ndatabase = "{_for_toml(database)}"\norder = {order}\n'


def read_company_file(path: Path) -> CompanyFile:
    """Read a `company.toml`.

    Raises: RuleBroken that names the file.
    """
    try:
        return CompanyFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise RuleBroken(f"{path}: {error}") from error


def _for_toml(database: str) -> str:
    if database == "sqlite":
        return database
    rendered = make_url(database).render_as_string(hide_password=False)
    return rendered.replace("\\", "\\\\").replace('"', '\\"')
