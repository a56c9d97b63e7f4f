"""Guards of noticing: the audit log's chain, its noted seals, and that somebody is told."""

from datetime import timedelta

from sqlalchemy import func, select

from boxportal.kernel.audit.verify import verify_chain
from boxportal.kernel.identity.models import Person
from boxportal.kernel.protection import kept, seals
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, Switch, good, note, red, unknown, weak
from boxportal.kernel.protection.words import ALWAYS, NEVER, NOTHING, PART, always_on, by_data
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l

LATE = timedelta(days=8)


def check_chain(facts: Facts) -> Finding:
    verdict = verify_chain(facts.db)
    if verdict.misfit is not None:
        return red(_l("Line %(line)s of the audit log is not as it was written.", line=verdict.misfit.line_id),
                   command="boxportal audit verify")  # fmt: skip
    if not verdict.head.number:
        return note(_l("The audit log has no sealed line yet."))
    return good(_l("All %(count)s sealed lines of the audit log are as they were written.", count=verdict.head.number))


def check_seals(facts: Facts) -> Finding:
    """Every seal that was noted outside of the database must still be in it."""
    path = seals.file_of(facts.backups, facts.company.name)
    lost = seals.lost(facts.db, path)
    if lost:
        return red(_l("The audit log has lost a seal that was noted: %(seal)s", seal=lost),
                   command=f"boxportal audit verify --seal {lost}")  # fmt: skip
    try:
        count = seals.note_head(facts.db, path, facts.now)
    except OSError as error:
        return unknown(_l("%(path)s can't be written: %(why)s", path=path, why=error.strerror or ""))
    if not count:
        return note(_l("The audit log has no sealed line yet."))
    return good(_l("%(count)s seals are noted in %(path)s, and the log still holds them all.", count=count, path=path))


def check_alerts(facts: Facts) -> Finding:
    state = kept.read(facts.db)
    if not state.alerts:
        return weak(_l("Nobody is told when a guard turns red."), command="boxportal protect on alerts")
    admins = facts.db.scalar(select(func.count()).select_from(Person).where(Person.is_admin, Person.state == "active"))
    if not facts.people:
        return note(_l("There is no administrator yet."), command="boxportal admin link")
    if not admins:
        return red(_l("There is no active administrator who could be told."), command="boxportal admin link")
    if state.looked_at is not None and facts.now - state.looked_at > LATE:
        return weak(_l("The last look before this one was on %(day)s: the daily look does not run.",
                       day=state.looked_at.date().isoformat()))  # fmt: skip
    return good(_l("The guards are looked at every day; %(admins)s administrators are told.", admins=admins))


def about_alerts(facts: Facts) -> Lazy:
    if kept.read(facts.db).alerts:
        return _l("Leave it on: it writes only when something turned red.")
    return _l("Turn it on: otherwise a hole is seen only by chance.")


def set_alerts(ctx: Ctx, *, on: bool) -> None:
    state = kept.read(ctx.db)
    state.alerts = on
    kept.write(ctx.db, state)


def are_on(ctx: ReadCtx) -> bool:
    return kept.read(ctx.db).alerts


def alerts_on(ctx: Ctx) -> None:
    set_alerts(ctx, on=True)


def alerts_off(ctx: Ctx) -> None:
    set_alerts(ctx, on=False)


NOTICE = (
    Guard(
        id="audit-chain",
        name=_l("Audit log can't be rewritten"),
        question=Question.NOTICE,
        does=_l("Each act is sealed with all before it; a changed or deleted line breaks the chain."),
        without=_l("Somebody changes a price and the line that tells of it."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_chain,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="audit-seals",
        name=_l("Seals noted elsewhere"),
        question=Question.NOTICE,
        does=_l("Each look notes the newest seal outside of the database, so that a cut end is found."),
        without=_l("Somebody puts last week's database back, and a week is gone unseen."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_seals,
        advice=by_data,
        critical=True,
        always=True,
    ),
    Guard(
        id="alerts",
        name=_l("You are told"),
        question=Question.NOTICE,
        does=_l("Every day all guards are looked at; administrators get a notice when one turned red."),
        without=_l("The hole is open for months before somebody opens this page."),
        costs=_l("Some seconds of work a day."),
        on_if=_l("Nobody opens this page every week."),
        off_if=_l("Another program watches the command's exit code."),
        undo=_l("Turn it off here."),
        check=check_alerts,
        advice=about_alerts,
        switch=Switch(alerts_on, alerts_off, are_on),
    ),
)
