"""What holds for every command: one JSON document, the contract's exit codes, and never a question without a person."""

from collections.abc import Iterator

import pytest
import typer

from boxportal.cli.nouns import line_for
from tests.cli.conftest import Run
from tests.support.live import free_port
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
WHO = "owner@acme.example"
# A command, arguments with which it gets as far as it can without a person, and the exit code that then is right.
COMMANDS: dict[str, tuple[list[str], int]] = {
    "admin link": ([], 0),
    "audit export": (["lines.csv", "--dry-run"], 0),
    "audit keep": (["365", "--dry-run"], 0),
    "audit list": ([], 0),
    "audit verify": ([], 0),
    "backup create": (["--dry-run"], 0),
    "backup key": (["--dry-run"], 0),
    "backup kit": ([], 0),
    "backup list": ([], 0),
    "backup prune": (["--dry-run"], 0),
    "backup run": (["--dry-run"], 0),
    "backup restore": (["missing.bpb"], 5),
    "backup target add": (["far", "nowhere"], 2),
    "backup target list": ([], 0),
    "backup target remove": (["far"], 5),
    "backup target test": (["far"], 5),
    "backup verify": (["missing.bpb"], 5),
    "bundle create": (["--dry-run"], 5),
    "bundle key": (["--dry-run"], 0),
    "bundle trust": (["missing.bundle"], 5),
    "bundle verify": (["missing.bundle"], 5),
    "cert hsts": (["on"], 3),
    "cert own-ca": ([], 3),
    "cert renew": (["--dry-run"], 3),
    "cert rotate-ca": ([], 3),
    "cert show": ([], 0),
    "cert use": (["missing.pem", "missing.key"], 3),
    "company create": (["globex", "--dry-run"], 0),
    "company export": (["acme", "--to", "/nowhere/acme.zip", "--dry-run"], 0),
    "company import": (["missing.zip"], 5),
    "company list": ([], 0),
    "company edit": (["--title", "Acme", "--dry-run"], 0),
    "company remove": (["globex"], 5),
    "company show": ([], 0),
    "config explain": (["box.names"], 0),
    "config get": (["box.threads"], 0),
    "config list": ([], 0),
    "config set": (["box.threads", "8", "--dry-run"], 0),
    "config validate": ([], 0),
    "db check": ([], 0),
    "db move": (["sqlite"], 3),
    "db status": ([], 0),
    "doctor": (["--only", "settings"], 0),
    "directory off": (["--dry-run"], 0),
    "directory set": ([], 2),
    "directory show": ([], 0),
    "directory sync": ([], 3),
    "directory test": ([], 3),
    "door close": ([], 0),
    "door set": (["https://clients.acme.example", "--listen", f"127.0.0.1:{free_port()}", "--dry-run"], 0),
    "door show": ([], 0),
    "door test": ([], 3),
    "install": (["--trial"], 0),
    "mail again": (["999"], 5),
    "mail off": (["--dry-run"], 0),
    "mail set": (["mail.acme.example", "office@acme.example", "--dry-run"], 0),
    "mail show": ([], 0),
    "mail test": ([WHO], 2),
    "module cost": ([], 0),
    "module disable": (["notes"], 0),
    "module enable": (["notes", "--dry-run"], 0),
    "module list": ([], 0),
    "module purge": (["notes"], 0),
    "module show": (["notes"], 0),
    "outgoing allow": (["printer.local:8080", "--dry-run"], 0),
    "outgoing forbid": (["printer.local:8080"], 5),
    "outgoing list": ([], 0),
    "personal erase": (["nobody@nowhere.example"], 5),
    "personal export": ([WHO, "--to", "/nowhere/person.zip", "--dry-run"], 0),
    "personal keep": ([], 0),
    "personal list": (["omar"], 0),
    "personal show": ([WHO], 0),
    "protect check": ([], 0),
    "protect dismiss": (["space", "--reason", "it is a trial", "--dry-run"], 0),
    "protect list": ([], 0),
    "protect off": (["forgery"], 3),
    "protect on": (["data-folder", "--dry-run"], 0),
    "protect report": ([], 0),
    "role add": (["Cashier", "--dry-run"], 0),
    "role edit": (["Employee", "--dry-run"], 0),
    "role list": ([], 0),
    "role remove": (["Employee"], 3),
    "role rules": (["everyone", "--two-steps", "--dry-run"], 0),
    "role show": (["Employee"], 0),
    "sample add": (["--dry-run"], 0),
    "sample remove": (["--dry-run"], 0),
    "sso off": (["--dry-run"], 0),
    "sso set": ([], 2),
    "sso show": ([], 0),
    "sso test": ([], 3),
    "status": ([], 0),
    "team add": (["Stores", "--dry-run"], 0),
    "team edit": (["Others", "--rename", "Rest", "--dry-run"], 0),
    "team list": ([], 0),
    "team remove": (["Others", "--dry-run"], 0),
    "token create": ([WHO, "--name", "x", "--scope", "all:read", "--dry-run"], 0),
    "token list": ([], 0),
    "token revoke": (["999"], 5),
    "uninstall": ([], 0),
    "upgrade apply": (["missing.bundle"], 3),  # the tests' program is no installed one
    "upgrade check": (["missing.bundle"], 3),
    "upgrade resume": ([], 3),
    "upgrade rollback": ([], 3),
    "upgrade status": ([], 3),
    "user add": (["x@acme.example", "--name", "X"], 2),
    "user disable": ([WHO, "--dry-run"], 0),
    "user edit": ([WHO, "--name", "Omar", "--dry-run"], 0),
    "user enable": ([WHO, "--dry-run"], 3),
    "user hand-over": ([WHO, "head@acme.example"], 3),
    "user invite": (["x@acme.example", "--name", "X", "--dry-run"], 0),
    "user list": ([], 0),
    "user reset-password": ([WHO, "--dry-run"], 0),
    "user reset-two-steps": ([WHO], 3),
    "user role": ([WHO], 0),
    "user sessions": ([WHO], 0),
    "version": ([], 0),
}
RUNS_ON = {"serve"}  # ends only when it is stopped


