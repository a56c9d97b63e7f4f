"""Sign-in by another service of the company (OpenID Connect Core 1.0): which one, and who may come by it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from boxportal.kernel.companies import LOOPBACK
from boxportal.kernel.mail.settings import is_sendable
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import Place, Vault
from boxportal.kernel.settings import save_setting
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line

SECRET = Place("core_setting", "value", "core.SsoSettings.secret")
MOST_TITLE, MOST_TEXT = 60, 500
BACK = "/sso/back"


class SsoSettings(BaseModel):
    """The service. Its secret is sealed. With `adds` whoever it sends becomes a person, else only who was invited."""

    model_config = ConfigDict(extra="ignore")
    on: bool = False
    title: str = ""
    issuer: str = ""
    client: str = ""
    secret: str = ""
    adds: bool = False

    @property
    def is_set(self) -> bool:
        return bool(self.issuer and self.client)


@dataclass(frozen=True, slots=True, kw_only=True)
class SsoWish:
    """What an administrator enters. An empty secret keeps the one that is there."""

    on: bool
    title: str
    issuer: str
    client: str
    secret: str
    adds: bool


def secret_of(settings: SsoSettings, vault: Vault) -> str:
    """Raises: RuleBroken when it was sealed with another key."""
    return vault.open(settings.secret, SECRET) if settings.secret else ""


def set_service(ctx: Ctx, wish: SsoWish) -> None:
    """Keep the settings; without an address there is no such service.

    Raises: Invalid.
    """
    old = ctx.settings(SsoSettings)
    new = checked(wish, old) if wish.issuer.strip() else SsoSettings()
    if new.is_set and wish.secret:
        new.secret = company_of(ctx).vault.seal(wish.secret, SECRET)
    save_setting(ctx.db, new)
    ctx.audit(AuditEntry(action="core.sso.edit", before=shown(old), after=shown(new)))


def switch_off(ctx: Ctx) -> None:
    """Nobody signs in by the service; what was entered stays."""
    settings = ctx.settings(SsoSettings)
    before = shown(settings)
    settings.on = False
    save_setting(ctx.db, settings)
    ctx.audit(AuditEntry(action="core.sso.edit", before=before, after=shown(settings)))


def checked(wish: SsoWish, old: SsoSettings) -> SsoSettings:
    """Raises: Invalid, for all fields at once."""
    issuer, client = wish.issuer.strip().rstrip("/"), wish.client.strip()
    title = clean_line(wish.title)
    rules = {
        "issuer": (is_issuer(issuer), _("Type the service's address, such as https://login.example.org/realms/acme.")),
        "client": (client and is_sendable(client), _("Type the name that the service gave to this portal.")),
        "secret": (is_sendable(wish.secret), _("This holds characters that can't be sent.")),
        "title": (title and len(title) <= MOST_TITLE, _("Type what the button says, in up to 60 letters.")),
    }
    wrong: dict[str, object] = {name: text for name, (good, text) in rules.items() if not good}
    # A kept secret is never sent to another service than the one that it was entered for.
    if not wish.secret and (not old.secret or (issuer, client) != (old.issuer, old.client)):
        wrong["secret"] = _("Enter the secret that the service gave to this portal.")
    if wrong:
        raise Invalid(wrong)
    kept = "" if wish.secret else old.secret
    return SsoSettings(on=wish.on, title=title, issuer=issuer, client=client, secret=kept, adds=wish.adds)


def is_issuer(text: str) -> bool:
    """Encrypted, but on this very machine (OpenID Connect Discovery 1.0, 4)."""
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port != 0
    except ValueError:
        return False
    plain = is_sendable(text) and not (parts.query or parts.fragment or "@" in parts.netloc or " " in text)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return bool(plain and encrypted and parts.hostname and port_is_fine)


def shown(settings: SsoSettings) -> dict[str, object]:
    """What the audit log may know: that there is a secret, not which."""
    return settings.model_dump() | {"secret": "set" if settings.secret else ""}
