"""What of an uploaded file's name and type can be believed."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

# Shown in the browser; everything else is offered for download. No HTML, no SVG: they can carry scripts.
INLINE = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
}  # fmt: skip
DOWNLOAD = "application/octet-stream"
LONGEST_BYTES = 255


def clean_name(name: str) -> str:
    """A file's name as metadata: no path, NFC, no control or direction characters, at most 255 bytes."""
    base = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C").strip()
    while len(kept.encode()) > LONGEST_BYTES:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{stem[:-1]}{dot}{suffix}" if stem else kept[:-1]
    return kept if kept.strip(". ") else "file"


def media_type_of(name: str) -> str:
    """The type by the name's ending, from a short list; the browser is told not to guess another."""
    return INLINE.get(PurePosixPath(name.lower()).suffix, DOWNLOAD)


def is_inline(media_type: str) -> bool:
    return media_type != DOWNLOAD
