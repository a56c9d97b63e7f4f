"""`boxportal upgrade`: another version from a bundle, and the way back."""

import os
import signal
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import confirm
from boxportal.cli.bundle import refusing
from boxportal.cli.output import Globals, Output, answering
from boxportal.kernel.bundle.container import opened
from boxportal.kernel.bundle.keys import is_signed_by
from boxportal.kernel.bundle.trust import FILE as TRUSTED
from boxportal.kernel.bundle.trust import read_keys
from boxportal.kernel.upgrade import walk
from boxportal.kernel.upgrade.change import Change, Say
from boxportal.kernel.upgrade.forwards import PREPARING
from boxportal.kernel.upgrade.journal import RESUME, Journal, alone, is_going_on, read_journal
from boxportal.kernel.upgrade.machine import AtStart, Machine, Systemd
from boxportal.kernel.upgrade.program import Program, in_order, running_program
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import NotFound, NotPermitted, RuleBroken

app = typer.Typer(no_args_is_help=True, help="Upgrade the program from a bundle, and go back.")
Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE")]


@app.command("check")
def upgrade_check(context: typer.Context, bundle: Bundle) -> None:
    """See whether a bundle could be upgraded to now: its signature, its version, room on the disk, the doctor."""
    options: Globals = context.obj
    with answering("upgrade.check", options) as output, refusing():
        change = begun(options, output, bundle)
        tell_versions(output, change)
        if change is not None:
            walk.check_only(change, PREPARING)
            output.say("Nothing stands in the way. Upgrade: boxportal upgrade apply BUNDLE")


@app.command("apply")
def upgrade_apply(context: typer.Context, bundle: Bundle) -> None:
    """Upgrade: rehearse, back up, let people wait, migrate, switch, examine. What fails puts everything back."""
    options: Globals = context.obj
    with answering("upgrade.apply", options) as output, refusing(), ExitStack() as held:
        held.enter_context(alone(writable().lock))
        change = begun(options, output, bundle)
        tell_versions(output, change)
        if change is None:
            return
        if options.dry_run:
            walk.check_only(change, PREPARING)
            output.say("It would be upgraded. Nothing was changed.")
            return
        question = (
            f"Upgrade from {change.journal.former} to {change.journal.wanted}? People will have to wait a little."
        )
        confirm(options, question)
        with undisturbed():
            walk.go(change)
        output.data["seconds"] = change.took
        output.say(
            f"BoxPortal {change.journal.wanted} serves. Back to {change.journal.former}: boxportal upgrade rollback"
        )


@app.command("resume")
def upgrade_resume(
    context: typer.Context,
    *,
    at_start: Annotated[bool, typer.Option("--at-start", help="As the service does before it starts.")] = False,
) -> None:
    """End an upgrade that was broken off (by a power cut, say): finish it, or put everything back."""
    options: Globals = context.obj
    with answering("upgrade.resume", options) as output:
        program = writable()
        if at_start and is_going_on(program.lock):
            return  # it is the upgrade itself that starts the service
        journal = read_journal(program.journal)
        if at_start and journal is not None and (journal.is_over or journal.phase == "preparing"):
            return  # people can work: what is left to tidy up keeps nobody from it
        if journal is None or (journal.is_over and not journal.step):
            output.say("No upgrade was broken off.")
            return
        if options.dry_run:
            output.say(f"The {journal.act} from {journal.former} to {journal.wanted} would be ended.")
            return
        machine: Machine = AtStart(program, options.data) if at_start else Systemd(program, options.data)
        with alone(program.lock):
            change = Change(machine, journal, teller(output))
            with undisturbed():
                output.say(walk.resume(change, at_start=at_start))
            output.data |= change.journal.model_dump(include={"act", "former", "wanted", "phase"})


