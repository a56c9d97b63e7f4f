"""`boxportal role rules`: set, shown, lifted, and asked about where devices would be cut off."""

import pytest

from tests.cli.conftest import Run
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


def test_rule_is_set_shown_and_lifted(run: Run, portal: Portal) -> None:
    portal.browser("owner")
    done = run("role", "rules", "Employee", "--days", "10", "--two-steps", "--idle", "60")
    assert done.code == 0, done.err
    rule = run("role", "rules", "--json").json["data"]["rules"]["Employee"]
    assert (rule["days"], rule["two_steps"], rule["idle_minutes"]) == (10, True, 60)
    assert run("role", "rules", "Employee", "--days", "0", "--no-two-steps").code == 0
    rule = run("role", "rules", "Employee", "--json").json["data"]["rules"]["Employee"]
    assert (rule["days"], rule["two_steps"], rule["idle_minutes"]) == (None, False, 60)
    assert run("role", "rules", "Employee", "--network", "office").code == 2
    assert run("role", "rules", "Employee", "--idle", "1").code == 2
    assert run("role", "rules", "Nobody", "--days", "3").code == 5
    assert run("role", "rules", "--days", "3").code == 2


def test_rule_that_cuts_devices_off_is_asked_about(run: Run, portal: Portal) -> None:
    portal.browser("owner")
    cut = ("role", "rules", "everyone", "--network", "10.20.0.0/16")
    assert run(*cut).code == 2
    assert run("role", "rules", "everyone", "--json").json["data"]["rules"]["Everyone"]["networks"] == []
    assert run(*cut, "--yes").code == 0
    assert portal.browser("owner").get("/inbox").status_code == 303
    assert run("role", "rules", "everyone", "--anywhere").code == 0
    assert portal.browser("owner").get("/inbox").status_code == 200
