"""Talks to the service: where its pages are, what a code is worth, whose keys signed an answer.

Authorization Code Flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636). All of it goes through the one client.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from boxportal.kernel.outbound.book import Book
from boxportal.kernel.outbound.client import Client, origin_of
from boxportal.kernel.sso.settings import SsoSettings
from boxportal.sdk.errors import Invalid, NotReached
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.mailaddr import address_key

PURPOSE = "core.sso"
WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY = 60
KEEP_SECONDS = 600
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
OK = 200


@dataclass(frozen=True, slots=True)
class Access:
    """With what the service is asked: the opened secret, the portal's own ports, the book of connections."""

    settings: SsoSettings
    secret: str
    own_ports: frozenset[int]
    book: Book

    @property
    def fetch(self) -> Client:
        _scheme, host, port = origin_of(self.settings.issuer)
        # The administrator named the service: it may lie in the own network, or beside the portal.
        allowed = frozenset({f"{host}:{port}"})
        return Client(PURPOSE, self.own_ports, allowed, self.book, on_this_machine=True)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the service's pages are (OpenID Connect Discovery 1.0, 3)."""

    authorize: str
    token: str
    keys: str
    user: str


_known: dict[str, tuple[float, Places]] = {}


@dataclass(frozen=True, slots=True)
class Began:
    """What a sign-in remembers while the person is at the service."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Whom the service vouches for. `email` is empty unless the service says that it is verified."""

    issuer: str
    subject: str
    email: str
    name: str


def began() -> Began:
    return Began(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def places_of(by: Access) -> Places:
    """Ask the service where its pages are; the answer is kept ten minutes.

    Raises: NotReached when it does not answer as the standard says.
    """
    issuer, now = by.settings.issuer, time.monotonic()
    asked, places = _known.get(issuer, (0.0, None))
    if places is None or now - asked > KEEP_SECONDS:
        places = asked_places(by, issuer)
        _known.clear()  # the former service, if there was another
        _known[issuer] = (now, places)
    return places


def asked_places(by: Access, issuer: str) -> Places:
    said = document(by, issuer + WELL_KNOWN)
    if str(said.get("issuer", "")).rstrip("/") != issuer:
        raise NotReached(_("The service calls itself %(issuer)s.", issuer=str(said.get("issuer", ""))[:200]))
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    authorize, token, keys = (str(said.get(name, "")) for name in names)
    for address in (authorize, token, keys):
        if not address.startswith(issuer.partition(":")[0] + "://"):
            raise NotReached(_("The service does not say where its pages are."))
    return Places(authorize, token, keys, str(said.get("userinfo_endpoint", "")))


def document(by: Access, url: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """A JSON object.

    Raises: NotReached.
    """
    return read(by.fetch(url, headers={"accept": "application/json", **(headers or {})}))


def read(got: Any) -> Mapping[str, Any]:  # noqa: ANN401 a Fetched
    try:
        said = json.loads(got.body)
    except ValueError:
        said = None
    if got.status != OK or not isinstance(said, dict):
        why = f"{said.get('error', '')} {said.get('error_description', '')}".strip() if isinstance(said, dict) else ""
        raise NotReached(_("The service answered with %(status)s. %(why)s", status=got.status, why=why[:200]).strip())
    return said


def address_to(by: Access, begun: Began, back: str) -> str:
    """Where the browser goes: the service's own sign-in page.

    Raises: NotReached.
    """
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    wish = {
        "response_type": "code", "client_id": by.settings.client, "redirect_uri": back, "scope": "openid email profile",
        "state": begun.state, "nonce": begun.nonce, "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
    }  # fmt: skip
    authorize = places_of(by).authorize
    return f"{authorize}{'&' if '?' in authorize else '?'}{urlencode(wish)}"


def redeem(by: Access, begun: Began, code: str, back: str) -> Arrived:
    """Give the code back and read whom the service vouches for.

    Raises: NotReached; Invalid when the answer is not what the standard asks for.
    """
    places = places_of(by)
    wish = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": begun.verifier}
    who = base64.b64encode(f"{quote(by.settings.client)}:{quote(by.secret)}".encode()).decode()
    headers = FORM | {"authorization": f"Basic {who}"}
    said = read(by.fetch(places.token, method="POST", headers=headers, body=urlencode(wish).encode()))
    claims = claims_of(by, places, str(said.get("id_token", "")), begun.nonce)
    if not claims.get("email") and places.user and said.get("access_token"):
        more = document(by, places.user, {"authorization": f"Bearer {said['access_token']}"})
        if more.get("sub") == claims["sub"]:  # OpenID Connect Core 1.0, 5.3.2
            claims = {**more, **claims}
    email = address_key(str(claims.get("email", ""))) or "" if claims.get("email_verified") is True else ""
    name = str(claims.get("name") or claims.get("preferred_username") or email)
    return Arrived(by.settings.issuer, str(claims["sub"])[:255], email, name)


def claims_of(by: Access, places: Places, token: str, nonce: str) -> dict[str, Any]:
    """What a signed answer says (OpenID Connect Core 1.0, 3.1.3.7).

    Raises: Invalid; NotReached for the keys.
    """
    from joserfc import jwt  # noqa: PLC0415 only where somebody signs in so
    from joserfc.errors import JoseError  # noqa: PLC0415 as above
    from joserfc.jwk import KeySet  # noqa: PLC0415 as above

    keys = document(by, places.keys)
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]  # a parsed document
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY, iss={"essential": True}, sub={"essential": True}, exp={"essential": True},
            aud={"essential": True, "value": by.settings.client}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        rules.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Invalid({"": _("The service's answer could not be checked. Try again.")}) from error
    claims = dict(decoded.claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    meant = claims.get("azp", by.settings.client) == by.settings.client and (not several or "azp" in claims)
    if str(claims["iss"]).rstrip("/") != by.settings.issuer or not meant:
        raise Invalid({"": _("The service's answer could not be checked. Try again.")})
    return claims
