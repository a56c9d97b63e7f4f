"""What the page, the command and the report show: the cards with how each guard stands, and the three answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from boxportal.kernel.protection import kept
from boxportal.kernel.protection.model import LEVELS, QUESTIONS, Guard, Level, Question
from boxportal.kernel.protection.table import guards_for
from boxportal.kernel.running import company_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import Lazy, gettext
from boxportal.sdk.i18n import lazy as _l

NOT_YET = _l("Not looked at yet.")
LOOKS = {Level.GOOD: "good", Level.NOTE: "good", Level.WEAK: "warning", Level.OPEN: "bad", Level.UNKNOWN: "off"}
WORST = (Level.OPEN, Level.WEAK)
FEW, MANY = 1, 3


@dataclass(frozen=True, slots=True)
class Card:
    """A guard and how it stood when it was last looked at."""

    guard: Guard
    seen: kept.Seen | None
    aside: kept.SetAside | None
    is_on: bool | None

    @property
    def level(self) -> Level:
        return self.seen.level if self.seen else Level.UNKNOWN

    @property
    def evidence(self) -> str:
        return gettext(self.seen.message, **self.seen.values) if self.seen else str(NOT_YET)

    @property
    def advice(self) -> str:
        return gettext(self.seen.advice, **self.seen.advice_values) if self.seen and self.seen.advice else ""

    @property
    def word(self) -> Lazy:
        return LEVELS[self.level]

    @property
    def look(self) -> str:
        """The look of its state, as `ui.status` knows it."""
        return LOOKS[self.level]

    @property
    def is_wrong(self) -> bool:
        return self.level in WORST

    @property
    def counts(self) -> bool:
        """Whether it speaks against the answer to its question."""
        return self.is_wrong and self.aside is None


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer by the guards below it, and the one act that comes next."""

    question: Question
    cards: Sequence[Card]

    @property
    def title(self) -> Lazy:
        return QUESTIONS[self.question]

    @property
    def level(self) -> Level:
        levels = {card.level for card in self.cards if card.aside is None}
        found = next((level for level in WORST if level in levels), None)
        return found or (Level.GOOD if levels & {Level.GOOD, Level.NOTE} else Level.UNKNOWN)

    @property
    def word(self) -> Lazy:
        return LEVELS[self.level]

    @property
    def look(self) -> str:
        return LOOKS[self.level]

    @property
    def next(self) -> Card | None:
        """The card to look at first: an open critical one, then open ones, then weak ones."""
        wrong = [card for card in self.cards if card.counts]
        return min(wrong, key=lambda c: (WORST.index(c.level), not c.guard.critical), default=None)


def cards_of(ctx: ReadCtx) -> list[Card]:
    """Every guard of the company, as it was last seen."""
    state = kept.read(ctx.db)
    return [
        Card(
            guard,
            state.seen.get(guard.id),
            state.aside.get(guard.id),
            guard.switch.is_on(ctx) if guard.switch and guard.switch.is_on else None,
        )
        for guard in guards_for(company_of(ctx))
    ]


def answers_of(cards: Sequence[Card]) -> list[Answer]:
    """The three questions with their cards."""
    return [Answer(question, [card for card in cards if card.guard.question is question]) for question in Question]


def letter_of(cards: Sequence[Card]) -> str:
    """The letter of the printed report: a failed critical check caps at D, also one that was set aside."""
    critical = sum(card.guard.critical for card in cards if card.level is Level.OPEN)
    if critical:
        return "D" if critical == FEW else "E" if critical < MANY else "F"
    if any(card.level is Level.OPEN for card in cards):
        return "C"
    soft = sum(card.level in {Level.WEAK, Level.UNKNOWN} for card in cards)
    return "A" if not soft else "B" if soft <= MANY else "C"
