"""How the rest of sales prints: a document goes to the worker process, a PDF file comes back."""

from importlib.util import find_spec

from boxportal.modules.sales.printing.document import PrintedDocument, to_json
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.worker import RunInWorker

SECONDS = 30.0
MEMORY_MB = 512

_TARGET = "boxportal.modules.sales.printing.render:render_payload"


def can_print() -> bool:
    """Whether the libraries of the extra `pdf` are installed."""
    return find_spec("typst") is not None


def print_document(run: RunInWorker, document: PrintedDocument) -> bytes:
    """The document as PDF, the same bytes for the same document.

    Raises: WorkRefused when a character or the logo can't be printed, WorkerFailed, Busy, RuleBroken where PDF is not
    installed.
    """
    if not can_print():
        raise RuleBroken(_l("This server can't make PDF files yet. Install BoxPortal with its extra: boxportal[pdf]."))
    return run(_TARGET, to_json(document), seconds=SECONDS, memory_mb=MEMORY_MB)
