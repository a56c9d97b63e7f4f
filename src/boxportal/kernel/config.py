"""The box's own configuration: `boxportal.toml` in the settings folder; flag beats environment beats file."""

import os
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from boxportal.kernel.config_rules import (
    absolute_or_empty,
    clock_time,
    database_kind,
    keep_rule,
    listen_address,
    proxy_addresses,
)
from boxportal.kernel.described import setting
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n


class Section(BaseModel):
    """A table of the file. Its fields are made by `setting`; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")
    title: ClassVar[str] = ""


class BoxSection(Section):
    """Where the box listens, what people type, and on what database new companies are made.

    With `nodes` several servers may serve the box at a time; all its companies lie on Postgres then.
    `data` stands in the file of an installed box, whose settings lie apart from its data.
    """

    title = _n("The box")
    listen: Annotated[str, AfterValidator(listen_address)] = setting(
        "127.0.0.1:8080",
        title=_n("Listens on"),
        text=_n("The address and port of this machine at which the portal answers. 0.0.0.0 means every address."),
        example="0.0.0.0:8080",
    )
    names: Annotated[list[str], Field(min_length=1)] = setting(
        ["127.0.0.1:8080"],
        title=_n("Names"),
        text=_n("What people type to open the portal, with the port where one is typed. Links in mails begin with the "
                "first name."),
        example=["portal.local", "192.168.1.20"],
    )  # fmt: skip
    data: str = setting(
        "",
        title=_n("Data folder"),
        text=_n("Where the companies' data lies, when it is not the folder of this file. The installer writes "
                "it: to move the data takes more than to change this line."),
        example="/var/lib/boxportal",
        fixed=True,
    )  # fmt: skip
    database: Annotated[str, AfterValidator(database_kind)] = setting(
        "sqlite",
        title=_n("Database of new companies"),
        text=_n("Companies that are made from now on get an SQLite file of their own, or the Postgres database that a "
                "URL names. It holds a password, so it is not shown."),
        example="postgresql+psycopg://boxportal@localhost/acme",
        restart=False,
        secret=True,
    )  # fmt: skip
    threads: Annotated[int, Field(ge=1, le=64)] = setting(
        6,
        title=_n("Threads"),
        text=_n("How many requests are worked on at the same moment. More is not faster: 6 was measured as the best on "
                "small machines."),
    )  # fmt: skip
    trusted_proxies: Annotated[list[str], AfterValidator(proxy_addresses)] = setting(
        [],
        title=_n("Trusted proxies"),
        text=_n("Addresses of the servers in front of this one, whose word is taken for who the visitor is. Leave it "
                "empty where none stands in front."),
        example=["127.0.0.1"],
    )  # fmt: skip
    nodes: bool = setting(
        False,
        title=_n("Several servers"),
        text=_n("Lets several servers serve this box at a time. All its companies must lie on Postgres then."),
    )
    api_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = setting(
        600,
        title=_n("API requests a minute"),
        text=_n("How many requests one key to the API may make in a minute. 0 takes the limit away."),
    )


class TlsSection(Section):
    """How the connection is encrypted: by the box's own authority, by certificate files, by a proxy, or not at all."""

    title = _n("Encryption")
    mode: Literal["own-ca", "files", "proxy", "off"] = setting(
        "off",
        title=_n("How the connection is encrypted"),
        text=_n("own-ca: the portal makes its certificate itself, and each device is told once to trust it. files: "
                "with a certificate that you have. proxy: a server in front does it. off: not at all, which is right "
                "for a trial on this machine alone."),
        example="own-ca",
    )  # fmt: skip
    cert: str = setting(
        "",
        title=_n("Certificate file"),
        text=_n("For files: the certificate with its chain in PEM form. The portal takes a changed file in by itself."),
        example="/etc/ssl/portal/fullchain.pem",
    )
    key: str = setting(
        "",
        title=_n("Key file"),
        text=_n("For files: the certificate's private key in PEM form, without a passphrase."),
        example="/etc/ssl/portal/privkey.pem",
    )
    plain_port: Annotated[int, Field(ge=0, le=65535)] = setting(
        0,
        title=_n("Port without encryption"),
        text=_n("Who comes to this port is sent on to https, and finds the page that tells how to trust the portal. "
                "Usually 80; 0 opens no such port."),
        example=80,
    )  # fmt: skip

    @property
    def is_own(self) -> bool:
        """Whether the server itself speaks TLS."""
        return self.mode in ("own-ca", "files")


