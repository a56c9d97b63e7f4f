"""Every check of the doctor: what it guards is really broken, the check goes red, and `--fix` mends what it can."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Update, column, select, table, update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.companies import FILE, Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.health.checks import CHECKS
from boxportal.kernel.health.look import last_report
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.recovery.starts import note_begun, note_failed, note_serving
from boxportal.kernel.tables import ServingProcess
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession
from tests.cli.conftest import Ran, run_in
from tests.conftest import Template, company_copy, point_at
from tests.support.live import free_port
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
Db = Callable[[], AbstractContextManager[WriteSession]]


@pytest.fixture
def data(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Path]:
    """A company that nobody serves, as an installer leaves it."""
    with company_copy(backend, request, tmp_path / "data", templates) as (folder, _cast):
        (folder / "boxportal.toml").write_text(f'[box]\nlisten = "127.0.0.1:{free_port()}"\n', "utf-8")
        yield folder


@pytest.fixture
def db(data: Path) -> Iterator[Db]:
    """Writes into the company's database, as something that went wrong would."""
    box = Box.open(data)
    yield lambda: write_session(box.get(None).engines)
    box.close()


def state(data: Path, check: str, *more: str) -> tuple[str, Ran]:
    answer = run_in(data, "doctor", "--only", check, "--json", *more)
    assert answer.code in (0, 8), answer
    found = {one["id"]: one for one in answer.json["data"]["checks"]}[check]
    assert found["said"]
    if found["state"] != "good":
        assert found["why"]
        assert found["fix"]
    assert (answer.code == 8) is (found["state"] == "problem")
    return found["state"], answer


def test_new_box_has_no_problem(data: Path) -> None:
    answer = run_in(data, "doctor")
    assert answer.code == 0, answer.out
    assert "No problem" in answer.out
    report = last_report(data)
    assert report is not None
    assert [one.id for one in report.seen] == [check.id for check in CHECKS]


def setting(data: Path, line: str) -> None:
    file = data / "boxportal.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("check", "line"), [("disk", "disk_gb = 1e9"), ("memory", "memory_mb = 1000000000")])
def test_less_than_is_needed(data: Path, check: str, line: str) -> None:
    assert state(data, check)[0] == "good"
    setting(data, f"[health]\n{line}")
    assert state(data, check)[0] == "problem"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_clock_that_went_back(data: Path) -> None:
    later = time.time() + 3600
    os.utime(data / "companies" / "acme" / FILE, (later, later))
    assert state(data, "clock")[0] == "problem"


def test_clock_that_went_back_after_a_line_of_the_audit_log(data: Path, db: Db) -> None:
    assert run_in(data, "company", "edit", "--title", "Acme").code == 0
    assert state(data, "clock")[0] == "good"
    with db() as session:
        session.change(update(AuditLine).values(at=utcnow() + timedelta(days=1)))
    assert state(data, "clock")[0] == "problem"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_database_file_that_was_damaged(data: Path) -> None:
    path = data / "companies" / "acme" / "company.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(64 * 1024))
    assert state(data, "database")[0] == "problem"


def test_database_that_does_not_answer(data: Path, backend: str) -> None:
    gone = {"sqlite": "sqlite", "postgres": f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/gone"}[backend]
    if backend == "sqlite":
        (data / "companies" / "acme" / "company.db").write_bytes(b"no database at all" * 1000)
    else:
        point_at(data / "companies" / "acme" / FILE, gone)
    found, answer = state(data, "database")
    assert found == "problem"
    assert run_in(data, "doctor").code == 8
    assert "boxportal" in answer.json["warnings"][0]["fix"]


def test_tables_of_another_program(data: Path, db: Db) -> None:
    with db() as session:
        session.change(update_version("core_0001"))
    assert state(data, "tables")[0] == "problem"
    with db() as session:
        session.change(update_version("core_9999"))
    assert state(data, "tables")[0] == "problem"


def update_version(revision: str) -> Update:
    return update(table("alembic_version", column("version_num"))).values(version_num=revision)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_backup_that_is_missing_or_old_is_made(data: Path) -> None:
    setting(data, 'names = ["portal.acme.example"]')  # no trial
    assert state(data, "backup")[0] == "good"
    long_ago = time.time() - 3 * 86400
    os.utime(data / "companies" / "acme" / FILE, (long_ago, long_ago))
    assert state(data, "backup")[0] == "problem"
    assert state(data, "backup", "--fix")[0] == "good"
    assert list((data / "backups").glob("acme-*.bpb"))
    journal = data / "backup" / "runs.json"
    journal.write_text(journal.read_text("utf-8").replace(f"{utcnow():%Y}-", f"{utcnow().year - 1}-"), "utf-8")
    assert state(data, "backup")[0] == "problem"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("path", "mode"), [(".", 0o755), ("companies/acme/secrets/company.key", 0o640)])
def test_rights_that_let_others_read_are_taken(data: Path, path: str, mode: int) -> None:
    assert state(data, "rights")[0] == "good"
    (data / path).chmod(mode)
    assert state(data, "rights")[0] == "problem"
    assert state(data, "rights", "--fix", "--dry-run")[0] == "problem"
    assert state(data, "rights", "--fix")[0] == "good"
    assert (data / path).stat().st_mode & 0o007 == 0
    assert "core.health.mend" in run_in(data, "audit", "list").out


