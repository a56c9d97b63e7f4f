"""`boxportal audit verify`."""

import pytest
from sqlalchemy import update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import write_session
from tests.cli.conftest import Run
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


def test_a_line_that_was_changed_is_named_and_ends_the_command_with_1(portal: Portal, run: Run) -> None:
    assert run("module", "enable", "notes").code == 0
    answer = run("audit", "verify", "--json")
    assert answer.code == 0, answer.out
    said = answer.json["data"]
    assert (said["sealed"] >= 1, said["waiting"], said["misfit"]) == (True, 0, None)
    noted = f"{said['sealed']}:{said['hash'][:16]}"
    assert run("audit", "verify", "--seal", noted).code == 0
    lost = run("audit", "verify", "--seal", f"{said['sealed']}:{'0' * 16}")
    assert (lost.code, "has no seal" in lost.err) == (1, True)
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.id == said["line"]).values(actor_name="somebody else"))
    wrong = run("audit", "verify", "--json")
    assert wrong.code == 1
    assert wrong.json["data"]["misfit"] == {"line": said["line"], "fault": "changed"}
    assert f"Line {said['line']} does not fit: changed." in run("audit", "verify").err
