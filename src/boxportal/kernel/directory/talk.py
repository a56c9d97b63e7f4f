"""Talks to the directory: looks people up, reads groups, and lets the directory check a password.

Only encrypted (LDAPS or StartTLS), to an address that the guard allowed, noted in the log of connections.
"""

import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from boxportal.kernel.directory.settings import DirectorySettings
from boxportal.kernel.outbound.book import Book
from boxportal.kernel.outbound.guard import Target, allowed_addresses
from boxportal.sdk.errors import NotReached
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.mailaddr import address_key

PURPOSE = "core.directory"
CONNECT_SECONDS, ANSWER_SECONDS = 5, 20
PAGE = 500
MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Kind:
    """The attributes of one kind of directory, the better first."""

    people: str
    uid: str
    logins: Sequence[str]
    names: Sequence[str]
    departments: Sequence[str]
    groups: str
    phone: str = "telephoneNumber"
    mail: str = "mail"


KINDS: Mapping[str, Kind] = {
    # Microsoft, [MS-ADTS] 2.2.16: bit 2 of userAccountControl is a disabled account.
    "ad": Kind(
        "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
        "objectGUID", ("sAMAccountName", "userPrincipalName"), ("displayName", "cn"), ("department",),
        "(objectClass=group)",
    ),
    # RFC 2798 (inetOrgPerson), RFC 4530 (entryUUID), RFC 4519 (groups).
    "ldap": Kind(
        "(objectClass=inetOrgPerson)", "entryUUID", ("uid",), ("displayName", "cn"), ("departmentNumber", "ou"),
        "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
    ),
}  # fmt: skip
MEMBERS = ("member", "uniqueMember")


@dataclass(frozen=True, slots=True)
class Entry:
    """A person as the directory has them. `email` is empty where it has none that can be used."""

    uid: str
    dn: str
    login: str
    email: str
    name: str
    department: str
    phone: str
    spellings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """With what the directory is reached: the opened password, the portal's own ports, the book of connections."""

    settings: DirectorySettings
    password: str
    own_ports: frozenset[int]
    book: Book


@contextlib.contextmanager
def talking(by: Access) -> Iterator["Talk"]:
    """Connect, encrypted, and sign in as the account that looks people up.

    Raises: NotReached with what is wrong, in a sentence.
    """
    import ldap3  # noqa: PLC0415 5 MB, only where a directory is asked
    from ldap3.core.exceptions import LDAPException  # noqa: PLC0415 as above

    settings = by.settings
    with by.book.call(PURPOSE, settings.host, settings.port) as call:
        target = Target(settings.host, settings.port, named=True, own_ports=by.own_ports)
        call.address = str(allowed_addresses(target)[0])
        try:
            server = server_of(ldap3, settings, call.address)
            with connected(ldap3, server, settings, settings.user, by.password) as line:
                if line is None:
                    raise NotReached(_("The directory does not accept this user and password."))
                yield Talk(line, server, settings)
        except LDAPException as error:
            raise NotReached(said(settings, error)) from error
        except OSError as error:
            raise NotReached(said(settings, error)) from error


def server_of(ldap3: Any, settings: DirectorySettings, address: str) -> Any:  # noqa: ANN401 the library has no types
    tls = encryption_to(settings)
    return ldap3.Server(
        address, settings.port, use_ssl=settings.security == "tls", tls=tls, get_info=ldap3.NONE,
        connect_timeout=CONNECT_SECONDS,
    )  # fmt: skip


def encryption_to(settings: DirectorySettings) -> Any:  # noqa: ANN401 as above
    """The library's own check of names is not for an address that was looked up before: Python's does it here."""
    from ldap3 import Tls  # noqa: PLC0415 as above

    context = ssl.create_default_context(cadata=settings.ca or None)

    class Checked(Tls):  # type: ignore[misc]  # no types
        def wrap_socket(self, connection: Any, **_more: bool) -> None:  # noqa: ANN401 its base's
            connection.socket = context.wrap_socket(connection.socket, server_hostname=settings.host)

    return Checked(validate=ssl.CERT_REQUIRED)


@contextlib.contextmanager
def connected(ldap3: Any, server: Any, settings: DirectorySettings, user: str, password: str) -> Iterator[Any]:  # noqa: ANN401 as above
    """A connection signed in as this user, or None when the directory refuses the two.

    A name without a password is never sent: the directory would let it in as nobody (RFC 4513, 5.1.2).
    """
    if user and not password:
        yield None
        return
    line = ldap3.Connection(
        server, user or None, password or None, read_only=True, auto_referrals=False, auto_range=True,
        receive_timeout=ANSWER_SECONDS,
    )  # fmt: skip
    try:
        line.open()
        if settings.security == "starttls" and not line.start_tls():
            raise NotReached(_("The directory does not offer encryption (StartTLS)."))
        yield line if line.bind() else None
    finally:
        line.unbind()
        if line.socket is not None:  # the library leaves one open that was refused
            line.socket.close()


