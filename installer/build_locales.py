"""Compile the translations: beside every .po file the .mo file that the program reads.

Usage: python installer/build_locales.py
"""

import io
import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(package: Path) -> int:
    """Compile every catalogue under `package` that is newer than its compiled form; returns how many."""
    return sum(_compile(source) for source in sorted(package.rglob("locale/*/LC_MESSAGES/*.po")))


def _compile(source: Path) -> bool:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    with source.open("rb") as lines:
        catalogue = read_po(lines, locale=source.parent.parent.name, abort_invalid=True)
    packed = io.BytesIO()
    write_mo(packed, catalogue)
    # Written aside and moved, so that a server that runs from the checkout never reads half a file.
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    aside.write_bytes(packed.getvalue())
    aside.replace(target)
    return True


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    print(f"Compiled {compile_all(root / 'src' / 'boxportal')} translations.")