@pytest.mark.parametrize("backend", ["sqlite"])
def test_certificate_that_nobody_shows(data: Path) -> None:
    setting(data, '[tls]\nmode = "own-ca"')
    assert state(data, "certificate")[0] == "problem"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_settings_that_are_wrong(data: Path) -> None:
    setting(data, "[bux]\nhello = 1")
    found, answer = state(data, "settings")
    assert (found, "Did you mean box?" in answer.out) == ("problem", True)
    assert run_in(data, "doctor").code == 8


@pytest.mark.parametrize("backend", ["sqlite"])
def test_start_that_failed(data: Path) -> None:
    note_begun(data)
    note_failed(data, "RuntimeError: it broke")
    note_begun(data)
    note_serving(data)
    found, answer = state(data, "starts")
    assert (found, "it broke" in answer.out) == ("note", True)


def test_second_server_on_one_company(data: Path, db: Db) -> None:
    with db() as session:
        session.add(ServingProcess(id=f"{os.getpid()}@{socket.gethostname()[:20]}-a", applied=1, seen_at=utcnow()))
    assert state(data, "others")[0] == "good"
    with db() as session:
        session.add(ServingProcess(id="17@copy-of-it-b", applied=1, seen_at=utcnow()))
    assert state(data, "others")[0] == "problem"


def item(*, state: str = "waiting", due_at: datetime | None = None, held_until: datetime | None = None) -> OutboxItem:
    now = utcnow()
    return OutboxItem(
        topic="x", payload={}, state=state, due_at=due_at or now, created_at=now, leased_until=held_until, attempts=0,
        last_error="",
    )  # fmt: skip


def test_work_that_is_overdue(data: Path, db: Db) -> None:
    with db() as session:
        session.add(item(due_at=utcnow() - timedelta(hours=1)))
    assert state(data, "outbox")[0] == "problem"


def test_work_that_was_given_up_is_a_note(data: Path, db: Db) -> None:
    with db() as session:
        session.add(item(state="dead"))
    assert state(data, "outbox")[0] == "note"


def test_work_held_by_a_dead_process_is_freed(data: Path, db: Db) -> None:
    with db() as session:
        session.add(item(held_until=utcnow() + timedelta(days=300)))
    assert state(data, "outbox")[0] == "problem"
    assert state(data, "outbox", "--fix")[0] == "good"
    with db() as session:
        assert session.scalar(select(OutboxItem.leased_until)) is None


def test_audit_lines_without_a_seal_are_sealed(data: Path, db: Db) -> None:
    run_in(data, "audit", "verify")
    assert run_in(data, "company", "edit", "--title", "Acme").code == 0
    with db() as session:
        session.add(ServingProcess(id=f"{os.getpid()}@{socket.gethostname()[:20]}-a", applied=1, seen_at=utcnow()))
        session.change(update(AuditLine).values(at=utcnow() - timedelta(hours=1)))
    assert state(data, "audit")[0] == "problem"
    assert state(data, "audit", "--fix")[0] == "good"


def test_mail_server_that_is_set_is_no_note(data: Path) -> None:
    assert state(data, "mail")[0] == "note"
    assert run_in(data, "mail", "set", "mail.acme.example", "office@acme.example").code == 0
    assert state(data, "mail")[0] == "good"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_server_that_is_down_is_a_problem_of_an_installed_box(data: Path) -> None:
    assert state(data, "server")[0] == "note"
    setting(data, 'names = ["portal.acme.example"]')
    assert state(data, "server")[0] == "problem"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_administrators_are_told_once_of_each_new_problem(data: Path, db: Db) -> None:
    def notices() -> int:
        with db() as session:
            return len(session.scalars(select(InboxNotice.id)).all())

    assert run_in(data, "doctor", "--tell", "--quiet").code == 0
    assert notices() == 0
    data.chmod(0o755)
    for _again in range(2):
        assert run_in(data, "doctor", "--tell", "--quiet").code == 8
        assert notices() == 1
    data.chmod(0o700)
    assert run_in(data, "doctor", "--tell", "--quiet").code == 0
    data.chmod(0o755)
    assert run_in(data, "doctor", "--tell", "--quiet").code == 8
    assert notices() == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_unknown_check_is_named(data: Path) -> None:
    answer = run_in(data, "doctor", "--only", "nonsense")
    assert (answer.code, "there is no nonsense" in answer.err) == (2, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_page_looks_again_and_mends(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "Nobody has looked yet" in admin.get("/admin/health").text
    portal.data.chmod(0o755)
    assert admin.post("/admin/health/look").headers["location"] == "/admin/health"
    page = admin.get("/admin/health").text
    assert "Others may read" in page
    assert f"boxportal --data {portal.data} doctor --fix --only rights" in page
    assert admin.post("/admin/health/rights/mend").headers["location"] == "/admin/health"
    assert portal.data.stat().st_mode & 0o777 == 0o750
    assert "Others may read" not in admin.get("/admin/health").text
    assert "mended on the server" in admin.get("/admin/audit").text
    assert admin.post("/admin/health/disk/mend").status_code == 404
    assert portal.browser("head").get("/admin/health").status_code == 404
    assert portal.browser("head").post("/admin/health/look").status_code == 404