def every_command() -> Iterator[str]:
    """The commands that the program really has."""
    return leaves(typer.main.get_command(line_for()), "")


def leaves(command: object, path: str) -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():  # Click's groups have it, its commands not
        whole = f"{path} {name}".strip()
        if getattr(child, "commands", None) is None:
            yield whole
        else:
            yield from leaves(child, whole)


def test_every_command_is_in_the_list_below(backend: str) -> None:
    assert set(every_command()) == set(COMMANDS) | RUNS_ON


@pytest.mark.parametrize("command", COMMANDS)
def test_command_answers_one_document_and_never_asks(portal: Portal, run: Run, command: str) -> None:
    arguments, code = COMMANDS[command]
    answer = run(*command.split(), *arguments, "--json", "--no-input")
    assert answer.code == code, answer.out + answer.err
    document = answer.json
    assert set(document) == {"ok", "command", "version", "data", "warnings", "error"}
    assert document["ok"] is (code == 0)
    assert document["command"] == command.replace(" ", ".")
    if code:
        assert set(document["error"]) == {"code", "text", "fix"}
        assert document["error"]["text"]


def test_wrong_usage_is_exit_2(portal: Portal, run: Run) -> None:
    for wrong in (["module", "enable"], ["module", "list", "--nonsense"], ["nonsense"], ["user", "add", WHO]):
        assert run(*wrong).code == 2, wrong
        document = run(*wrong, "--json").json
        assert (document["ok"], document["error"]["code"]) == (False, "INVALID")


def test_data_folder_without_a_company_is_exit_5_with_one_sentence(portal: Portal, run: Run) -> None:
    for command in (["module", "list"], ["user", "list"], ["status"], ["backup", "create"]):
        answer = run(*command, "--data", str(portal.data / "nothing"))
        assert (answer.code, "There is no company" in answer.err) == (5, True), command
