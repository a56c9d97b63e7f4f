"""The company's directory (LDAP, RFC 4511, or Active Directory): where it is, and what is taken from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from boxportal.kernel.identity.models import Role
from boxportal.kernel.mail.settings import HOST, MOST_SECRET, is_port, is_sendable
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import Place, Vault
from boxportal.kernel.settings import save_setting
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

PASSWORD = Place("core_setting", "value", "core.DirectorySettings.password")
KINDS = ("ad", "ldap")
SECURITY = ("tls", "starttls")
PORTS = {"tls": 636, "starttls": 389}
MOST_TEXT = 1000
MOST_CA = 100_000
DN = re.compile(r"\s*[A-Za-z0-9.-]+\s*=.+")


class DirectorySettings(BaseModel):
    """Where the directory is. The password of the account that looks people up is sealed.

    `roles` gives a role to the members of a group, by the group's name in the directory (DN); `admins` is the group
    whose members administer the portal. With `adds` whoever is found becomes a person; with `teams` departments become
    teams.
    """

    model_config = ConfigDict(extra="ignore")
    on: bool = False
    kind: str = "ad"
    host: str = ""
    port: int = 636
    security: str = "tls"
    ca: str = ""
    user: str = ""
    password: str = ""
    base: str = ""
    filter: str = ""
    roles: dict[str, int] = {}
    admins: str = ""
    adds: bool = True
    teams: bool = True

    @property
    def is_set(self) -> bool:
        return bool(self.host and self.base)


class DirectoryState(BaseModel):
    """What the last look at the directory brought. `left_alone` names entries that were not taken, each with why."""

    model_config = ConfigDict(extra="ignore")
    at: datetime | None = None
    error: str = ""
    found: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    left_alone: list[str] = []
    departments: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryWish:
    """What an administrator enters. An empty password keeps the one that is there; `roles` is a line for each group."""

    on: bool
    kind: str
    host: str
    port: str
    security: str
    ca: str
    user: str
    password: str
    base: str
    filter: str
    roles: str
    admins: str
    adds: bool
    teams: bool


def password_of(settings: DirectorySettings, vault: Vault) -> str:
    """Raises: RuleBroken when it was sealed with another key."""
    return vault.open(settings.password, PASSWORD) if settings.password else ""


def set_directory(ctx: Ctx, wish: DirectoryWish) -> None:
    """Keep the settings; without a host there is no directory.

    Raises: Invalid.
    """
    old = ctx.settings(DirectorySettings)
    new = checked(ctx, wish, old) if wish.host.strip() else DirectorySettings()
    if wish.host.strip() and wish.password:
        new.password = company_of(ctx).vault.seal(wish.password, PASSWORD)
    save_setting(ctx.db, new)
    ctx.audit(AuditEntry(action="core.directory.edit", before=shown(old), after=shown(new)))


def switch_off(ctx: Ctx) -> None:
    """Nobody signs in with the directory; what was entered stays."""
    settings = ctx.settings(DirectorySettings)
    before = shown(settings)
    settings.on = False
    save_setting(ctx.db, settings)
    ctx.audit(AuditEntry(action="core.directory.edit", before=before, after=shown(settings)))


def checked(ctx: ReadCtx, wish: DirectoryWish, old: DirectorySettings) -> DirectorySettings:
    """Raises: Invalid, for all fields at once."""
    host, user = wish.host.strip(), wish.user.strip()
    wrong = wrong_fields(wish)
    # A kept password is never sent to another server than the one that it was entered for.
    same = (host, wish.port.strip(), wish.security, user) == (old.host, str(old.port), old.security, old.user)
    if user and not wish.password and not (old.password and same):
        wrong["password"] = _("Enter the password for this server and user.")
    roles, unclear = read_roles(ctx, wish.roles)
    if unclear:
        wrong["roles"] = unclear
    if wrong:
        raise Invalid(wrong)
    kept = old.password if user and not wish.password else ""
    return DirectorySettings(
        on=wish.on, kind=wish.kind, host=host, port=int(wish.port), security=wish.security, ca=wish.ca.strip(),
        user=user, password=kept, base=wish.base.strip(), filter=wish.filter.strip(), roles=roles,
        admins=wish.admins.strip(), adds=wish.adds, teams=wish.teams,
    )  # fmt: skip


def wrong_fields(wish: DirectoryWish) -> dict[str, object]:
    looked_for = wish.filter.strip()
    admins, ca = wish.admins.strip(), wish.ca.strip()
    rules = {
        "kind": (wish.kind in KINDS, _("Choose what kind of directory it is.")),
        "host": (HOST.fullmatch(wish.host.strip()), _("Type a name or an address, such as dc1.example.org.")),
        "port": (is_port(wish.port.strip()), _("A port is a number from 1 to 65535.")),
        "security": (wish.security in SECURITY, _("Choose how the connection is protected.")),
        "ca": (len(ca) <= MOST_CA and (not ca or is_certificate(ca)), _("This is not a certificate in PEM form.")),
        "base": (is_name(wish.base), _("Type where people are looked for, such as DC=example,DC=org.")),
        "filter": (is_filter(looked_for), _("This is not a filter, such as (objectClass=person).")),
        "admins": (not admins or is_name(admins), _("Type the group's full name, such as CN=IT,DC=example,DC=org.")),
        "user": (is_sendable(wish.user.strip()), _("This holds characters that can't be sent.")),
        "password": (len(wish.password) <= MOST_SECRET and is_sendable(wish.password),
                     _("This holds characters that can't be sent.")),
    }  # fmt: skip
    return {name: text for name, (good, text) in rules.items() if not good}


def is_name(text: str) -> bool:
    return len(text) <= MOST_TEXT and all(DN.fullmatch(part) for part in re.split(r"(?<!\\),", text)) and "=" in text


def is_filter(text: str) -> bool:
    """Whether the text is a filter of RFC 4515, as far as brackets tell; the directory has the last word."""
    depth = 0
    for mark in text:
        depth += (mark == "(") - (mark == ")")
        if depth < 0:
            return False
    return not text or (text[0] == "(" and text[-1] == ")" and depth == 0 and "=" in text and len(text) <= MOST_TEXT)


def is_certificate(text: str) -> bool:
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 5 MB, only where one is entered

    try:
        return bool(load_pem_x509_certificates(text.encode()))
    except ValueError:
        return False


def read_roles(ctx: ReadCtx, text: str) -> tuple[dict[str, int], str]:
    """Groups with the roles that they give, and what is unclear.

    A line each: `CN=Sales,DC=example,DC=org = Employee`.
    """
    titles = {str(_(title)).casefold(): number for number, title in ctx.db.execute(select(Role.id, Role.title)).all()}
    found: dict[str, int] = {}
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        group, _equals, title = line.rpartition("=")
        role = titles.get(title.strip().casefold())
        if role is None:
            return {}, _("“%(line)s”: there is no role “%(role)s”.", line=line[:80], role=title.strip()[:40])
        if not is_name(group.strip()):
            return {}, _("“%(line)s”: write the group's full name, =, and the role.", line=line[:80])
        found[group.strip()] = role
    return found, ""


def written_roles(ctx: ReadCtx, roles: Mapping[str, int]) -> str:
    """The lines that `read_roles` reads."""
    titles = dict(ctx.db.execute(select(Role.id, Role.title)).all())
    return "\n".join(f"{group} = {_(titles[role])}" for group, role in roles.items() if role in titles)


def shown(settings: DirectorySettings) -> dict[str, object]:
    """What the audit log may know: that there is a password, not which."""
    return settings.model_dump() | {"password": "set" if settings.password else "", "ca": "set" if settings.ca else ""}
