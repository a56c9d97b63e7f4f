"""The report on paper: what stands on it, and the PDF file that a worker process makes of it."""

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from importlib.util import find_spec

from boxportal.kernel.protection.cards import Answer, Card, answers_of, letter_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.formats import show_datetime
from boxportal.sdk.i18n import current_locale, pgettext
from boxportal.sdk.i18n import gettext as _

SECONDS, MEMORY_MB = 30.0, 512
TARGET = "boxportal.kernel.protection.paper:render"
FONTS = ("fontpkg_inter", "manimgx_fonts")
TONES = {"good": "green", "note": "green", "weak": "orange", "open": "red", "unknown": "gray"}


def can_print() -> bool:
    """Whether the libraries of the extra `pdf` are installed."""
    return find_spec("typst") is not None


def print_report(ctx: ReadCtx, cards: Sequence[Card]) -> bytes:
    """The report as PDF.

    Raises: RuleBroken where PDF is not installed; WorkerFailed, Busy.
    """
    if not can_print():
        raise RuleBroken(_("This server can't make PDF files yet. Install BoxPortal with its extra: boxportal[pdf]."))
    content = json.dumps(content_of(ctx, cards), ensure_ascii=False).encode()
    return ctx.services.run_in_worker(TARGET, content, seconds=SECONDS, memory_mb=MEMORY_MB)


def content_of(ctx: ReadCtx, cards: Sequence[Card]) -> dict[str, object]:
    """All words of the paper, in the reader's language."""
    looked_at = max((card.seen.at for card in cards if card.seen), default=None)
    return {
        "language": current_locale(),
        "title": _("Report on protection"),
        "company": ctx.company.title,
        "looked_at": f"{_('Looked at')}: {shown(looked_at, ctx)}",
        "letter": letter_of(cards),
        "rule": _("A failed critical check caps it at D."),
        "heads": [_("Guard"), _("State"), _("Evidence")],
        "answers": [answer_of(answer) for answer in answers_of(cards)],
    }


def shown(at: datetime | None, ctx: ReadCtx) -> str:
    return show_datetime(at, ctx.actor.timezone or ctx.company.timezone) if at else "–"


def answer_of(answer: Answer) -> dict[str, object]:
    rows = [[str(card.guard.name), str(card.word), TONES[card.level], evidence_of(card)] for card in answer.cards]
    return {"title": str(answer.title), "word": str(answer.word), "tone": TONES[answer.level], "rows": rows}


def evidence_of(card: Card) -> str:
    if card.aside is None:
        return card.evidence
    return f"{card.evidence} {pgettext('guard', 'Set aside')}: {card.aside.reason} ({card.aside.by})"


def render(content: bytes) -> bytes:
    """What the worker process runs: JSON in, PDF out."""
    import typst  # noqa: PLC0415 35 MB, in the worker alone

    found = [spec.submodule_search_locations for name in FONTS if (spec := find_spec(name))]
    folders = [str(place) for places in found for place in places or ()]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)
    template = files(__package__).joinpath("report.typ").read_bytes()
    made = typst.Compiler(font_paths=fonts).compile(
        input=template, format="pdf", sys_inputs={"report": content.decode()}
    )
    if not isinstance(made, bytes):
        raise TypeError("the engine gave no single file")
    return made
