"""Modules are switched on and off in a living company: tables, rows, what follows, and who is in the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import ApiToken, Role, RoleGrant
from boxportal.kernel.jobs.models import JobRun
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.switch.change import Acting, drop_untouched, turn_off_now, turn_on
from boxportal.kernel.switch.orders import InTheWay, Order, Verb
from boxportal.kernel.switch.perform import Outcome, perform
from boxportal.kernel.switch.purge import OWNED, wipe
from boxportal.kernel.switch.states import Standing, standings
from boxportal.kernel.tables import EnabledModule, Setting
from boxportal.kernel.web.render import render
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import Base
from boxportal.sdk.errors import NotFound, RolledBack, RuleBroken
from tests.support.extra_modules import installed_extras
from tests.support.portal import Portal
from tests.support.schema import schema_of

pytestmark = pytest.mark.modules()
MAY_DIFFER = frozenset({"core_audit", "core_audit_seal", "core_revision", "core_process", "core_api_token"})


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def acting(portal: Portal) -> Acting:
    return Acting(portal.company, portal.actor("admin"), render)  # whom no notice is sent to


def no_backup(_: Acting) -> Path:
    return Path("kept.bpb")


def do(portal: Portal, verb: Verb, *modules: str, whole: bool = False) -> Outcome:
    return perform(acting(portal), Order(verb=verb, modules=modules, with_others=whole), no_backup)


def standing(portal: Portal, module: str) -> Standing:
    with read_session(portal.company.engines) as db:
        return standings(db, load_catalog())[module]


def write_note(portal: Portal, words: str = "hello") -> None:
    with portal.company.engines.writer.begin() as connection:
        connection.execute(
            text("INSERT INTO notes_note (book_id, text) SELECT min(id), :t FROM notes_book"), {"t": words}
        )


def schema(company: Company) -> list[str]:
    with company.engines.reader.connect() as connection:
        return schema_of(connection)


def rows(company: Company, *, but: frozenset[str] = MAY_DIFFER) -> dict[str, list[str]]:
    """Everything that stands in the kernel's tables, but for what may differ."""
    with company.engines.reader.connect() as connection:
        names = [n for n in Base.metadata.tables if n.startswith("core_") and n not in but]
        found = {n: sorted(map(repr, connection.execute(text(f"SELECT * FROM {n}")))) for n in names}  # noqa: S608 ours
    found["core_job"] = [line for line in found["core_job"] if "'core." not in line]  # the kernel's own jobs run on
    return found


def test_packages_of_others_are_found_without_importing_them(portal: Portal) -> None:
    catalog = load_catalog()
    assert catalog.entries["notes"].package == "bp_notes"
    assert catalog.dependants("notes") == {"labels"}
    assert "bp_nowhere" in catalog.broken["broken"]


def test_enabling_makes_tables_and_first_rows_and_says_so(portal: Portal) -> None:
    outcome = do(portal, "enable", "notes")
    assert outcome.changed == ("notes",)
    assert standing(portal, "notes").tables == ("notes_book", "notes_note")
    with read_session(portal.company.engines) as db:
        row = db.get(EnabledModule, "notes")
        assert row is not None
        assert row.state == "on"
        actions = db.scalars(select(AuditLine.action).where(AuditLine.action.startswith("core.module"))).all()
    assert actions == ["core.module.enable"]
    with portal.company.engines.reader.connect() as connection:
        assert connection.scalar(text("SELECT title FROM notes_book")) == "First book"
    assert do(portal, "enable", "notes").changed == ()


def test_enabling_what_needs_others_names_them_or_takes_them_along(portal: Portal) -> None:
    with pytest.raises(InTheWay, match=r"labels needs notes \(off\)") as refused:
        do(portal, "enable", "labels")
    assert refused.value.fix == "boxportal module enable notes labels"
    assert standing(portal, "labels").state == "never"
    assert do(portal, "enable", "labels", whole=True).changed == ("notes", "labels")


def test_disabling_what_others_need_names_them_or_takes_them_along(portal: Portal) -> None:
    do(portal, "enable", "notes", "labels")
    with pytest.raises(InTheWay, match=r"notes is used by labels \(on\)") as refused:
        do(portal, "disable", "notes")
    assert refused.value.fix == "boxportal module disable labels notes"
    assert standing(portal, "notes").state == "on"
    assert do(portal, "disable", "notes", whole=True).changed == ("labels", "notes")


def test_unknown_module_is_named_with_those_that_there_are(portal: Portal) -> None:
    with pytest.raises(NotFound, match=r"no module chess.*notes"):
        do(portal, "enable", "chess")


def test_disabling_keeps_what_people_stored_and_enabling_brings_it_back(portal: Portal) -> None:
    do(portal, "enable", "notes")
    write_note(portal)
    assert do(portal, "disable", "notes").emptied == ()
    kept = standing(portal, "notes")
    assert (kept.state, kept.tables) == ("off", ("notes_book", "notes_note"))
    do(portal, "enable", "notes")
    with portal.company.engines.reader.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notes_note")) == 1
        assert connection.scalar(text("SELECT count(*) FROM notes_book")) == 1, "on_enable ran again"


def test_a_module_that_nobody_used_loses_its_tables_at_disable(portal: Portal) -> None:
    before = schema(portal.company)
    do(portal, "enable", "notes", "labels")
    assert set(do(portal, "disable", "notes", "labels").emptied) == {"notes", "labels"}
    assert schema(portal.company) == before
    do(portal, "enable", "notes")
    with portal.company.engines.reader.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notes_book")) == 1


