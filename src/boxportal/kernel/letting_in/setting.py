"""Sets the public door, and closes it."""

import errno
import os
import socket
from ipaddress import ip_address

from boxportal.kernel.companies import Company
from boxportal.kernel.door import Address, DoorSettings, lacks_own_port, listen_text, parse_address, parse_listen
from boxportal.kernel.running import company_of
from boxportal.kernel.settings import save_setting
from boxportal.kernel.state import raise_revision, read_door
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

MOST_FORMER = 5
INNER_ENDINGS = (".local", ".lan", ".home", ".internal", ".localhost", ".home.arpa", ".invalid", ".localdomain")


def set_door(ctx: Ctx, address: str, listen: str) -> DoorSettings:
    """Keep the public address and, if there is one, the port of its own. Another address must be tested anew.

    Raises: Invalid, for both fields at once.
    """
    company = company_of(ctx)
    old = read_door(ctx.db, company)
    wrong: dict[str, object] = {}
    wished = parse_address(address)
    where = parse_listen(listen) if listen.strip() else None
    if wished is None:
        wrong["address"] = _("Type an address such as https://clients.acme.example: no path, nothing after the port.")
    elif complaint := complaint_about(wished, company, ctx.origin.base_url, has_port=where is not None):
        wrong["address"] = complaint
    if not listen.strip() and (danger := danger_without_port(wished, company)):
        wrong["listen"] = danger
    elif listen.strip() and where is None:
        wrong["listen"] = _("Type a port such as 8081, or an address with a port such as 127.0.0.1:8081.")
    elif where is not None and (trouble := trouble_with(where, old, company)):
        wrong["listen"] = trouble
    if wished is None or wrong:
        raise Invalid(wrong)
    return kept(ctx, old, wished.url, listen_text(*where) if where else "")


def close_door(ctx: Ctx) -> DoorSettings:
    """Offer no more links to clients, and close the port of its own. Links given out work when the door opens again."""
    return kept(ctx, read_door(ctx.db, company_of(ctx)), "", "")


def dismiss_card(ctx: Ctx) -> None:
    """Take the card "Let clients in" off the administrators' Home page."""
    save_setting(ctx.db, read_door(ctx.db, company_of(ctx)).model_copy(update={"dismissed": True}))


def kept(ctx: Ctx, old: DoorSettings, address: str, listen: str) -> DoorSettings:
    """Keep what is wished; what was seen of another address or port counts no more."""
    if (address, listen) == (old.address, old.listen):
        return old
    former = [a for a in dict.fromkeys([old.address, *old.former]) if a and a != address][:MOST_FORMER]
    new = DoorSettings(address=address, listen=listen, former=former, dismissed=old.dismissed)
    save_setting(ctx.db, new)
    raise_revision(ctx.db)
    shown = ("address", "listen")
    before, after = old.model_dump(include=set(shown)), new.model_dump(include=set(shown))
    ctx.audit(AuditEntry(action="core.door.edit", title=address, before=before, after=after))
    return new


def danger_without_port(address: Address | None, company: Company) -> str:
    """Why clients need a port of their own; empty when they don't.

    At the portal's own port only the Host header tells clients from others, and whoever connects there may choose it.
    """
    if not company.has_proxy:
        return _(
            "Give clients a port of their own, such as 127.0.0.1:8081. It may be left empty only when a proxy stands "
            "before the portal and is named under trusted_proxies in boxportal.toml."
        )
    if lacks_own_port(address, "", has_proxy=True):
        return _(
            "With http:// or a bare address clients need a port of their own, such as 8081: without it all of the "
            "portal is open to the internet."
        )
    return ""


def complaint_about(address: Address, company: Company, here: str, *, has_port: bool) -> str:
    """Why an address can't be the door's; empty when it can."""
    if address.is_literal and not ip_address(address.host).is_global:
        return _("This address is one of your own network: nobody outside can reach it.")
    if not address.is_literal and ("." not in address.host or address.host.endswith(INNER_ENDINGS)):
        return _("Only your own network knows this name: nobody outside can reach it.")
    if taken_by_others(address, company):
        return _("Another company of this box has this address already.")
    at = parse_address(here)
    is_here = at is not None and (at.netloc if has_port and address.is_literal else at.host) in (
        address.netloc, address.host,
    )  # fmt: skip
    if address.host in company.own_names or is_here:
        return _("People sign in at this name. Clients need another, at which nothing else answers.")
    return ""


def taken_by_others(address: Address, company: Company) -> bool:
    others = (other for name, other in company.neighbours.items() if name != company.name)
    return any(address.host == theirs.host for other in others for theirs in other.snapshot.door.addresses)


def trouble_with(where: tuple[str, int], old: DoorSettings, company: Company) -> str:
    """Why a port can't be opened; empty when it can, or is open for this very door already."""
    if where[1] in company.own_ports:
        return _("This is the port of the portal itself.")
    if listen_text(*where) == old.listen:
        return ""
    others = (other.snapshot.door.listen for name, other in company.neighbours.items() if name != company.name)
    if where[1] in {parsed[1] for listen in others if (parsed := parse_listen(listen))}:
        return _("Another company of this box has this port already.")
    return opening_trouble(where)


def opening_trouble(where: tuple[str, int]) -> str:
    """Open the port for a moment, and say what the system says to that."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    try:
        socket.create_server(where, family=family).close()
    except OSError as error:
        if error.errno == errno.EACCES:
            return _("Ports below 1024 need rights that the portal does not have. Take one above.")
        return _("This port can't be opened: %(why)s.", why=os.strerror(error.errno or 0))
    return ""
