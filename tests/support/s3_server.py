"""A small store that speaks S3 on loopback, and lets nobody in whose signature (version 4) is wrong."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from typing_extensions import override

KEY_ID, SECRET, BUCKET = "keeper-id", "keeper's secret key", "copies"


@dataclass
class S3Box:
    """What the store holds, and what a test may change."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    spoil: bool = False
    refused: int = 0


def signature_of(handler: BaseHTTPRequestHandler, body: bytes) -> tuple[str, str]:
    """The signature that a request has, and the one that it should have (AWS Signature Version 4)."""
    parts = dict(one.strip().split("=", 1) for one in handler.headers["Authorization"].split(" ", 1)[1].split(","))
    key_id, day, region, service, end = parts["Credential"].split("/")
    said, url = handler.headers["x-amz-content-sha256"], urlsplit(handler.path)
    if key_id != KEY_ID or said not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
        return parts["Signature"], ""
    query = sorted(parse_qsl(url.query, keep_blank_values=True))
    names = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in names)
    asked = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    canonical = "\n".join([handler.command, quote(unquote(url.path)), asked, headers, ";".join(names), said])
    scope = f"{day}/{region}/{service}/{end}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{handler.headers['x-amz-date']}\n{scope}\n{digest}"
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return parts["Signature"], hmac.new(key, text.encode(), "sha256").hexdigest()


def tag_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    box: S3Box

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/xml")
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{code}.</Message></Error>".encode())

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        had, should = signature_of(self, body)
        if not hmac.compare_digest(had, should):
            self.box.refused += 1
            return self._error(403, "SignatureDoesNotMatch")
        url = urlsplit(self.path)
        bucket, _slash, key = unquote(url.path).lstrip("/").partition("/")
        if bucket != BUCKET:
            return self._error(404, "NoSuchBucket")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        getattr(self, f"_{self.command.lower()}")(key, query, body)
        return None

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve  # noqa: N815 the names that the library calls

    def _get(self, key: str, query: dict[str, str], _body: bytes) -> None:
        if key:
            return self._head(key, query, b"")
        found = {
            name: content for name, content in self.box.objects.items() if name.startswith(query.get("prefix", ""))
        }
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{tag_of(content)}&quot;</ETag><Size>{len(content)}</Size></Contents>"
            for name, content in sorted(found.items())
        )
        text = f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._answer(200, text.encode())
        return None

    def _head(self, key: str, _query: dict[str, str], _body: bytes) -> None:
        content = self.box.objects.get(key)
        if content is None:
            return self._answer(404)
        length = {"Content_Length": str(len(content))}
        when = "Thu, 01 Jan 2026 00:00:00 GMT"
        self._answer(200, ETag=f'"{tag_of(content)}"', Last_Modified=when, **length)
        return None

    def _put(self, key: str, query: dict[str, str], body: bytes) -> None:
        kept = bytes([body[0] ^ 1]) + body[1:] if self.box.spoil and body else body
        if "uploadId" in query:
            self.box.parts[query["uploadId"]][int(query["partNumber"])] = kept
        else:
            self.box.objects[key] = kept
        self._answer(200, ETag=f'"{tag_of(kept)}"')

    def _post(self, key: str, query: dict[str, str], _body: bytes) -> None:
        if "uploads" in query:
            self.box.parts[key] = {}
            text = f"<InitiateMultipartUploadResult><UploadId>{escape(key)}</UploadId></InitiateMultipartUploadResult>"
        else:
            content = b"".join(part for _number, part in sorted(self.box.parts.pop(query["uploadId"]).items()))
            self.box.objects[key] = content
            text = (
                f"<CompleteMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{escape(key)}</Key>"
                f"<ETag>&quot;{tag_of(content)}&quot;</ETag></CompleteMultipartUploadResult>"
            )
        self._answer(200, text.encode())

    def _delete(self, key: str, _query: dict[str, str], _body: bytes) -> None:
        self.box.objects.pop(key, None)
        self._answer(204)

    @override
    def log_message(self, *_words: object) -> None:
        pass


@contextmanager
def s3_server() -> Iterator[S3Box]:
    """Serve an empty bucket until the block ends."""
    box = S3Box()
    handler = type("BoxHandler", (Handler,), {"box": box})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(5)
