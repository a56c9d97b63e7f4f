"""`boxportal protect`: the guards of the portal, measured."""

from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import changing, opened, reading
from boxportal.cli.output import Exit, Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.kernel.companies import Company
from boxportal.kernel.durable import write_whole
from boxportal.kernel.protection import acts, paper, report, rounds
from boxportal.kernel.protection.cards import Card, answers_of, cards_of, letter_of
from boxportal.kernel.protection.model import Level
from boxportal.sdk.errors import Invalid, StorageFull

app = typer.Typer(no_args_is_help=True, help="What guards the portal, measured.")
GuardId = Annotated[str, typer.Argument(metavar="GUARD", help="Its name in `boxportal protect list`.")]


@app.command("list")
def protect_list(context: typer.Context) -> None:
    """How each guard stood when it was last looked at; nothing is measured."""
    options: Globals = context.obj
    with answering("protect.list", options) as output, opened(options) as company, reading(company) as ctx:
        tell(output, cards_of(ctx))


@app.command("check")
def protect_check(context: typer.Context) -> None:
    """Measure every guard now, keep what was seen, tell administrators of what turned red. Ends with 8 when one is."""
    options: Globals = context.obj
    with answering("protect.check", options) as output, opened(options) as company:
        with reading(company) as ctx:
            found = {name: seen for name, (_finding, seen) in rounds.measure(ctx).items()}
        with changing(company, dry_run=options.dry_run) as ctx:
            rounds.keep(ctx, found)
            cards = cards_of(ctx)
        tell(output, cards)
        warn_of(output, cards)


@app.command("on")
def protect_on(context: typer.Context, guard: GuardId) -> None:
    """Turn a guard on, or put right what it found."""
    options: Globals = context.obj
    with answering("protect.on", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            acts.turn_on(ctx, guard)
        tell_one(output, company, guard)


@app.command("off")
def protect_off(context: typer.Context, guard: GuardId) -> None:
    """Turn a guard off, where that can be done."""
    options: Globals = context.obj
    with answering("protect.off", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            acts.turn_off(ctx, guard)
        tell_one(output, company, guard)


@app.command("dismiss")
def protect_dismiss(
    context: typer.Context,
    guard: GuardId,
    *,
    reason: Annotated[str, typer.Option(help="Why it may stay as it is; the page shows it.")] = "",
    back: Annotated[bool, typer.Option("--back", help="Count it again.")] = False,
) -> None:
    """Set a guard aside with a reason: it does not count in the answers any more."""
    options: Globals = context.obj
    with answering("protect.dismiss", options) as output, opened(options) as company:
        if not back and not reason.strip():
            raise Invalid({"--reason": "is needed: the next one who looks will read it"})
        with changing(company, dry_run=options.dry_run) as ctx:
            if back:
                acts.take_back(ctx, guard)
            else:
                acts.set_aside(ctx, guard, reason)
        tell_one(output, company, guard)


@app.command("report")
def protect_report(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="Write it to this file instead.")] = None,
) -> None:
    """The report with the letter, as text; as PDF in a file whose name ends so."""
    options: Globals = context.obj
    with answering("protect.report", options) as output, opened(options) as company, reading(company) as ctx:
        cards = cards_of(ctx)
        text = report.as_text(ctx, cards)
        output.data |= {"letter": letter_of(cards), "report": text}
        if to is None:
            output.say(text)
        elif not options.dry_run:
            try:
                write_whole(to, paper.print_report(ctx, cards) if to.suffix.lower() == ".pdf" else text + "\n")
            except OSError as error:
                raise StorageFull(f"{to} can't be written: {error.strerror}") from error
            output.say(f"The report was written to {to}")


def tell(output: Output, cards: list[Card]) -> None:
    answers = answers_of(cards)
    output.data |= {
        "answers": {answer.question.value: answer.level.value for answer in answers},
        "guards": [report.as_json(card) for card in cards],
    }
    for answer in answers:
        output.say(f"{answer.title} {answer.word}")
        rows = [(str(card.word) + (" (set aside)" if card.aside else ""), card.guard.id, card.evidence)
                for card in answer.cards]  # fmt: skip
        output.say(table(("STATE", "GUARD", "EVIDENCE"), rows) + "\n")


def tell_one(output: Output, company: Company, guard: str) -> None:
    with reading(company) as ctx:
        card = next(card for card in cards_of(ctx) if card.guard.id == guard)
    output.data["guard"] = report.as_json(card)
    output.say(f"{card.guard.name}: {card.word}. {card.evidence}")


def warn_of(output: Output, cards: list[Card]) -> None:
    """Name each red guard with what mends it, and end with 8."""
    wrong = [card for card in cards if card.level is Level.OPEN and card.aside is None]
    for card in wrong:
        place = f"open {card.seen.page} in the portal" if card.seen and card.seen.page else ""
        output.warn(card.guard.id.upper().replace("-", "_"), f"{card.guard.name}: {card.evidence}",
                    (card.seen.command if card.seen else "") or place)  # fmt: skip
    if wrong:
        output.done(Exit.WARNINGS)