class BackupSection(Section):
    """When backups are made, where they lie first, and for how long they are kept."""

    title = _n("Backups")
    dir: Annotated[str, AfterValidator(absolute_or_empty)] = setting(
        "",
        title=_n("Folder of backups"),
        text=_n("Where backups lie on this machine. Empty means /var/backups/boxportal of an installed box, and the "
                "folder backups in the data of a trial. Copies elsewhere are targets: boxportal backup target add."),
        example="/mnt/backups/boxportal",
        restart=False,
    )  # fmt: skip
    at: Annotated[str, AfterValidator(clock_time)] = setting(
        "02:30",
        title=_n("Time of the backup"),
        text=_n("When the nightly backup is made, by this machine's clock."),
        restart=False,
    )
    keep: Annotated[str, AfterValidator(keep_rule)] = setting(
        "7/4/6",
        title=_n("How long backups are kept"),
        text=_n("Of how many days, weeks and months one backup is kept each. The last proven one is never removed."),
        restart=False,
    )
    by: Literal["server", "timer"] = setting(
        "server",
        title=_n("Who starts the backup"),
        text=_n("server: the portal itself, while it runs. timer: the system's timer, which an installed box has."),
        restart=False,
    )


class HealthSection(Section):
    """From when on `boxportal doctor` calls something a problem."""

    title = _n("Health")
    disk_gb: Annotated[float, Field(ge=0)] = setting(
        2.0,
        title=_n("Free disk space"),
        text=_n("Gigabytes that must be free where the data lies; twice the largest database counts too."),
        restart=False,
    )
    memory_mb: Annotated[int, Field(ge=0)] = setting(
        100,
        title=_n("Free memory"),
        text=_n("Megabytes of memory that the machine must have left."),
        restart=False,
    )


class MetricsSection(Section):
    """Figures for a monitoring system, at /metrics."""

    title = _n("Metrics")
    on: bool = setting(
        False,
        title=_n("Figures at /metrics"),
        text=_n("Tells a Prometheus how many requests came, how long they took, what waits and how old the backup is."),
    )
    token: str = setting(
        "",
        title=_n("Token of the metrics"),
        text=_n("Who reads /metrics must send it as a bearer token. Without one only this machine itself gets an "
                "answer."),
        secret=True,
    )  # fmt: skip


class BoxConfig(BaseModel):
    """The whole file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")
    box: BoxSection = BoxSection()
    tls: TlsSection = TlsSection()
    backup: BackupSection = BackupSection()
    health: HealthSection = HealthSection()
    metrics: MetricsSection = MetricsSection()


FILE = "boxportal.toml"
INSTALLED = Path("/etc/boxportal")
VARIABLE = "BOXPORTAL_SETTINGS"
DATA_LINE = re.compile(r'(?m)^\s*data\s*=\s*"([^"\n]+)"')


def installed_data() -> Path | None:
    """The data folder of the box that is installed on this machine."""
    try:
        text = (INSTALLED / FILE).read_text("utf-8")
    except (OSError, UnicodeError):
        return None
    try:
        named = tomllib.loads(text)["box"]["data"]
    except tomllib.TOMLDecodeError:  # still this box's file: whoever serves it must hear that it is broken
        found = DATA_LINE.search(text)
        named = found[1] if found else "/var/lib/boxportal"
    except (LookupError, TypeError):
        return None
    return Path(named) if isinstance(named, str) and named else None


def settings_folder(data: Path) -> Path:
    """Where the box's settings and keys lie: in the data folder, or apart from it in an installed box."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return INSTALLED if not (data / FILE).exists() and installed_data() == data else data


def load_config(data: Path) -> BoxConfig:
    """Read the box's configuration; without a file the defaults hold.

    Raises: RuleBroken that names the file and each wrong key.
    """
    path = settings_folder(data) / FILE
    if not path.exists():
        return BoxConfig()
    try:
        return parse_config(path.read_text("utf-8"))
    except ValueError as error:
        msg = f"{path}: {error}"
        raise RuleBroken(msg) from error


def parse_config(text: str) -> BoxConfig:
    """Read a configuration from its text.

    Raises: ValueError that names each wrong key, an unknown one with the nearest that there is.
    """
    try:
        return BoxConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_("This is not valid TOML: %(error)s", error=error)) from error
    except ValidationError as error:
        raise ValueError(" ".join(f"{key}: {text}" for key, text in mistakes_of(error))) from error


def mistakes_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Each wrong key of a file with what is wrong, in the reader's language."""
    from boxportal.sdk.form_texts import sentence  # noqa: PLC0415 a right file needs no words

    known = known_keys()
    for one in error.errors():
        key = ".".join(str(part) for part in one["loc"])
        if one["type"] != "extra_forbidden":
            yield key, str(sentence(one))
        elif near := get_close_matches(key, known, n=1):
            yield key, _("There is no such setting. Did you mean %(key)s?", key=near[0])
        else:
            yield key, _("There is no such setting.")


def known_keys() -> list[str]:
    """Every section, and every setting by its dotted name."""
    sections = {name: type(section) for name, section in BoxConfig()}
    return [*sections, *(f"{name}.{key}" for name, kind in sections.items() for key in kind.model_fields)]