@app.command("rollback")
def upgrade_rollback(context: typer.Context) -> None:
    """Go back to the former release, with the data as it was before the upgrade. What was written since is lost."""
    options: Globals = context.obj
    with answering("upgrade.rollback", options) as output, ExitStack() as held:
        program = writable()
        held.enter_context(alone(program.lock))
        require_ended(program)
        journal = read_journal(program.journal)
        if journal is None or journal.act != "upgrade" or journal.phase != "done":
            raise RuleBroken("There is no upgrade to take back.")
        former = program.release(journal.former)
        output.data |= {"from": journal.wanted, "to": journal.former, "dry_run": options.dry_run}
        lost = f"What was written since the upgrade began ({journal.started_at[:16].replace('T', ' ')} UTC) is lost."
        if options.dry_run:
            output.say(f"{journal.former} would serve again, with the data as it was before the upgrade. {lost}")
            return
        confirm(options, f"Go back from {journal.wanted} to {journal.former}? {lost}")
        back = Journal(act="rollback", former=journal.wanted, wanted=former.version, started_at=utcnow().isoformat())
        change = Change(Systemd(program, options.data), back, teller(output))
        with undisturbed():
            walk.go(change)
        output.data["seconds"] = change.took
        output.say(f"BoxPortal {former.version} serves, with the data as it was before the upgrade.")


@app.command("status")
def upgrade_status(context: typer.Context) -> None:
    """Which release serves, which others are there, and how the last upgrade went."""
    options: Globals = context.obj
    with answering("upgrade.status", options) as output:
        program = installed()
        current, journal = program.current(), read_journal(program.journal)
        there = sorted(path.parent.name for path in program.releases.glob("*/release.json"))
        output.data |= {"current": current.version, "releases": there, "last": None}
        output.say(f"BoxPortal {current.version}. Releases here: {', '.join(there)}")
        if journal is None:
            output.say("It was never upgraded.")
            return
        output.data["last"] = journal.model_dump(exclude={"rows", "examiner"})
        output.say(told(journal, goes_on=is_going_on(program.lock)))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Go on when the terminal goes away; asked to end, go back as after a failure."""
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM)}
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def teller(output: Output) -> Say:
    """Tells a step; a terminal that went away keeps no step from being done."""

    def say(name: str, text: str) -> None:
        with suppress(OSError):
            output.step(name, text)

    return say


def told(journal: Journal, *, goes_on: bool) -> str:
    """How the last upgrade stands."""
    what = f"The {journal.act} from {journal.former} to {journal.wanted}, begun {journal.started_at[:16]} UTC,"
    if goes_on:
        return f"{what} goes on: {journal.step}."
    if journal.phase == "done":
        return f"{what} was done."
    if journal.is_over:
        return f"{what} was taken back: {journal.failure or 'before anything was changed'}."
    return f"{what} was broken off at: {journal.step}. {journal.failure}\n  Do: {RESUME}"


def installed() -> Program:
    """The program that this process runs out of. Raises: RuleBroken in a checkout."""
    program = running_program()
    if program is None:
        raise RuleBroken("This program runs from a checkout: it is upgraded by its own means. See docs/upgrading.md")
    return program


def writable() -> Program:
    """The same, for who may change it. Raises: NotPermitted."""
    program = installed()
    if not os.access(program.root, os.W_OK):
        raise NotPermitted(f"Only who may write to {program.root} can upgrade. Do: sudo boxportal upgrade")
    return program


def require_ended(program: Program) -> None:
    """Raises: RuleBroken when the last upgrade was broken off."""
    journal = read_journal(program.journal)
    if journal is not None and (journal.step or not journal.is_over):
        raise RuleBroken(f"The {journal.act} to {journal.wanted} was broken off. End it first: {RESUME}")


def begun(options: Globals, output: Output, bundle: Path) -> Change | None:
    """The upgrade to a bundle, with nothing done yet; None when that version serves already.

    Raises: NotFound, NotPermitted, BadBundle, RuleBroken.
    """
    program = writable()
    require_ended(program)
    if not bundle.exists():
        raise NotFound(f"There is no file {bundle}.")
    trusted: Collection[bytes] = read_keys(program.root / TRUSTED)
    with opened(bundle, trusted, is_signed_by) as (head, _):
        wanted = head.manifest.version
    former = program.current().version
    output.data |= {"from": former, "to": wanted, "dry_run": options.dry_run}
    if wanted == former:
        return None
    if in_order(wanted) < in_order(former):
        raise RuleBroken(
            f"{wanted} is older than {former}, which serves. Back to the former one: boxportal upgrade rollback"
        )
    journal = Journal(former=former, wanted=wanted, started_at=utcnow().isoformat())
    return Change(Systemd(program, options.data), journal, teller(output), bundle.absolute(), trusted)


def tell_versions(output: Output, change: Change | None) -> None:
    if change is None:
        output.say(f"BoxPortal {output.data['to']} serves already. There is nothing to do.")
    else:
        output.say(f"BoxPortal {change.journal.former} → {change.journal.wanted}")