def said(settings: DirectorySettings, error: Exception) -> str:
    why = " ".join(str(error).split())[:300] or type(error).__name__
    return _("The directory %(host)s can't be asked: %(why)s", host=settings.host, why=why)


class Talk:
    """A connection that has signed in."""

    def __init__(self, line: Any, server: Any, settings: DirectorySettings) -> None:  # noqa: ANN401 as above
        self._line = line
        self._server = server
        self._settings = settings
        self._kind = KINDS[settings.kind]

    def people(self, most: int = MOST_ENTRIES) -> Iterator[Entry]:
        """Everyone who is found, page by page."""
        for number, raw in enumerate(self._search(self._settings.filter or self._kind.people, self._attributes)):
            if number >= most:
                return
            if entry := self._entry(raw):
                yield entry

    def person(self, name: str) -> Entry | None:
        """The one whose login or mail address this is; None when there is none, or more than one."""
        from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415 as above

        typed = escape_filter_chars(name)
        fits = "".join(f"({attribute}={typed})" for attribute in (*self._kind.logins, self._kind.mail))
        found = f"(&{self._settings.filter or self._kind.people}(|{fits}))"
        entries = [entry for raw in self._search(found, self._attributes) if (entry := self._entry(raw))]
        # Only as it is spelled there: tries are counted by what was typed, and directories find many spellings.
        return entries[0] if len(entries) == 1 and name.casefold() in entries[0].spellings else None

    def accepts(self, entry: Entry, password: str) -> bool:
        """Whether the directory lets this person in with the password."""
        import ldap3  # noqa: PLC0415 as above

        with connected(ldap3, self._server, self._settings, entry.dn, password) as line:
            return line is not None

    def members(self, groups: Sequence[str]) -> dict[str, set[str]]:
        """Of each group the names (DN, lower case) of all who are in it, also by groups within.

        Raises: NotReached when a group is not there: all its members would lose what it gives.
        """
        direct: dict[str, set[str]] = {}
        for raw in self._search(self._kind.groups, MEMBERS) if groups else ():
            named = (str(name).lower() for attribute in MEMBERS for name in raw["attributes"].get(attribute) or ())
            direct[str(raw["dn"]).lower()] = set(named)
        if missing := [group for group in groups if group.lower() not in direct]:
            group = missing[0][:200]
            raise NotReached(_("The directory has no group %(name)s where people are looked for.", name=group))
        return {group: expanded(group.lower(), direct) for group in groups}

    @property
    def _attributes(self) -> list[str]:
        kind = self._kind
        return [kind.uid, *kind.logins, *kind.names, *kind.departments, kind.phone, kind.mail]

    def _search(self, looked_for: str, attributes: Sequence[str]) -> Iterator[dict[str, Any]]:
        found = self._line.extend.standard.paged_search(
            self._settings.base, looked_for, attributes=list(attributes), paged_size=PAGE, generator=True
        )
        return (raw for raw in found if raw.get("type") == "searchResEntry")

    def _entry(self, raw: Mapping[str, Any]) -> Entry | None:
        """An entry with an id and a login; others are no people."""
        kind, values = self._kind, raw["raw_attributes"]
        uid, login = uid_of(values.get(kind.uid)), first(values, kind.logins)
        if not uid or not login:
            return None
        email = address_key(first(values, (kind.mail,))) or ""
        name = first(values, kind.names) or login
        department, phone = first(values, kind.departments), first(values, (kind.phone,))
        named = {text.casefold() for attribute in (*kind.logins, kind.mail) for text in texts(values, attribute)}
        spellings = frozenset(named | ({email} if email else set()))
        return Entry(uid, str(raw["dn"]), login.casefold(), email, name, department, phone, spellings)


def uid_of(values: Sequence[bytes] | None) -> str:
    """The entry's own id: 16 bytes in the order of a GUID with Microsoft, else its text."""
    if not values:
        return ""
    value = values[0]
    return str(UUID(bytes_le=value)) if len(value) == 16 else value.decode("utf-8", "replace")[:64]  # noqa: PLR2004 bytes of a GUID


def first(values: Mapping[str, Sequence[bytes]], attributes: Sequence[str]) -> str:
    return next((text for attribute in attributes for text in texts(values, attribute)), "")


def texts(values: Mapping[str, Sequence[bytes]], attribute: str) -> list[str]:
    found = (value.decode("utf-8", "replace").strip() for value in values.get(attribute) or ())
    return [text for text in found if text]


def expanded(group: str, direct: Mapping[str, set[str]]) -> set[str]:
    """All members of a group, through groups in groups; a circle ends by itself."""
    seen, waiting = {group}, [group]
    while waiting:
        new = direct.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen - {group}
