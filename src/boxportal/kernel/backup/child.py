"""A short-lived process that makes backups for the server, and talks to targets. Started by `task.py`."""

import os
import sys

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.backup import keys
from boxportal.kernel.backup.targets.changing import add_target, retry_target
from boxportal.kernel.backup.targets.model import parse_target
from boxportal.kernel.backup.task import Report, Task
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.memory import look_less_often
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.i18n import use_locale


def main() -> None:
    """Do the one task."""
    look_less_often()
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is logged or printed goes to the server's log, not into the answer
    task = Task.model_validate_json(sys.stdin.read())
    with use_locale(task.language):
        try:
            report = do(task)
        except Invalid as error:
            report = Report(error=error.code, fields={name: str(text) for name, text in error.fields.items()})
        except DomainError as error:
            report = Report(error=error.code, text=str(error))
        except OSError as error:
            report = Report(error=RuleBroken.code, text=str(error))
    answer.write(report.model_dump_json())
    answer.close()


def do(task: Task) -> Report:
    box = Box.open(task.data)
    actor = Actor("person" if task.actor else "system", task.actor, task.actor_name or "BoxPortal", is_admin=True)
    try:
        return done(task, box, actor)
    finally:
        box.close()


def done(task: Task, box: Box, actor: Actor) -> Report:
    first = box.get(None)
    if task.what == "run":
        os.nice(10)
        from boxportal.kernel.backup.run import run_backups  # noqa: PLC0415 most of what this process would import

        run_backups(box, actor, task.by)
    elif task.what == "key":
        secret = keys.make_recovery_key(box.data)
        with write_session(first.engines) as db:
            write_line(db, actor, "core.backup.key")
        return Report(key=secret)
    elif task.what == "add_target":
        target = parse_target(task.name, task.where, key_id=task.key_id, region=task.region)
        add_target(first, actor, target, task.secret)
    else:
        return Report(files=retry_target(first, task.name).files)
    return Report()


if __name__ == "__main__":
    main()
