"""The keys of an answers file: what each is, what holds without it, and what it may be."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from ipaddress import ip_address
from pathlib import Path

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
LANGUAGES = ("en", "ru", "sw")
TLS_MODES = ("own-ca", "files", "proxy", "off")
PERIODS = ("daily", "weekly", "monthly")
HIGHEST_PORT = 65535
MOST = 999

Problem = Callable[[object], str]
"""Says what is wrong with a value; "" when nothing is."""


def is_text(value: object) -> str:
    return "" if isinstance(value, str) else "must be a text in quotes"


def is_flag(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def is_filled(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() and value.isprintable() else "must be a text of one line"


def is_one(value: object) -> str:
    return "" if value == 1 and not isinstance(value, bool) else "must be 1: this program knows no other"


def is_no(value: object) -> str:
    """The program asks nobody for newer versions; who says so may."""
    return "" if value is False else "must be false: this version asks nobody whether there is a newer one"


def is_path(value: object) -> str:
    good = isinstance(value, str) and value.startswith("/") and value.isprintable() and ".." not in Path(value).parts
    return "" if good and " " not in str(value) else "must be a full path, without spaces: /srv/boxportal"


def is_folder(value: object) -> str:
    """A folder that will be the service's own must not be one that belongs to the system."""
    if wrong := is_path(value):
        return wrong
    parts = Path(str(value)).parts
    if len(parts) < 3 or parts[1] in ("etc", "usr", "bin", "sbin", "lib", "boot", "dev", "proc", "sys", "run", "tmp"):  # noqa: PLR2004 / and two more
        return "must be a folder of its own, on a disk that lasts: /srv/boxportal"
    return "is hidden from services: choose one outside of /home and /root" if parts[1] in ("home", "root") else ""


def is_path_or_empty(value: object) -> str:
    return "" if value == "" else is_path(value)


def is_name(value: object) -> str:
    good = isinstance(value, str) and NAME.fullmatch(value)
    return "" if good else "must be lower-case letters, digits and hyphens, 31 at most"


def is_host(text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        ip_address(text)
    except ValueError:
        return HOST.fullmatch(text) is not None
    return True


def are_hosts(value: object) -> str:
    good = isinstance(value, list) and value and all(map(is_host, value))
    return "" if good else 'must be a list of names or addresses, without ports: ["portal.local", "192.168.1.20"]'


def are_addresses(value: object) -> str:
    good = isinstance(value, list) and all(is_host(item) for item in value)
    return "" if good else 'must be a list of addresses: ["127.0.0.1"]'


def are_listens(value: object) -> str:
    good = isinstance(value, list) and len(value) == 1 and split_listen(value[0])
    return "" if good else 'must be a list of one address with its port: ["0.0.0.0:443"]'


def split_listen(text: object) -> tuple[str, int] | None:
    """Address and port of `0.0.0.0:443` or `[::]:443`."""
    if not isinstance(text, str):
        return None
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return (host, int(port)) if port.isascii() and port.isdecimal() and 0 < int(port) <= HIGHEST_PORT else None


def is_language(value: object) -> str:
    return "" if value in ("", *LANGUAGES) else f"must be one of {', '.join(LANGUAGES)}"


def is_currency(value: object) -> str:
    return "" if isinstance(value, str) and re.fullmatch(r"([A-Z]{3})?", value) else "must be three letters: TZS"


def is_tls(value: object) -> str:
    return "" if value in TLS_MODES else f"must be one of {', '.join(TLS_MODES)}"


def is_database(value: object) -> str:
    good = value == "sqlite" or (
        isinstance(value, str) and value.startswith(("postgresql://", "postgresql+psycopg://"))
    )
    return "" if good else 'must be "sqlite" or "postgresql://user@host/name"'


def is_time(value: object) -> str:
    try:
        good = isinstance(value, str) and len(value) == 5 and time.fromisoformat(value)  # noqa: PLR2004 02:30
    except ValueError:
        good = False
    return "" if good or good == time(0) else 'must be a time of the day: "02:30"'


def is_keep(value: object) -> str:
    whole = isinstance(value, dict) and all(
        k in PERIODS and type(v) is int and 0 <= v <= MOST for k, v in value.items()
    )
    good = isinstance(value, dict) and whole and value.get("daily")
    return "" if good else "must be { daily = 7, weekly = 4, monthly = 6 }"


def is_port(value: object) -> str:
    return "" if type(value) is int and 0 <= value <= HIGHEST_PORT else "must be a port; 0 is the usual one"


def are_texts(value: object) -> str:
    return "" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "must be a list of texts"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Its default is a value, or it is worked out from the machine and the other answers (`derived`).

    What is `optional` is never missed, whatever `accept_defaults` says: leaving it out means something.
    """

    problem: Problem
    default: object = None
    derived: bool = False
    optional: bool = False


KEYS: dict[str, Key] = {
    "schema": Key(is_one, 1, optional=True),
    "accept_defaults": Key(is_flag, default=True, optional=True),
    "box.listen": Key(are_listens, derived=True),
    "box.names": Key(are_hosts, derived=True),
    "box.data": Key(is_folder, "/var/lib/boxportal"),
    "box.database": Key(is_database, "sqlite"),
    "company.name": Key(is_name, derived=True),
    "company.title": Key(is_filled, "My company"),
    "company.language": Key(is_language, ""),
    "company.timezone": Key(is_text, ""),
    "company.currency": Key(is_currency, ""),
    "company.modules": Key(are_texts, derived=True),
    "company.profile": Key(is_text, "", optional=True),
    "tls.mode": Key(is_tls, "own-ca"),
    "tls.cert": Key(is_path_or_empty, "", optional=True),
    "tls.key": Key(is_path_or_empty, "", optional=True),
    "tls.trusted": Key(are_addresses, ["127.0.0.1"], optional=True),
    "admin.email": Key(is_text, "", optional=True),
    "admin.name": Key(is_filled, "Administrator", optional=True),
    "admin.link_out": Key(is_path_or_empty, "", optional=True),
    "backup.dir": Key(is_folder, "/var/backups/boxportal"),
    "backup.at": Key(is_time, "02:30"),
    "backup.keep": Key(is_keep, {"daily": 7, "weekly": 4, "monthly": 6}),
    "backup.recovery_key_out": Key(is_path_or_empty, "", optional=True),
    "mail.host": Key(is_text, "", optional=True),
    "mail.port": Key(is_port, 0, optional=True),
    "mail.user": Key(is_text, "", optional=True),
    "mail.password_file": Key(is_path_or_empty, "", optional=True),
    "mail.from": Key(is_text, "", optional=True),
    "update.check": Key(is_no, default=False, optional=True),
}
"""Every key that an answers file may have. Secrets are named by their file, never given."""
