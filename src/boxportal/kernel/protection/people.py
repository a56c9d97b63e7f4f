"""Guards of accounts: passwords, tries, sessions, keys, people who left or never come."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, func, or_, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import writing
from boxportal.kernel.identity import passwords, sessions, throttle
from boxportal.kernel.identity.known_devices import PER_ACCOUNT
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession
from boxportal.kernel.identity.rules import rules_of
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, good, red, weak
from boxportal.kernel.protection.words import ALWAYS, NEVER, NOTHING, PART, always_on, by_people
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import Invalid, TooManyTries
from boxportal.sdk.i18n import lazy as _l

POOR = ("portal", "password12", "1234567890", "qwertyuiop")
STRONG = "argon2id"
UNUSED = timedelta(days=90)
GRACE = timedelta(days=1)
KEY_YEAR = timedelta(days=365)
MOST_NAMED = 5
TRIED = "protection:try"


def named(names: Sequence[str]) -> str:
    """The first few names of several."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" +{rest}" if rest > 0 else "")


def check_passwords(facts: Facts) -> Finding:
    taken = [password for password in POOR if is_taken(password)]
    if taken:
        return red(_l("The password %(password)s would be taken.", password=taken[0]))
    who = select(Person.name, Person.password_hash).where(Person.state == "active", Person.password_hash.is_not(None))
    hashes = facts.db.execute(who).all()
    poor = [name for name, kept in hashes if not (kept or "").startswith(f"${STRONG}$")]
    if poor:
        return red(_l("Passwords are kept in a weak way: %(names)s. Let these people choose a new one.",
                      names=named(poor)), page="/admin/people")  # fmt: skip
    older = [name for name, kept in hashes if passwords.needs_rehash(kept or "")]
    if older:
        return weak(_l("Passwords kept in an older way, until the next sign-in: %(names)s", names=named(older)))
    return good(_l("Short and common passwords were refused; all %(count)s kept ones are slow to guess.",
                   count=len(hashes)))  # fmt: skip


def is_taken(password: str) -> bool:
    try:
        passwords.check_new_password(password)
    except Invalid:
        return False
    return True


def check_throttle(facts: Facts) -> Finding:
    """Try more often than is allowed, for a key that nobody has; nothing of it is kept."""
    tries = 0
    with writing(facts.company.engines) as session, session.begin() as transaction:
        try:
            while tries < PER_ACCOUNT * 3:
                throttle.count_or_refuse(WriteSession(session), facts.now, {TRIED: PER_ACCOUNT})
                tries += 1
        except TooManyTries:
            return good(_l("After %(tries)s wrong tries the next one had to wait.", tries=tries))
        finally:
            transaction.rollback()
    return red(_l("%(tries)s tries in a row were let through.", tries=tries))


def check_sessions(facts: Facts) -> Finding:
    kept = SignInSession
    longest, idle = longest_terms(facts)
    rows = facts.db.execute(
        select(kept.created_at, kept.seen_at, kept.expires_at, kept.idle_expires_at).where(kept.expires_at > facts.now)
    ).all()
    endless = sum(ends - began > longest or rests - seen > idle for began, seen, ends, rests in rows)
    if endless:
        return red(_l("%(count)s devices stay signed in for longer than they may.", count=endless),
                   page="/admin/people")  # fmt: skip
    return good(_l("All %(count)s signed-in devices end after %(days)s days at the latest, unused ones after %(idle)s.",
                   count=len(rows), days=(longest - GRACE).days, idle=(idle - GRACE).days))  # fmt: skip


def longest_terms(facts: Facts) -> tuple[timedelta, timedelta]:
    """For how long a device may stay at most, by the loosest rule, with a day of grace."""
    rules = rules_of(facts.ctx)
    several = [rules.everyone, rules.admins, *rules.roles.values()]
    longest = max([sessions.ABSOLUTE, *(timedelta(days=rule.days) for rule in several if rule.days)])
    idle = max([sessions.IDLE, *(timedelta(minutes=rule.idle_minutes) for rule in several if rule.idle_minutes)])
    return longest + GRACE, idle + GRACE


