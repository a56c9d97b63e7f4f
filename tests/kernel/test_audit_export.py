"""The audit log's filter, its export, and the days that are dropped."""

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from boxportal.kernel.audit.chain import head_of
from boxportal.kernel.audit.lines import write_entry, write_line
from boxportal.kernel.audit.models import AuditDay, AuditLine, AuditSeal
from boxportal.kernel.audit.retention import AuditKeep, drop_old_day
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.audit.verify import Fault, holds, verify_chain
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.settings import save_setting
from boxportal.sdk.access import SYSTEM, Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.events import RecordRef
from tests.cli.conftest import run_in
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
PATIENCE = 20


def write(portal: Portal) -> None:
    """Lines of two people, on two days, from two networks."""
    owner = Actor("person", portal.person("owner"), "Omar Owner")
    today, long_ago = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
    with write_session(portal.company.engines) as db:
        entry = AuditEntry(action="core.test.a", ref=RecordRef("crm.deal", 7), title="=1+1", after={"name": "Zoë"})
        write_entry(db, owner, entry, at=today, address="192.168.1.5")
        write_entry(db, owner, AuditEntry(action="core.test.b", title="second"), at=long_ago, address="8.8.8.8")
        write_entry(db, SYSTEM, AuditEntry(action="core.test.c", title="third"), at=today, address="")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"=1+1", "second", "third"}),
        ("address=192.168.", {"=1+1"}),
        ("record=crm.deal:7", {"=1+1"}),
        ("record=crm.deal", {"=1+1"}),
        ("since=2026-11-20&until=2026-11-20", {"=1+1", "third"}),
        ("until=2026-03-31", {"second"}),
        ("since=2026-11-21", set()),
        ("action=core.test.b", {"second"}),
    ],
)
def test_filter_leaves_what_was_asked_for(portal: Portal, query: str, found: set[str]) -> None:
    write(portal)
    shown = portal.browser("admin").get(f"/admin/audit?{query}").text
    assert {title for title in ("=1+1", "second", "third") if f"{title}" in shown} == found


def test_filter_by_person_and_a_wrong_day(portal: Portal) -> None:
    write(portal)
    admin = portal.browser("admin")
    shown = admin.get(f"/admin/audit?person={portal.person('owner')}").text
    assert ("second" in shown, "third" in shown) == (True, False)
    assert admin.get("/admin/audit?since=yesterday").status_code == 422
    assert admin.get("/admin/audit?since=2026-11-20&until=2026-11-19").status_code == 422


