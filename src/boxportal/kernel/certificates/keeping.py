"""What an administrator may do with the box's certificate, on the page and by command."""

from dataclasses import dataclass

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.certificates.asking import have, have_taken
from boxportal.kernel.certificates.choices import FILES, OWN, choose, hsts_of, mode_of, set_hsts
from boxportal.kernel.certificates.folder import Facts, Folder, State, facts_of
from boxportal.kernel.certificates.when import authority_facts, left_out
from boxportal.kernel.companies import Company
from boxportal.kernel.config import TlsSection, settings_folder
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _

SWITCH_ON = "boxportal config set tls.mode own-ca"


class NotServed(RuleBroken):
    """The server does not speak TLS itself, so there is no certificate of its own."""

    def __init__(self) -> None:
        super().__init__(_("The server does not encrypt by itself: its setting tls.mode says so."))
        self.fix = SWITCH_ON


@dataclass(frozen=True, slots=True)
class Keeping:
    """The certificates of a box, its configured encryption, and what people type."""

    folder: Folder
    tls: TlsSection
    names: tuple[str, ...]

    @property
    def state(self) -> State:
        return self.folder.state()

    @property
    def mode(self) -> str:
        return mode_of(self.tls, self.state)

    @property
    def hsts(self) -> str:
        return hsts_of(self.mode, self.state)

    @property
    def certificate(self) -> Facts | None:
        return facts_of(self.folder.served(self.mode)) if self.tls.is_own else None

    @property
    def authority(self) -> Facts | None:
        return authority_facts(self.folder)

    @property
    def successor(self) -> Facts | None:
        successor = self.state.successor
        return facts_of(self.folder.ca_file(successor)) if successor else None

    @property
    def unvouched(self) -> list[str]:
        """What people type and the authority may not vouch for."""
        authority = self.authority
        return left_out(self.names, authority.names) if authority and self.mode == OWN else []


def keeping_of(company: Company) -> Keeping:
    config = company.started_with
    names = dict.fromkeys([*config.box.names, *sorted(company.own_names)])
    return Keeping(Folder(settings_folder(data_of(company))), config.tls, tuple(names))


def require_own(keeping: Keeping) -> None:
    """Raises: NotServed."""
    if not keeping.tls.is_own:
        raise NotServed


def renew(keeping: Keeping) -> None:
    """Sign a new certificate now.

    Raises: NotServed, RuleBroken for one from files.
    """
    require_own(keeping)
    if keeping.mode == FILES:
        raise RuleBroken(_("This certificate came from files: renew it where it comes from, then bring the new files."))
    have("renew", keeping.folder, keeping.names)


def use(keeping: Keeping, certificate: str, key: str) -> None:
    """Serve with a certificate that the administrator brings.

    Raises: NotServed, RuleBroken when it can't be served.
    """
    require_own(keeping)
    have_taken(keeping.folder, keeping.names, certificate, key)
    choose(keeping.folder, FILES, keeping.tls)


def use_own(keeping: Keeping) -> None:
    """Serve with the certificate of the own authority, which is made if there is none.

    Raises: NotServed.
    """
    require_own(keeping)
    have("ensure", keeping.folder, keeping.names)
    choose(keeping.folder, OWN, keeping.tls)


def make_successor(keeping: Keeping) -> None:
    """Make the authority's successor, which devices learn to trust before it takes over.

    Raises: NotServed, RuleBroken.
    """
    require_own(keeping)
    have("begin", keeping.folder, keeping.names)


def let_successor_sign(keeping: Keeping) -> None:
    """Let the successor take over: a device that does not trust it yet warns from now on.

    Raises: NotServed, RuleBroken.
    """
    require_own(keeping)
    have("end", keeping.folder, keeping.names)


def insist(keeping: Keeping, *, on: bool) -> None:
    """Tell browsers to come by https alone and to let nobody past a certificate error (HSTS), or take that back.

    Raises: NotServed.
    """
    require_own(keeping)
    set_hsts(keeping.folder, keeping.mode, on=on)
