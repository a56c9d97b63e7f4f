"""From a document to a PDF file: archivable (PDF/A-2a) and accessible (PDF/UA-1), the same bytes for the same input.

Imported in the worker process alone: the typesetting engine takes 35 MB.
"""

import json
import re
from datetime import UTC, datetime, time
from importlib.resources import files

import typst

from boxportal.modules.sales.printing.document import PrintedDocument, from_json
from boxportal.modules.sales.printing.fonts import FAMILIES, families, folders
from boxportal.modules.sales.printing.logo import prepare_logo
from boxportal.modules.sales.printing.page import page_of
from boxportal.modules.sales.printing.texts import Json
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.worker import WorkRefused

_UNPRINTABLE = re.compile(r'the (?:text|PDF contains the codepoint|text contains the disallowed codepoint) `"(.+?)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def render_payload(payload: bytes) -> bytes:
    """What the worker process runs: JSON of a document in, PDF out."""
    return render(from_json(payload))


def render(document: PrintedDocument) -> bytes:
    """The document as PDF.

    Raises: WorkRefused when a character is in no installed font, or when the logo can't be printed.
    """
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders())
    compiler = typst.Compiler(font_paths=fonts)
    view = page_of(document)
    view["logo"] = prepare_logo(document.seller.logo) if document.seller.logo is not None else None
    view["fonts"] = [*families(document.buyer.country, document.seller.country)]
    view["drawing"] = _drawing(compiler, view["watermark"])
    try:
        pdf = compiler.compile(
            input=_template("document.typ"),
            format="pdf",
            sys_inputs={"document": json.dumps(view, ensure_ascii=False)},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=datetime.combine(document.issued, time(), UTC),
        )
    except typst.TypstError as error:
        raise _refusal(error.diagnostic) from error
    return _one_file(pdf)


def _drawing(compiler: typst.Compiler, mark: Json) -> str | None:
    """The watermark's word as SVG, without letters in it."""
    if not isinstance(mark, dict):
        return None
    inputs = {"word": str(mark["text"]), "colour": str(mark["colour"]), "font": FAMILIES[0]}
    return _one_file(compiler.compile(input=_template("watermark.typ"), format="svg", sys_inputs=inputs)).decode()


def _refusal(diagnostic: str) -> WorkRefused:
    """The engine names each character that no font has; anything else is a fault of ours."""
    unprintable = dict.fromkeys(_UNPRINTABLE.findall(diagnostic))
    if not unprintable:
        raise RuntimeError(diagnostic)
    return WorkRefused(
        _l(
            "No installed font can print these characters: %(characters)s. "
            "Take them out, or ask the administrator to install fonts for them.",
            characters=" ".join(_ESCAPED.sub(_code_point, text) for text in unprintable),
        )
    )


def _code_point(escaped: re.Match[str]) -> str:
    return f"U+{int(escaped[1], 16):04X}"


def _template(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()


def _one_file(output: bytes | list[bytes] | None) -> bytes:
    if not isinstance(output, bytes):
        raise TypeError("the engine gave no single file")
    return output
