"""The steps that upgrade and way back share: let people wait, switch releases, start, examine."""

from http import HTTPStatus

from boxportal.kernel.upgrade.change import Change
from boxportal.kernel.upgrade.data import require_no_loss
from boxportal.sdk.errors import RuleBroken

# What a server removes by itself while it runs.
PASSING = frozenset({
    "core_form_use", "core_job", "core_notice", "core_one_time_link", "core_outbox", "core_outgoing_call",
    "core_process", "core_rate", "core_reminder", "core_reset_request", "core_session",
})  # fmt: skip
PAGES = ("/readyz", "/login")


def rest(change: Change) -> None:
    """Start the service anew: it reads the journal, and answers everything with a page that says to wait.

    Where it can't even do that, it is stopped.
    """
    try:
        change.machine.restart()
    except RuleBroken:
        change.machine.stop()


def serve_again(change: Change) -> None:
    """Let the former release serve as before."""
    change.note(phase="returned")
    change.machine.restart()
    change.wait_until_serving()


def switch(change: Change) -> None:
    change.machine.program.use(change.wanted)
    change.machine.use_units(change.wanted)


def switch_back(change: Change) -> None:
    change.machine.program.use(change.former)
    change.machine.use_units(change.former)


def start(change: Change) -> None:
    """Start the other release; it serves the examiner alone."""
    change.note(examiner=change.hash)
    change.machine.restart()


def stop(change: Change) -> None:
    """Stop the other release: what it has changed is put back next."""
    change.machine.stop()


def examine(change: Change) -> None:
    """See that the other release answers, reads its databases, shows a page of each module, and has all rows.

    Nobody is signed in here, so a module's page sends on to the sign-in: by its own code.
    """
    change.wait_until_serving(release=change.journal.wanted)
    for path in PAGES:
        answer = change.machine.fetch(path, change.token)
        if answer.status != HTTPStatus.OK:
            raise RuleBroken(f"The new server answers {path} with {answer.status}.")
    for path in change.journal.pages:
        status = change.machine.fetch(path, change.token).status
        if not HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RuleBroken(f"The new server answers {path} with {status}.")
    for name, before in change.journal.rows.items():
        found = change.ask(change.wanted, "rows", company=name)
        require_no_loss(before, found["rows"], passing=PASSING)
