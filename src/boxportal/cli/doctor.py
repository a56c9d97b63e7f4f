"""`boxportal doctor`: looks at everything that keeps the box well, and mends what is safe to mend."""

from typing import Annotated

import typer

from boxportal.cli.acting import changing, opened, system_actor
from boxportal.cli.output import Exit, Globals, Output, answering
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.health.checks import CHECKS
from boxportal.kernel.health.look import keep_told, look, mend, tell_new
from boxportal.kernel.health.model import Report, Seen, State
from boxportal.sdk.errors import DomainError

MARKS: dict[State, str] = {"good": "✔", "note": "!", "problem": "✖"}
INDENT = " " * 18


def doctor(
    context: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend, then look.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this check; several times for several.")] = None,
    tell: Annotated[bool, typer.Option("--tell", help="Tell the administrators of new problems, once.")] = False,
) -> None:
    """Look at the server, its data and its machine; each problem with why it matters and the command that mends it."""
    options: Globals = context.obj
    with answering("doctor", options) as output:
        if fix:
            mended = mend_what_is_wrong(options, only or [], output)
            output.data["mended"] = mended
        report = look(options.data, only=only or [])
        output.data["checks"] = [as_data(one) for one in report.seen]
        for one in report.seen:
            show(output, one)
        if tell:
            output.data["told"] = told(options)
        end(output, report)


def mend_what_is_wrong(options: Globals, only: list[str], output: Output) -> list[str]:
    """Look first, so that only what is wrong is touched; with `--dry-run` only say what would be."""
    wrong = {one.id for one in look(options.data, only=only).of_state("problem")}
    mendable = [check.id for check in CHECKS if check.mend is not None and check.id in wrong]
    if options.dry_run:
        output.say(f"Would be mended: {', '.join(mendable) or 'nothing'}.")
        return []
    done = []
    for name in mendable:
        try:
            done += mend(options.data, system_actor(), only=[name])
        except (DomainError, OSError) as error:
            output.warn("NOT_MENDED", f"{name} could not be mended: {error}")
    if done:
        output.say(f"Mended: {', '.join(done)}.")
    return done


def show(output: Output, one: Seen) -> None:
    output.say(f"{MARKS[one.state]} {one.title!s:<{len(INDENT) - 2}}{one.said}")
    if one.state == "good":
        return
    if one.why is not None:
        output.say(f"{INDENT}Why it matters: {one.why}")
    if one.fix:
        output.say(f"{INDENT}Fix: {output.repeated(one.fix)}")


def as_data(one: Seen) -> dict[str, object]:
    return {
        "id": one.id, "title": str(one.title), "state": one.state, "said": str(one.said),
        "why": str(one.why or ""), "fix": one.fix,
    }  # fmt: skip


def told(options: Globals) -> list[str]:
    """Tell the first company's administrators; a box without one, or whose database is down, has nobody to tell."""
    try:
        with opened(options) as company, changing(company, dry_run=options.dry_run) as ctx:
            new = tell_new(ctx, options.data)
    except DomainError:
        return []
    if not options.dry_run:
        keep_told(options.data, new)
    return new


def end(output: Output, report: Report) -> None:
    problems, notes = report.of_state("problem"), report.of_state("note")
    if not problems:
        output.say("All is well." if not notes else f"No problem, {counted(len(notes), 'note')}.")
        return
    for one in problems:
        output.warnings.append({"code": one.id.upper(), "text": str(one.said), "fix": output.repeated(one.fix)})
    output.say(f"{counted(len(problems), 'problem')}, {counted(len(notes), 'note')}. exit {Exit.WARNINGS:d}")
    output.done(Exit.WARNINGS)


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