def test_a_changed_first_row_counts_as_stored(portal: Portal) -> None:
    do(portal, "enable", "notes")
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("UPDATE notes_book SET title = 'Mine'"))
    assert do(portal, "disable", "notes").emptied == ()
    assert standing(portal, "notes").tables


def test_purge_leaves_schema_and_rows_of_a_company_that_never_had_the_module(portal: Portal) -> None:
    before, rows_before = schema(portal.company), rows(portal.company)
    do(portal, "enable", "notes", "labels")
    write_note(portal)
    leave_traces(portal)
    outcome = do(portal, "purge", "notes", whole=True)
    assert outcome.changed == ("labels", "notes")
    assert outcome.backup == Path("kept.bpb")
    assert schema(portal.company) == before
    assert rows(portal.company) == rows_before
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(ApiToken.scopes)) == ["core:read"]
        assert "core.module.purge" in db.scalars(select(AuditLine.action)).all()


def leave_traces(portal: Portal) -> None:
    """What a module that was in use leaves in the kernel's tables."""
    now = utcnow()
    with write_session(portal.company.engines) as db:
        role = db.scalar(select(Role.id).limit(1))
        assert role is not None
        db.add(Setting(key="notes.NotesSettings", value={"colour": "blue"}))
        db.add(RoleGrant(role_id=role, permission="notes.note.see", scope=1))
        if db.get(JobRun, "notes.count") is None:  # the server's loop may have run it already
            db.add(JobRun(id="notes.count", next_at=now, last_at=now, last_error=""))
        db.add(
            ApiToken(person_id=portal.person("owner"), name="t", scopes=["notes:read", "core:read"], token_hash="x",
                     created_at=now)
        )  # fmt: skip
        notice = InboxNotice(
            person_id=portal.person("owner"), key="k", kind="notes.new", text="x", values={}, url="/notes",
            ref_kind="notes.note", ref_id=1, created_at=now,
        )  # fmt: skip
        db.add(notice)
        db.flush()
        for topic, payload in (
            ("notes.tell", {}),
            ("core.mail-notice", {"notice": notice.id}),
            ("core.repeat-handler", {"handler": "notes:x:y", "event": "x", "data": "{}"}),
        ):
            db.add(
                OutboxItem(topic=topic, payload=payload, state="waiting", due_at=now, created_at=now, attempts=0,
                           last_error="")
            )  # fmt: skip


def test_every_column_of_the_kernel_that_names_a_record_kind_is_emptied_by_a_purge() -> None:
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if table.name.startswith("core_") and column.name in ("kind", "ref_kind", "topic", "permission")
    }
    assert named - {("core_audit", "ref_kind")} <= {(c.class_.__table__.name, c.key) for c in OWNED}


def test_purging_under_a_dependant_whose_data_is_kept_is_refused(portal: Portal) -> None:
    do(portal, "enable", "notes", "labels")
    write_note(portal)
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("INSERT INTO labels_label (note_id, word) SELECT id, 'red' FROM notes_note"))
    do(portal, "disable", "notes", "labels")
    with pytest.raises(InTheWay, match=r"labels \(off, data kept\)") as refused:
        do(portal, "purge", "notes")
    assert refused.value.fix == "boxportal module purge labels notes"
    assert standing(portal, "notes").tables


def test_a_purge_stops_when_the_module_was_switched_on_meanwhile(portal: Portal) -> None:
    do(portal, "enable", "notes")
    with pytest.raises(RuleBroken, match="switched on meanwhile"):
        wipe(acting(portal), Order(verb="purge", modules=("notes",)))
    assert standing(portal, "notes").state == "on"


def test_a_failing_first_setting_up_leaves_everything_as_it_was(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rows_before = schema(portal.company), rows(portal.company)

    def fail(*_: object) -> None:
        raise RuntimeError("stopped here")

    monkeypatch.setattr("boxportal.kernel.switch.change.remember_seed", fail)
    with pytest.raises(RolledBack, match="stopped here"):
        turn_on(acting(portal), Order(verb="enable", modules=("notes",)))
    assert (schema(portal.company), rows(portal.company)) == (before, rows_before)
    monkeypatch.undo()
    assert do(portal, "enable", "notes").changed == ("notes",)


def test_a_disable_that_was_cut_short_is_finished_by_the_next_one(portal: Portal) -> None:
    before = schema(portal.company)
    do(portal, "enable", "notes")
    turn_off_now(acting(portal), Order(verb="disable", modules=("notes",)))
    assert standing(portal, "notes").tables
    assert do(portal, "disable", "notes").emptied == ("notes",)
    assert schema(portal.company) == before
    assert drop_untouched(acting(portal)) == []


def test_preparing_is_seen_by_administrators_and_those_they_name_only(portal: Portal) -> None:
    named = (str(portal.person("owner")),)
    perform(acting(portal), Order(verb="prepare", modules=("notes",), allowed=named), no_backup)
    assert portal.browser("owner").get("/notes").status_code == 200
    assert portal.browser("admin").get("/notes").status_code == 200
    assert portal.browser("colleague").get("/notes").status_code == 404
    do(portal, "enable", "notes")
    assert portal.browser("colleague").get("/notes").status_code == 200
    with pytest.raises(RuleBroken, match="is on already"):
        do(portal, "prepare", "notes")
