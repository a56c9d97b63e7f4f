"""Which certificate is served, and whether browsers shall insist on it (HSTS)."""

from boxportal.kernel.certificates.folder import Folder, State
from boxportal.kernel.config import TlsSection

OWN, FILES = "own-ca", "files"
SERVED = (OWN, FILES)
"""The modes in which the server itself speaks TLS."""
YEAR, MONTH = 365 * 86400, 30 * 86400


def mode_of(tls: TlsSection, state: State) -> str:
    """The mode in force: what was chosen by command or page, as long as boxportal.toml says what it said then."""
    if tls.mode in SERVED and state.mode in SERVED and state.over == tls.mode:
        return state.mode
    return tls.mode


def choose(folder: Folder, mode: str, tls: TlsSection) -> None:
    """Serve with the certificate of this mode from now on."""
    with folder.locked():
        differs = mode != tls.mode
        change = {"mode": mode if differs else "", "over": tls.mode if differs else ""}
        folder.keep(folder.state().model_copy(update=change))


def set_hsts(folder: Folder, mode: str, *, on: bool) -> None:
    with folder.locked():
        state = folder.state()
        folder.keep(state.model_copy(update={"hsts": {**state.hsts, mode: on}}))


def hsts_of(mode: str, state: State) -> str:
    """The header's value (RFC 6797), empty for none.

    It makes certificate errors final, so an own authority has none until somebody says that all devices trust it; what
    was on and is off again is taken back.
    """
    on = state.hsts.get(mode, mode == FILES)
    if mode not in SERVED or (not on and mode not in state.hsts):
        return ""
    return f"max-age={(YEAR if mode == FILES else MONTH) if on else 0}"
