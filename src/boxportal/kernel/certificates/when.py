"""When a certificate is due, and for what: asked by the server too, which signs nothing itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from boxportal.kernel.certificates.addresses import own_addresses
from boxportal.kernel.certificates.folder import Facts, Folder, facts_of
from boxportal.kernel.certificates.names import HERE, hosts_of, may_vouch

RENEW_BEFORE = timedelta(days=30)
"""A certificate of 90 days is renewed at 60."""


def wished(names: Sequence[str], permitted: Sequence[str]) -> list[str]:
    """What the box's certificate should be for, as far as the authority may vouch for it."""
    hosts = dict.fromkeys([*hosts_of(names), *own_addresses(), *HERE])
    return [host for host in hosts if may_vouch(permitted, host)]


def left_out(names: Sequence[str], permitted: Sequence[str]) -> list[str]:
    """The names that people type and the authority may not vouch for: they came after it was made."""
    return [host for host in hosts_of(names) if not may_vouch(permitted, host)]


def authority_facts(folder: Folder) -> Facts | None:
    state = folder.state()
    return facts_of(folder.ca_file(state.authority)) if state.authority else None


def is_due(folder: Folder, names: Sequence[str], now: datetime) -> bool:
    """Whether the own certificate is missing, near its end, of another authority, or lacks a name or address."""
    authority, own = authority_facts(folder), facts_of(folder.own)
    if authority is None or own is None or own.authority != authority.fingerprint:
        return True
    is_near = not own.begins <= now < own.ends - RENEW_BEFORE
    return is_near or bool(set(wished(names, authority.names)) - set(own.names))