def check_left(facts: Facts) -> Finding:
    """Those who left must have no open device, no key, no rights."""
    device = exists().where(SignInSession.person_id == Person.id)
    key = exists().where(ApiToken.person_id == Person.id)
    left = select(Person.name).where(Person.state == "left", or_(device, key, Person.is_admin)).order_by(Person.name)
    names = list(facts.db.scalars(left))
    if names:
        return red(_l("Left, and still with a device, a key or an administrator's rights: %(names)s",
                      names=named(names)), page="/admin/people")  # fmt: skip
    gone = facts.db.scalar(select(func.count()).select_from(Person).where(Person.state == "left")) or 0
    return good(_l("Of %(count)s people who left none has a device, a key or rights any more.", count=gone))


def check_unused(facts: Facts) -> Finding:
    """Accounts with which nobody came in for ninety days."""
    since = facts.now - UNUSED
    seen = exists().where(SignInSession.person_id == Person.id, SignInSession.seen_at > since)
    used = exists().where(ApiToken.person_id == Person.id, ApiToken.used_at > since)
    came = exists().where(AuditLine.actor_id == Person.id, AuditLine.action == "core.sign-in", AuditLine.at > since)
    idle = select(Person.name).where(Person.state == "active", Person.created_at < since, ~seen, ~used, ~came)
    names = list(facts.db.scalars(idle.order_by(Person.name)))
    if names:
        return weak(_l("Not here for 90 days: %(names)s. Take out who left.", names=named(names)), page="/admin/people")
    return good(_l("Each of the %(people)s accounts was used within 90 days, or is new.", people=facts.people))


def check_keys(facts: Facts) -> Finding:
    """Keys that open for ever, or that nothing used for long."""
    alive = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > facts.now)
    rows = facts.db.execute(
        select(ApiToken.name, ApiToken.created_at, ApiToken.used_at).where(alive).order_by(ApiToken.name)
    ).all()
    idle = [name for name, made, used in rows if (used or made) < facts.now - UNUSED]
    if idle:
        return weak(_l("Keys that nothing used for 90 days: %(names)s", names=named(idle)),
                    command="boxportal token list")  # fmt: skip
    aged = [name for name, made, _used in rows if made < facts.now - KEY_YEAR]
    if aged:
        return weak(_l("Keys older than a year; make new ones: %(names)s", names=named(aged)),
                    command="boxportal token list")  # fmt: skip
    return good(_l("%(count)s keys to the API, all in use and younger than a year.", count=len(rows)))


PEOPLE = (
    Guard(
        id="passwords",
        name=_l("Passwords that resist guessing"),
        question=Question.STRANGERS,
        does=_l("Takes no short or common password, and keeps each so that trying one takes long."),
        without=_l("Who gets a copy of the data tries millions of passwords in a second."),
        costs=_l("A longer password, and a moment at sign-in."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_passwords,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="throttle",
        name=_l("Guessing is slowed down"),
        question=Question.STRANGERS,
        does=_l("After a few wrong passwords the next try has to wait, longer each time."),
        without=_l("A program tries a list of passwords all night."),
        costs=_l("Who forgot a password waits some minutes."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_throttle,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="sessions",
        name=_l("Signed-in devices end"),
        question=Question.STRANGERS,
        does=_l("A device is signed out after some days, sooner when nobody uses it."),
        without=_l("A lost telephone stays signed in for ever."),
        costs=_l("Signing in about once a month."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_sessions,
        advice=always_on,
        always=True,
    ),
    Guard(
        id="people-left",
        name=_l("Who left is out"),
        question=Question.STRANGERS,
        does=_l("Looks whether people who left still have a device, a key or rights."),
        without=_l("A former colleague reads your prices from the competitor's desk."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=_l("Take the person back under People."),
        check=check_left,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="unused-accounts",
        name=_l("No forgotten accounts"),
        question=Question.STRANGERS,
        does=_l("Names accounts with which nobody came in for 90 days."),
        without=_l("An account that nobody watches is opened, and nobody notices."),
        costs=_l("A look at the list of people."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=_l("Take the person back under People."),
        check=check_unused,
        advice=by_people,
        always=True,
    ),
    Guard(
        id="api-keys",
        name=_l("Keys to the API are young"),
        question=Question.STRANGERS,
        does=_l("Names keys that nothing uses, or that are older than a year."),
        without=_l("A key in an old script opens the portal for whoever finds the file."),
        costs=_l("Making a new key once a year."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=_l("Make a new key under Your account."),
        check=check_keys,
        advice=by_people,
        always=True,
    ),
)
