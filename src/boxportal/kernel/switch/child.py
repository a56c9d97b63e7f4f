"""A short-lived process that switches modules for the server, so that Alembic and a module's code stay out of it.

Reads one JSON document from standard input and answers with one on standard output; started by `run.py`.
"""

import os
import sys
from typing import TextIO

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.backup.verify import proven_backup
from boxportal.kernel.companies import open_company
from boxportal.kernel.memory import look_less_often
from boxportal.kernel.runtime import load_module
from boxportal.kernel.switch.change import Acting, drop_untouched, revision_now
from boxportal.kernel.switch.live import wait_applied
from boxportal.kernel.switch.orders import InTheWay
from boxportal.kernel.switch.perform import Outcome, perform
from boxportal.kernel.switch.preview import parts_of
from boxportal.kernel.switch.task import STEP, Report, Task
from boxportal.kernel.switch.walk import Tell
from boxportal.kernel.web.render import render
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import use_locale


def main() -> None:
    """Do the one task."""
    look_less_often()
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is logged or printed goes to the server's log, not into the answer
    task = Task.model_validate_json(sys.stdin.read())
    with use_locale(task.language):
        try:
            report = do(task, lambda step: tell(answer, step))
        except DomainError as error:
            others = error.others if isinstance(error, InTheWay) else ()
            report = Report(error=error.code, text=str(error), others=others)
    answer.write(report.model_dump_json())
    answer.close()


def do(task: Task, tell: Tell) -> Report:
    if task.what == "parts":
        return Report(parts={module_id: parts_of(load_module(module_id)) for module_id in task.modules})
    company = open_company(task.folder)
    actor = Actor("person" if task.actor else "system", task.actor, task.actor_name or "BoxPortal", is_admin=True)
    acting = Acting(company, actor, render, task.address)
    try:
        if task.what == "drop_untouched":
            lagging = wait_applied(company, revision_now(company))
            return Report(emptied=() if lagging else tuple(drop_untouched(acting)), lagging=tuple(lagging))
        return report_of(perform(acting, task.order(), lambda a: proven_backup(a.company, a.actor)[0], tell))
    finally:
        company.engines.dispose()


def tell(answer: TextIO, step: str) -> None:
    """Let the server know which step begins."""
    answer.write(f"{STEP.decode()}{step}\n")
    answer.flush()


def report_of(outcome: Outcome) -> Report:
    return Report(
        changed=outcome.changed,
        emptied=outcome.emptied,
        lagging=outcome.lagging,
        backup=str(outcome.backup or ""),
    )


if __name__ == "__main__":
    main()
