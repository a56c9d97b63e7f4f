"""The server's own encryption: what it shows to browsers, kept fresh while it runs."""

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from boxportal.kernel.certificates.addresses import own_addresses
from boxportal.kernel.certificates.asking import have, have_taken
from boxportal.kernel.certificates.choices import FILES, hsts_of, mode_of
from boxportal.kernel.certificates.folder import Folder, changed_at, facts_of, read_pem
from boxportal.kernel.certificates.noticing import ending
from boxportal.kernel.certificates.telling import MOVED, Telling
from boxportal.kernel.certificates.when import is_due
from boxportal.kernel.companies import Box
from boxportal.kernel.config import settings_folder
from boxportal.kernel.door import is_ip
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError, RuleBroken
from boxportal.sdk.logs import get_logger

log = get_logger()
LOOK_EVERY = 60.0
CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
"""Of TLS 1.2, as Mozilla's "intermediate" has them; those of TLS 1.3 are all good."""


def new_context() -> ssl.SSLContext:
    """Mozilla's "intermediate" configuration (Server Side TLS 5): TLS 1.2 and 1.3, forward secrecy, no compression."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True, slots=True)
class Seen:
    """What lay in the folder at the last look."""

    mode: str
    changed: int
    chosen: int


class Encryption:
    """The certificate in use.

    `context` begins all connections, and hands each on to the one of the certificate in force then: a context that was
    given a second certificate would still show the first to whom its kind of key suits.
    """

    def __init__(self, box: Box) -> None:
        self.box = box
        self.folder = Folder(settings_folder(box.data))
        self.context = new_context()
        self.context.sni_callback = self._hand_on
        self._shown = self.context
        self.hsts = ""
        self._seen: Seen | None = None
        self._looked = 0.0

    @property
    def mode(self) -> str:
        return mode_of(self.box.config.tls, self.folder.state())

    @property
    def names(self) -> list[str]:
        """What people type; the first name is that of the box."""
        return list(dict.fromkeys([*self.box.config.box.names, *sorted(self.box.own_names)]))

    def prepare(self) -> None:
        """Have a certificate before the first connection.

        Raises: RuleBroken when there is none that can be served.
        """
        try:
            self.mend()
        except DomainError as error:
            log.warning("certificate not made", why=str(error))
            trouble = str(error)
        else:
            trouble = ""
        self.follow()
        if self._shown is self.context:
            raise RuleBroken(f"There is no certificate to serve with in {self.folder.root}. {trouble}".rstrip())

    def follow(self) -> None:
        """Take up what changed in the folder: another certificate, another choice. Called where connections begin."""
        state = self.folder.state()
        mode = mode_of(self.box.config.tls, state)
        file = self.folder.served(mode)
        seen = Seen(mode, changed_at(file), changed_at(self.folder.state_file))
        if seen == self._seen or not seen.changed:
            return
        self.hsts = hsts_of(mode, state)
        before, self._seen = self._seen, seen  # a broken file is spoken of once
        if before is None or (mode, seen.changed) != (before.mode, before.changed):
            self._show(file)

    def _show(self, file: Path) -> None:
        """Raises: RuleBroken; then what was shown before is still shown."""
        shown = new_context()
        try:
            shown.load_cert_chain(file)
        except (OSError, ssl.SSLError) as error:
            raise RuleBroken(f"{file} holds no certificate with its key: {error}. Do: boxportal cert renew") from error
        self._shown = shown
        facts = facts_of(file)
        log.info("certificate", names=facts.names if facts else [], ends=str(facts.ends) if facts else "")

    def _hand_on(self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        """Called for each connection, whether it names a host or not."""
        connection.context = self._shown

    async def look(self) -> list[Telling]:
        """Take up what changed and, once a minute, have made what is due. Gives what administrators should hear."""
        now = time.monotonic()
        news: list[Telling] = []
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            new = await run_in_threadpool(self.mend)
            news = [Telling(MOVED, {"address": address}) for address in new]
            news += await run_in_threadpool(ending, self.folder, self.mode)
        self.follow()
        return news

    def mend(self) -> list[str]:
        """Have a certificate made that is due, or a changed file taken in.

        Raises: RuleBroken, WorkerFailed, Busy when that does not work; what there is is served on.
        """
        if self.mode == FILES:
            self._take_source()
            return []
        before = facts_of(self.folder.own)
        if not is_due(self.folder, self.names, utcnow()):
            return []
        have("ensure", self.folder, self.names)
        known = set(before.names) if before else set(own_addresses())
        after = facts_of(self.folder.own)
        return [name for name in (after.names if after else ()) if is_ip(name) and name not in known]

    def _take_source(self) -> None:
        """Take the files in that boxportal.toml names, if they are others than last time."""
        tls = self.box.config.tls
        source = (str(Path(tls.cert).absolute()), changed_at(Path(tls.cert))) if tls.cert else ("", 0)
        if not tls.cert or source == self.folder.state().source:
            return
        if not source[1]:
            if facts_of(self.folder.given):
                return
            raise RuleBroken(f"{tls.cert} can't be read. Name the certificate: boxportal cert use CERT KEY")
        have_taken(self.folder, self.names, read_pem(Path(tls.cert)), read_pem(Path(tls.key)), source)
