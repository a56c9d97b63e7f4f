"""Records that were given a term go when they are older, some at a time; without a term everything stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.personal import terms
from boxportal.kernel.records.models import Comment
from boxportal.modules.crm.models.deals import Activity
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.clock import utcnow
from tests.cli.conftest import run_in
from tests.support.crm import make_lead
from tests.support.portal import Portal

URL = "/admin/personal-data/terms"
YEAR_AGO = utcnow() - timedelta(days=400)
crm = pytest.mark.modules("crm")


def run_job(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        terms.remove_old(portal.ctx(session))


def leads(portal: Portal) -> list[str]:
    with read_session(portal.company.engines) as db:
        return sorted(db.scalars(select(Lead.title)))


def make_old_leads(portal: Portal) -> None:
    """One that was dropped long ago, one that was dropped now, one that is open since long, one in the trash."""
    owner = portal.browser("owner")
    made = {title: make_lead(owner, title=title) for title in ("dropped", "dropped now", "open", "trashed")}
    old = made["dropped"]
    assert owner.post(f"/records/crm.lead/{old}/comments", {"text": "on it"}).status_code == 303
    assert owner.post(f"/crm/activities/on/lead/{old}", {"kind": "call", "title": "Call"}).status_code == 303
    with write_session(portal.company.engines) as db:
        for title in ("dropped", "open", "trashed"):
            db.change(update(Lead).where(Lead.id == made[title]).values(updated_at=YEAR_AGO))
        for title in ("dropped", "dropped now"):
            db.change(update(Lead).where(Lead.id == made[title]).values(status="dropped"))
        db.change(update(Lead).where(Lead.id == made["trashed"]).values(deleted_at=YEAR_AGO))
        db.add(InboxNotice(person_id=portal.person("head"), key="x", kind="core.mention", text="old", values={},
                           url="", ref_kind="", created_at=YEAR_AGO, is_silent=False))  # fmt: skip


@crm
def test_only_what_is_older_than_its_term_goes_with_all_that_lies_on_it(portal: Portal) -> None:
    make_old_leads(portal)
    run_job(portal)
    assert leads(portal) == ["dropped", "dropped now", "open", "trashed"]  # off by default
    admin = portal.browser("admin")
    preview = admin.get(f"{URL}?crm.lost-leads=12&crm.trash=&core.inbox=6").text
    assert "1 is older now" in preview
    assert "2 records are deleted" in preview
    assert leads(portal) == ["dropped", "dropped now", "open", "trashed"]
    assert admin.post(URL, {"crm.lost-leads": "12", "core.inbox": "6"}).status_code == 303
    run_job(portal)
    assert leads(portal) == ["dropped now", "open", "trashed"]
    with read_session(portal.company.engines) as db:
        for model in (Comment, Activity):
            assert db.scalar(select(func.count()).select_from(model)) == 0
        assert db.scalar(select(InboxNotice.id).where(InboxNotice.text == "old")) is None
        line = db.scalar(select(AuditLine).where(AuditLine.action == "core.personal.expire"))
        assert line is not None
        assert dict(line.after) == {"crm.lost-leads": 1, "core.inbox": 1}
    assert run_in(portal.data, "personal", "keep", "crm.trash", "6", "--yes").code == 0
    run_job(portal)
    assert leads(portal) == ["dropped now", "open"]


@crm
@pytest.mark.parametrize("backend", ["sqlite"])
def test_old_devices_must_sign_in_again_and_much_goes_in_parts(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "AT_ONCE", 2)
    for who in ("owner", "head", "colleague"):
        portal.browser(who)
    with write_session(portal.company.engines) as db:
        db.change(update(SignInSession).values(created_at=YEAR_AGO))
    assert run_in(portal.data, "personal", "keep", "core.sessions", "12", "--yes").code == 0
    for left in (1, 0):
        run_job(portal)
        with read_session(portal.company.engines) as db:
            assert db.scalar(select(func.count()).select_from(SignInSession)) == left


@crm
@pytest.mark.parametrize("backend", ["sqlite"])
def test_wrong_terms_are_refused(portal: Portal) -> None:
    admin = portal.browser("admin")
    for typed in ("-1", "9999", "soon"):
        assert admin.get(f"{URL}?crm.trash={typed}").status_code == 422, typed
        assert admin.post(URL, {"crm.trash": typed}).status_code == 422, typed
    assert run_in(portal.data, "personal", "keep", "crm.trash", "x", "--yes").code == 2
    assert run_in(portal.data, "personal", "keep", "crm.nothing", "2", "--yes").code == 5
    assert portal.browser("head").get(URL).status_code == 404
    shown = run_in(portal.data, "personal", "keep", "--json").json["data"]["kinds"]
    assert {one["months"] for one in shown} == {0}
