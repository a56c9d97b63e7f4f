"""The report: as text, and each card as a JSON object."""

from collections.abc import Iterator, Sequence

from boxportal.kernel.protection.cards import Answer, Card, answers_of, letter_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import pgettext


def as_json(card: Card) -> dict[str, object]:
    """Everything that stands on a card."""
    guard, seen, aside = card.guard, card.seen, card.aside
    return {
        "id": guard.id,
        "question": guard.question.value,
        "state": card.level.value,
        "evidence": card.evidence,
        "looked_at": seen.at.isoformat() if seen else None,
        "since": seen.since.isoformat() if seen else None,
        "mend": (seen.command or seen.page) if seen else "",
        "advice": card.advice,
        "critical": guard.critical,
        "always_on": guard.always,
        "on": card.is_on,
        "set_aside": {"reason": aside.reason, "by": aside.by, "at": aside.at.isoformat()} if aside else None,
        **{name: str(text) for name, text in guard.texts.items()},
    }


def as_text(ctx: ReadCtx, cards: Sequence[Card]) -> str:
    """The whole report in plain text."""
    lines = [
        _("Report on protection: %(company)s", company=ctx.company.title),
        _("Letter: %(letter)s. A failed critical check caps it at D.", letter=letter_of(cards)),
    ]
    for answer in answers_of(cards):
        lines += ["", f"{answer.title} {answer.word}", *lines_of(answer)]
    return "\n".join(lines)


def lines_of(answer: Answer) -> Iterator[str]:
    for card in answer.cards:
        yield f"  {card.word!s:12} {card.guard.name}: {card.evidence}"
        if card.aside:
            yield f"  {'':12} {pgettext('guard', 'Set aside')}: {card.aside.reason} ({card.aside.by})"
