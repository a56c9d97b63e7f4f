"""A target that speaks S3: a bucket at any provider, or a store of one's own."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from boxportal.kernel.backup.names import named
from boxportal.kernel.backup.targets.model import Target
from boxportal.kernel.outbound.guard import Target as Address
from boxportal.kernel.outbound.guard import allowed_addresses, connect, tls_context
from boxportal.sdk.errors import NotReached, RuleBroken
from boxportal.sdk.i18n import gettext as _

SECONDS = 20
IDLE = 300
PART_SIZE = 16 << 20
"""What is sent at once; the ETag of a file that is not larger is its MD5."""
US = "us-east-1"
DENIED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


def guarded(host: str, port: int | None) -> socket:
    return connect(Address(host, port or 0, named=True), SECONDS)


class GuardedHttp(HTTPConnection):
    """Connects by the guard of outgoing connections."""

    @override
    def _new_conn(self) -> socket:
        return guarded(self._dns_host, self.port)


class GuardedHttps(HTTPSConnection):
    """Connects by the guard of outgoing connections."""

    @override
    def _new_conn(self) -> socket:
        return guarded(self._dns_host, self.port)


class HttpPool(HTTPConnectionPool):
    """Connections without encryption."""

    ConnectionCls = GuardedHttp


class HttpsPool(HTTPSConnectionPool):
    """Connections with encryption."""

    ConnectionCls = GuardedHttps


class S3Remote:
    """See `Remote`."""

    def __init__(self, target: Target, secret: str, own_ports: frozenset[int] = frozenset()) -> None:
        self._target = target
        self._bucket, _slash, prefix = target.path.strip("/").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        retry = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=SECONDS, read=IDLE), retries=retry, ssl_context=tls_context()
        )
        require_allowed(target, own_ports)
        self._pool.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
        self._client = Minio(
            f"{target.host}:{target.port}", access_key=target.key_id, secret_key=secret, region=target.region or US,
            secure=not target.is_plain, http_client=self._pool,
        )  # fmt: skip

    def files(self) -> dict[str, int]:
        with sentences(self._target):
            found = self._client.list_objects(self._bucket, prefix=self._prefix or None)
            names = {(one.object_name or "").removeprefix(self._prefix): one.size or 0 for one in found}
        return {name: size for name, size in names.items() if named(name)}

    def put(self, source: Path) -> None:
        size, key = source.stat().st_size, self._prefix + source.name
        with sentences(self._target):
            sent = self._client.fput_object(self._bucket, key, str(source), part_size=PART_SIZE, num_parallel_uploads=1)
            there = self._client.stat_object(self._bucket, key)
            tag = (there.etag or "").strip('"')
            is_same = there.size == size and tag == (sent.etag or "").strip('"')
            if size <= PART_SIZE and len(tag) == 32:  # noqa: PLR2004 an MD5; a store that encrypts has other tags
                is_same = is_same and tag == md5_of(source)
            if not is_same:
                self._client.remove_object(self._bucket, key)
                raise RuleBroken(_("What lies at the target is not what was written: %(file)s.", file=source.name))

    def remove(self, name: str) -> None:
        with sentences(self._target):
            self._client.remove_object(self._bucket, self._prefix + name)

    def close(self) -> None:
        self._pool.clear()


def require_allowed(target: Target, own_ports: frozenset[int]) -> None:
    """Raises: NotAllowed, NotReached."""
    allowed_addresses(Address(target.host, target.port, named=True, own_ports=own_ports))


def md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


@contextmanager
def sentences(target: Target) -> Iterator[None]:
    """Turn what the library raises into sentences."""
    where = f"{target.host}:{target.port}"
    try:
        yield
    except S3Error as error:
        if error.code in DENIED:
            raise RuleBroken(_("%(host)s does not let %(user)s in.", host=where, user=target.key_id)) from error
        raise RuleBroken(
            _("%(host)s says: %(why)s", host=where, why=f"{error.code} {error.message or ''}".strip())
        ) from error
    except (HTTPError, MinioException, OSError, ValueError) as error:
        raise NotReached(
            _("%(where)s can't be reached: %(why)s", where=where, why=str(error) or type(error).__name__)
        ) from error
