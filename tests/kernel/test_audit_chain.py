"""The audit log's hash chain: who changes, deletes or puts in a line is found out."""

import threading
import time

import pytest
from sqlalchemy import delete, func, insert, select, update

from boxportal.kernel.audit.chain import head_of, seal_lines, take_turn
from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.audit.models import AuditLine, AuditSeal
from boxportal.kernel.audit.sealer import Sealer, seal_all, seal_batch
from boxportal.kernel.audit.verify import Fault, Misfit, holds, verify_chain
from boxportal.kernel.backup import keys
from boxportal.kernel.backup.create import create_backup
from boxportal.kernel.backup.restore import restore_backup
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
PATIENCE = 15


def write(company: Company, number: int) -> None:
    with write_session(company.engines) as db:
        for at in range(number):
            write_line(db, SYSTEM, "core.test", f"Zażółć № {at} 🙂")


def misfit(company: Company) -> Misfit | None:
    with read_session(company.engines) as db:
        return verify_chain(db).misfit


def ids(company: Company) -> list[int]:
    with read_session(company.engines) as db:
        return list(db.scalars(select(AuditLine.id).order_by(AuditLine.id)))


def sealed(portal: Portal, number: int = 6) -> list[int]:
    """Lines that were written in the ordinary way, and sealed."""
    write(portal.company, number)
    assert seal_all(portal.company) == 0
    assert misfit(portal.company) is None
    return ids(portal.company)


def test_a_running_server_seals_what_was_written_and_the_page_says_how_far(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/account/profile", {"name": "Amina Admin", "language": "en", "timezone": "UTC"})
    write(portal.company, 3)
    last, end = ids(portal.company)[-1], time.monotonic() + PATIENCE
    while f"Sealed up to line {last}," not in (shown := admin.get("/admin/audit").text):
        assert time.monotonic() < end, shown
        time.sleep(0.1)
    with read_session(portal.company.engines) as db:
        head = head_of(db)
        assert verify_chain(db).misfit is None
    assert f"{head.number}:{head.hash[:16]}" in shown


@pytest.mark.parametrize("column", ["title", "actor_name", "actor_id", "at", "after", "ref_kind"])
def test_a_changed_line_is_found(portal: Portal, column: str) -> None:
    third = sealed(portal)[2]
    value: object = {"title": "x", "actor_name": "x", "actor_id": 1, "at": utcnow(), "after": {"a": 1},
                     "ref_kind": "x"}[column]  # fmt: skip
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.id == third).values({column: value}))
    assert misfit(portal.company) == Misfit(third, Fault.CHANGED)


def test_a_deleted_line_is_found_with_its_seal_or_without(portal: Portal) -> None:
    third = sealed(portal)[2]
    with write_session(portal.company.engines) as db:
        db.change(delete(AuditLine).where(AuditLine.id == third))
    assert misfit(portal.company) == Misfit(third, Fault.DELETED)
    with write_session(portal.company.engines) as db:
        db.change(delete(AuditSeal).where(AuditSeal.line_id == third))
    assert misfit(portal.company) == Misfit(third, Fault.UNSEALED)


def test_a_line_that_is_put_in_is_found_and_never_sealed(portal: Portal) -> None:
    sealed(portal)
    with write_session(portal.company.engines) as db:
        db.change(insert(AuditLine).values(id=0, at=utcnow(), actor_kind="system", actor_name="", address="",
                                           action="x", ref_kind="", title="", before={}, after={}))  # fmt: skip
    assert seal_all(portal.company) == 0
    assert misfit(portal.company) == Misfit(0, Fault.INSERTED)


def test_a_seal_made_up_for_a_changed_line_gives_the_next_one_away(portal: Portal) -> None:
    from boxportal.kernel.audit.chain import hash_of  # noqa: PLC0415 what a forger would use

    third, fourth = sealed(portal)[2:4]
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.id == third).values(title="nothing happened"))
        before = db.scalar(select(AuditSeal.hash).where(AuditSeal.number == 2)) or ""
        line = db.get(AuditLine, third)
        assert line is not None
        db.change(update(AuditSeal).where(AuditSeal.line_id == third).values(hash=hash_of(line, 3, before)))
    assert misfit(portal.company) == Misfit(fourth, Fault.CHANGED)


def test_a_log_cut_at_its_end_lacks_the_seal_that_was_noted(portal: Portal) -> None:
    lines = sealed(portal)
    with read_session(portal.company.engines) as db:
        head = head_of(db)
        noted = f"{head.number}:{head.hash[:16]}"
        assert holds(db, noted)
        assert not holds(db, f"{head.number}:{'0' * 16}")
        assert not holds(db, f"{head.number}:")
    with write_session(portal.company.engines) as db:
        db.change(delete(AuditLine).where(AuditLine.id == lines[-1]))
        db.change(delete(AuditSeal).where(AuditSeal.line_id == lines[-1]))
    with read_session(portal.company.engines) as db:
        assert not holds(db, noted)


def test_a_backup_put_back_has_a_chain_that_goes_on(portal: Portal) -> None:
    sealed(portal)
    path = create_backup(portal.company, SYSTEM).path
    write(portal.company, 2)
    restore_backup(path, [keys.box_key(portal.data)], portal.data, SYSTEM)
    box = Box.open(portal.data)
    company = box.get(None)
    assert seal_all(company) == 0
    with read_session(company.engines) as db:
        verdict = verify_chain(db)
        assert verdict.misfit is None
        assert verdict.head.number == 7  # with the line of the restore; that of the backup came after its copy
    box.close()


def test_sealing_that_is_cut_off_leaves_no_half(portal: Portal) -> None:
    write(portal.company, 4)
    with pytest.raises(KeyboardInterrupt), write_session(portal.company.engines) as db:  # noqa: PT012 both belong
        assert take_turn(db)
        seal_lines(db, ids(portal.company)[:2], utcnow())
        raise KeyboardInterrupt
    assert seal_all(portal.company) == 0
    assert misfit(portal.company) is None


def test_several_sealers_and_writers_at_once_make_one_chain(portal: Portal) -> None:
    stop = threading.Event()

    def seal() -> None:
        sealer = Sealer()
        while not stop.is_set():
            if found := sealer.ready(portal.company):
                seal_batch(portal.company, found)

    sealers = [threading.Thread(target=seal) for _ in range(2)]
    writers = [threading.Thread(target=lambda: [write(portal.company, 1) for _ in range(30)]) for _ in range(3)]
    for thread in [*sealers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    assert seal_all(portal.company) == 0
    with read_session(portal.company.engines) as db:
        assert verify_chain(db).misfit is None
        assert db.scalar(select(func.count()).select_from(AuditSeal)) == len(ids(portal.company)) >= 90


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgres"])
@pytest.mark.parametrize("commits", [True, False])
def test_a_line_that_becomes_visible_late_keeps_its_place(portal: Portal, commits: bool) -> None:  # noqa: FBT001
    sealed(portal, 1)
    sealer = Sealer()
    with writing(portal.company.engines) as slow:
        slow.begin()
        write_line(WriteSession(slow), SYSTEM, "core.test", "slow")
        write(portal.company, 2)
        assert [list(sealer.ready(portal.company)) for _ in range(4)] == [[], [], [], []]
        slow.commit() if commits else slow.rollback()
    assert seal_all(portal.company) == 0
    assert misfit(portal.company) is None
    with read_session(portal.company.engines) as db:
        assert head_of(db).number == (4 if commits else 3)
