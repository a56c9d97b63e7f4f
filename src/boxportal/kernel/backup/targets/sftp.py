"""A target behind SSH: files go by SFTP. The server's key is pinned at the first contact."""

import base64
import hashlib
import io
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko

from boxportal.kernel.backup.archive import hash_file
from boxportal.kernel.backup.names import named
from boxportal.kernel.backup.targets.model import Target
from boxportal.kernel.outbound.guard import Target as Address
from boxportal.kernel.outbound.guard import connect
from boxportal.sdk.errors import NotReached, RuleBroken
from boxportal.sdk.i18n import gettext as _

SECONDS = 20
IDLE = 300
PART = ".part"
CHUNK = 1 << 18
FAILURES = (paramiko.SSHException, OSError, EOFError)


class SftpRemote:
    """See `Remote`. `host_key` is the fingerprint that the server showed."""

    def __init__(self, target: Target, secret: str, own_ports: frozenset[int] = frozenset()) -> None:
        self._target = target
        address = Address(target.host, target.port, named=True, own_ports=own_ports)
        self._transport = paramiko.Transport(connect(address, SECONDS))
        try:
            with sentences(target):
                self.host_key = self._greet()
                require_pinned(target, self.host_key)
                self._sign_in(secret)
                self._sftp = self._begin()
        except BaseException:
            self._transport.close()
            raise

    def _greet(self) -> str:
        self._transport.banner_timeout = self._transport.auth_timeout = SECONDS
        self._transport.start_client(timeout=SECONDS)
        return fingerprint(self._transport.get_remote_server_key())

    def _sign_in(self, secret: str) -> None:
        if "PRIVATE KEY" in secret:
            self._transport.auth_publickey(self._target.user, private_key(secret))
        else:
            self._transport.auth_password(self._target.user, secret)

    def _begin(self) -> paramiko.SFTPClient:
        client = paramiko.SFTPClient.from_transport(self._transport)
        channel = client.get_channel() if client else None
        if client is None or channel is None:
            raise RuleBroken(_("%(host)s offers no SFTP.", host=self._target.host))
        channel.settimeout(IDLE)
        return client

    def _at(self, name: str) -> str:
        return posixpath.join(self._target.path or ".", name)

    def files(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with sentences(self._target):
            for entry in self._sftp.listdir_attr(self._target.path or "."):
                if named(entry.filename):
                    found[entry.filename] = entry.st_size or 0
                elif entry.filename.endswith(PART) and named(entry.filename[1:].removesuffix(PART)):
                    self._sftp.remove(self._at(entry.filename))
        return found

    def put(self, source: Path) -> None:
        aside = self._at(f".{source.name}{PART}")
        with sentences(self._target):
            try:
                self._sftp.put(str(source), aside, confirm=True)
                self._sftp.chmod(aside, 0o600)
                self._compare(aside, source)
                self._replace(aside, self._at(source.name))
            except BaseException:
                with suppress(*FAILURES):
                    self._sftp.remove(aside)
                raise

    def _compare(self, aside: str, source: Path) -> None:
        if self._hash(aside) != hash_file(source):
            raise RuleBroken(_("What lies at the target is not what was written: %(file)s.", file=source.name))

    def _hash(self, path: str) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with self._sftp.open(path, "rb") as file:
            file.prefetch()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest()

    def _replace(self, aside: str, final: str) -> None:
        try:
            self._sftp.posix_rename(aside, final)
        except OSError:  # a server without this extension of OpenSSH
            with suppress(OSError):
                self._sftp.remove(final)
            self._sftp.rename(aside, final)

    def remove(self, name: str) -> None:
        with sentences(self._target), suppress(FileNotFoundError):
            self._sftp.remove(self._at(name))

    def close(self) -> None:
        self._transport.close()


def fingerprint(key: paramiko.PKey) -> str:
    """As OpenSSH shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def require_pinned(target: Target, shown: str) -> None:
    """Raises: RuleBroken when the server shows another key than at the first contact."""
    if target.host_key and target.host_key != shown:
        raise RuleBroken(
            _(
                "%(host)s shows another key than before: %(now)s instead of %(before)s. Nothing was sent. If the "
                "server was set up anew, remove the target and add it again.",
                host=target.host, now=shown, before=target.host_key,
            )
        )  # fmt: skip


def private_key(text: str) -> paramiko.PKey:
    """Raises: RuleBroken when it can't be read, also for one that a passphrase locks."""
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise RuleBroken(_("This private key can't be read. It must be Ed25519, ECDSA or RSA, without a passphrase."))


@contextmanager
def sentences(target: Target) -> Iterator[None]:
    """Turn what the library raises into sentences."""
    where, folder = f"{target.host}:{target.port}", target.path or "."
    try:
        yield
    except paramiko.AuthenticationException as error:
        raise RuleBroken(_("%(host)s does not let %(user)s in.", host=where, user=target.user)) from error
    except FileNotFoundError as error:
        raise RuleBroken(_("There is no folder %(folder)s on %(host)s.", folder=folder, host=where)) from error
    except PermissionError as error:
        text = _("%(user)s may not write to %(folder)s on %(host)s.", user=target.user, folder=folder, host=where)
        raise RuleBroken(text) from error
    except FAILURES as error:
        why = str(error) or type(error).__name__
        raise NotReached(_("%(where)s can't be reached: %(why)s", where=where, why=why)) from error