def test_export_is_whole_and_itself_in_the_log(portal: Portal) -> None:
    write(portal)
    admin = portal.browser("admin")
    answer = admin.post("/admin/audit/export", {"format": "csv", "action": "core.test"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == ["'=1+1", "second", "third"]  # no formula for a spreadsheet
    assert rows[0]["record"] == "crm.deal:7"
    lines = admin.post("/admin/audit/export", {"format": "jsonl", "address": "192.168."}).text.splitlines()
    assert [json.loads(line)["after"] for line in lines] == [{"name": "Zoë"}]
    with read_session(portal.company.engines) as db:
        told = db.execute(
            select(AuditLine.actor_id, AuditLine.after).where(AuditLine.action == "core.audit.export").order_by("id")
        ).all()
    assert [tuple(row) for row in told] == [
        (portal.person("admin"), {"action": "core.test", "format": "csv", "lines": 3}),
        (portal.person("admin"), {"address": "192.168.", "format": "jsonl", "lines": 1}),
    ]
    assert portal.browser("owner").post("/admin/audit/export", {"format": "csv"}).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_command_exports_the_same(portal: Portal, tmp_path: Path) -> None:
    write(portal)
    file = tmp_path / "lines.jsonl"
    ran = run_in(portal.data, "audit", "export", str(file), "--record", "crm.deal", "--json")
    assert (ran.code, ran.json["data"]["lines"], file.stat().st_mode & 0o777) == (0, 1, 0o600)
    assert json.loads(file.read_text("utf-8"))["title"] == "=1+1"
    assert run_in(portal.data, "audit", "export", str(tmp_path / "lines.txt")).code == 2
    assert run_in(portal.data, "audit", "list", "--person", "nobody@acme.example").code == 5
    assert "second" in run_in(portal.data, "audit", "list", "--person", "owner@acme.example").out
    assert run_in(portal.data, "audit", "keep", "5").code == 2


def three_days(portal: Portal) -> None:
    """Sealed lines of three days, the first two long ago."""
    for days in (400, 399, 0):
        with write_session(portal.company.engines) as db:
            for at in range(5):
                write_line(db, SYSTEM, "core.test", f"{days} days ago, {at}")
        assert seal_all(portal.company) == 0
        then = utcnow() - timedelta(days=days)
        with write_session(portal.company.engines) as db:
            fresh = AuditSeal.sealed_at > utcnow() - timedelta(days=1)
            db.change(update(AuditSeal).where(fresh).values(sealed_at=then))


def run_retention(portal: Portal, days: int = 365) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        save_setting(ctx.db, AuditKeep(days=days))
        drop_old_day(ctx)


def counted(portal: Portal) -> tuple[int, int]:
    with read_session(portal.company.engines) as db:
        lines = db.scalar(select(func.count()).select_from(AuditLine).where(AuditLine.action == "core.test")) or 0
        return lines, len(db.scalars(select(AuditDay.day)).all())


def test_old_days_go_one_by_one_and_the_chain_still_verifies(portal: Portal) -> None:
    three_days(portal)
    with read_session(portal.company.engines) as db:
        noted = [f"{seal.number}:{seal.hash}" for seal in db.scalars(select(AuditSeal).order_by(AuditSeal.number))]
    run_retention(portal, days=0)
    assert counted(portal) == (15, 0)  # for ever
    run_retention(portal)
    assert counted(portal) == (10, 1)
    run_retention(portal)
    run_retention(portal)  # nothing old is left
    assert counted(portal) == (5, 2)
    assert seal_all(portal.company) == 0
    with read_session(portal.company.engines) as db:
        assert verify_chain(db).misfit is None
        assert all(holds(db, seal) for seal in noted)
        days = db.scalars(select(AuditDay).order_by(AuditDay.number)).all()
        assert not holds(db, f"{days[-1].number}:{'0' * 64}")
        assert head_of(db).number == len(noted) + 2


def test_a_line_sealed_under_a_wrong_clock_takes_no_newer_day_along(portal: Portal) -> None:
    three_days(portal)
    with write_session(portal.company.engines) as db:
        write_line(db, SYSTEM, "core.test", "when the clock stood in 2020")
    assert seal_all(portal.company) == 0
    with write_session(portal.company.engines) as db:
        newest = db.scalar(select(func.max(AuditSeal.number)))
        wrong = update(AuditSeal).where(AuditSeal.number == newest)
        db.change(wrong.values(sealed_at=utcnow() - timedelta(days=2000)))
        write_line(db, SYSTEM, "core.test", "after the clock was put right")
    assert seal_all(portal.company) == 0
    run_retention(portal)
    assert counted(portal) == (12, 1)
    run_retention(portal)
    run_retention(portal)
    assert counted(portal) == (7, 2)


def test_day_that_was_taken_by_hand_is_found(portal: Portal) -> None:
    three_days(portal)
    run_retention(portal)
    seal_all(portal.company)
    with write_session(portal.company.engines) as db:
        last = db.scalars(select(AuditSeal).where(AuditSeal.number == 10)).one()
        db.add(AuditDay(day=(utcnow() - timedelta(days=399)).date(), number=last.number, line_id=last.line_id,
                        hash=last.hash, lines=5, dropped_at=utcnow()))  # fmt: skip
        ids = select(AuditSeal.line_id).where(AuditSeal.number <= last.number)
        db.change(delete(AuditLine).where(AuditLine.id.in_(ids)))
        db.change(delete(AuditSeal).where(AuditSeal.number <= last.number))
    with read_session(portal.company.engines) as db:
        found = verify_chain(db).misfit
    assert found is not None
    assert found.fault is Fault.CUT


def test_old_day_that_was_changed_is_kept_as_evidence(portal: Portal) -> None:
    three_days(portal)
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.title == "400 days ago, 2").values(title="nothing happened"))
    run_retention(portal)
    assert counted(portal) == (15, 0)


def test_page_chooses_how_long_lines_are_kept(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert admin.post("/admin/audit/keep", {"days": "365"}).status_code == 303
    assert 'value="365" selected' in admin.get("/admin/audit").text
    assert admin.post("/admin/audit/keep", {"days": "7"}).status_code == 422
    with read_session(portal.company.engines) as db:
        told = db.scalars(select(AuditLine.after).where(AuditLine.action == "core.audit.keep")).all()
    assert told == [{"days": 365}]


@pytest.mark.modules("crm")
def test_exporting_a_list_is_told_within_a_moment(portal: Portal) -> None:
    answer = portal.browser("admin").get("/crm/contacts?_format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    end = time.monotonic() + PATIENCE
    while not (told := readings(portal, "core.list.export")):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert told == [("Amina Admin", "crm.contacts")]


def readings(portal: Portal, action: str) -> list[tuple[str, str]]:
    with read_session(portal.company.engines) as db:
        rows = db.execute(select(AuditLine.actor_name, AuditLine.title).where(AuditLine.action == action))
        return [(name, title) for name, title in rows]
