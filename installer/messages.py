"""The translators' tool: gathers every text of the sources into each part's catalogues, and says what is missing.

python installer/messages.py update     write new texts into the .po files, drop those that are gone
python installer/messages.py check      name every text without a translation; ends with 1 if there is one
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "boxportal"
LANGUAGES = ("ru", "sw")
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None, "_l": None, "_n": None, "gettext": None, "lazy": None, "ngettext": (1, 2), "nlazy": (1, 2),
    "pgettext": ((1, "c"), 2), "plazy": ((1, "c"), 2),
}  # fmt: skip
CHANGING = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By')
MANIFEST_TEXTS = ("title", "summary", "for", "not_for")


@dataclass(frozen=True)
class Part:
    """A folder with a catalogue of its own: the kernel with all that is no module, or one module."""

    name: str
    locale: Path
    sources: tuple[Path, ...]


def parts() -> list[Part]:
    """The kernel first: a text that a module shares with it is translated there."""
    kernel = tuple(PACKAGE / name for name in ("kernel", "sdk", "contracts"))
    modules = [p.parent for p in sorted(PACKAGE.glob("modules/*/module.toml"))]
    found = [Part("kernel", PACKAGE / "kernel" / "locale", kernel)]
    return found + [Part(folder.name, folder / "locale", (folder,)) for folder in modules]


def texts_of(part: Part) -> Catalog:
    """Every text of a part's Python files, templates and manifest."""
    catalog = Catalog(domain="messages")
    for folder in part.sources:
        found = extract_from_dir(folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
        for _file, _line, text, comments, context in found:
            catalog.add(text, auto_comments=comments, context=context)
        manifest = folder / "module.toml"
        if manifest.exists():
            values = tomllib.loads(manifest.read_text("utf-8"))
            for key in MANIFEST_TEXTS:
                catalog.add(values[key])
    return catalog


def po_file(part: Part, language: str) -> Path:
    return part.locale / language / "LC_MESSAGES" / "messages.po"


def load(part: Part, language: str) -> Catalog:
    path = po_file(part, language)
    if not path.exists():
        return Catalog(locale=language, domain="messages")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="messages")


def merged(part: Part, language: str, shared: Catalog | None) -> Catalog:
    """The part's catalogue with the texts that its sources have today, without those that the kernel translates."""
    template = texts_of(part)
    if shared is not None:
        for message in list(template):
            if message.id and shared.get(message.id, message.context):
                template.delete(message.id, message.context)
    catalog = load(part, language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def write(catalog: Catalog, path: Path) -> bool:
    """Write a catalogue, without dates and places, so that it changes only when a text does."""
    buffer = BytesIO()
    write_po(buffer, catalog, omit_header=False, sort_output=True, no_location=True, width=120)
    lines = buffer.getvalue().decode("utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(CHANGING))
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True


def missing() -> Iterator[str]:
    """Every text without a translation, as `part language: text`."""
    kernel = texts_of(parts()[0])
    for part in parts():
        for language in LANGUAGES:
            catalog = merged(part, language, None if part.name == "kernel" else kernel)
            for message in catalog:
                if message.id and not is_translated(message):
                    yield f"{part.name} {language}: {message.id}"


def is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts) and not message.fuzzy


def main() -> int:
    if sys.argv[1:] == ["update"]:
        kernel = texts_of(parts()[0])
        for part in parts():
            for language in LANGUAGES:
                catalog = merged(part, language, None if part.name == "kernel" else kernel)
                if write(catalog, po_file(part, language)):
                    print(f"{po_file(part, language).relative_to(ROOT)}: {len(catalog)} texts")
        return 0
    if sys.argv[1:] == ["check"]:
        lines = list(missing())
        print("\n".join(lines) or "Every text is translated.")
        return 1 if lines else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
