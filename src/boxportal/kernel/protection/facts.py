"""What a check may look at: the box's folders and settings, its database, its running server."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from sqlalchemy import func, select

from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.certificates.choices import mode_of
from boxportal.kernel.certificates.folder import Folder
from boxportal.kernel.companies import LOOPBACK, Company
from boxportal.kernel.config import BoxConfig, load_config, settings_folder
from boxportal.kernel.door import DoorSettings, parse_listen
from boxportal.kernel.identity.models import Person
from boxportal.kernel.own_server import is_tls
from boxportal.kernel.protection.serving import Serving, serving_process
from boxportal.kernel.running import company_of
from boxportal.kernel.state import read_door
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import ReadSession


@dataclass
class Facts:
    """The facts of one round of checks; each is found out once, when a check asks for it."""

    ctx: ReadCtx
    program: Distribution | None = None

    @property
    def db(self) -> ReadSession:
        return self.ctx.db

    @property
    def now(self) -> datetime:
        return self.ctx.now

    @cached_property
    def company(self) -> Company:
        return company_of(self.ctx)

    @cached_property
    def data(self) -> Path:
        return data_of(self.company)

    @cached_property
    def settings(self) -> Path:
        """The folder of `boxportal.toml` and the keys."""
        return settings_folder(self.data)

    @cached_property
    def config(self) -> BoxConfig:
        return load_config(self.data)

    @cached_property
    def tls_mode(self) -> str:
        """How the connection is encrypted now, by boxportal.toml or as it was chosen since."""
        return mode_of(self.config.tls, Folder(self.settings).state())

    @cached_property
    def backups(self) -> Path:
        return default_folder(self.data)

    @cached_property
    def door(self) -> DoorSettings:
        return read_door(self.db, self.company)

    @cached_property
    def is_reachable(self) -> bool:
        """Whether other machines reach the portal, directly or by a proxy."""
        listens = parse_listen(self.config.box.listen)
        return listens is None or listens[0] not in LOOPBACK or bool(self.config.box.trusted_proxies)

    @cached_property
    def people(self) -> int:
        """How many can sign in."""
        return self.db.scalar(select(func.count()).select_from(Person).where(Person.state == "active")) or 0

    @cached_property
    def server(self) -> Serving | None:
        """The process that serves this data folder; None when there is none."""
        return serving_process(self.data, self.config, is_tls=is_tls(self.tls_mode))

    @cached_property
    def installed(self) -> Distribution | None:
        """The program as it was installed."""
        if self.program is not None:
            return self.program
        try:
            return distribution("boxportal")
        except PackageNotFoundError:
            return None
