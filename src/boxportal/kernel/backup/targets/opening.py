"""Opens a target of any kind, and notes the connection in the log of what goes out."""

from collections.abc import Iterator
from contextlib import contextmanager

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.backup.targets.folder import FolderRemote
from boxportal.kernel.backup.targets.model import Remote, Target
from boxportal.kernel.companies import Company
from boxportal.kernel.talks import write_down
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _

PURPOSE = "core.backup"


@contextmanager
def opened_target(company: Company, target: Target, secret: str) -> Iterator[Remote]:
    """A connection to a target. `company` is the box's first one, in whose log it stands.

    Raises: DomainError with a sentence.
    """
    if target.kind == "folder":
        yield FolderRemote(target, data_of(company))
        return
    try:
        with company.book.call(PURPOSE, target.host, target.port):
            remote = connected(company, target, secret)
            try:
                yield remote
            finally:
                remote.close()
    finally:
        write_down(company)


def connected(company: Company, target: Target, secret: str) -> Remote:
    try:
        if target.kind == "sftp":
            from boxportal.kernel.backup.targets.sftp import SftpRemote  # noqa: PLC0415 only for such a target

            return SftpRemote(target, secret, company.own_ports)
        from boxportal.kernel.backup.targets.s3 import S3Remote  # noqa: PLC0415 only for such a target

        return S3Remote(target, secret, company.own_ports)
    except ImportError as error:
        raise RuleBroken(_("A library is missing for this: pip install 'boxportal[targets]'")) from error
