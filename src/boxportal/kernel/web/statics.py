"""Serves the built front-end files: hashed names, precompressed, cached for ever."""

from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from boxportal.kernel.paths import assets_folder

FOREVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml",
    ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json",
}  # fmt: skip
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


class Assets:
    """An ASGI application over one flat folder; only names that are there are answered.

    With a name it answers that one file, for an address that browsers ask for by themselves and whose name stays.
    """

    def __init__(self, only: str = "") -> None:
        self._only = only
        folder = assets_folder()
        self._files = {p.name: p for p in folder.iterdir() if p.suffix in TYPES} if folder.exists() else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._files.get(self._only or scope["path"].rsplit("/", 1)[-1])
        response = self._answer(file, scope) if file else Response(status_code=404)
        await response(scope, receive, send)

    def _answer(self, file: Path, scope: Scope) -> Response:
        accepted = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"accept-encoding"), "")
        headers = {"Cache-Control": FOR_A_DAY if self._only else FOREVER, "Vary": "Accept-Encoding"}
        media_type = TYPES[file.suffix]
        for name, suffix in ENCODINGS:
            packed = file.with_name(file.name + suffix)
            if name in accepted and packed.exists():
                return FileResponse(packed, media_type=media_type, headers=headers | {"Content-Encoding": name})
        return FileResponse(file, media_type=media_type, headers=headers)
