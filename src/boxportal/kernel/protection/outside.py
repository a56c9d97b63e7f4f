"""Guards of what comes in by the public door, by files and links, and of what goes out."""

from datetime import timedelta

from sqlalchemy import func, select

from boxportal.kernel.files.naming import is_inline, media_type_of
from boxportal.kernel.outbound.guard import Target, allowed_addresses
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, good, note, red, weak
from boxportal.kernel.protection.words import ALWAYS, NEVER, NOTHING, PART, always_on, by_reach
from boxportal.kernel.talks import AllowedTargets
from boxportal.sdk.errors import NotReached
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l

INSIDE = ("127.0.0.1", "2130706433", "0x7f.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "192.168.0.1", "172.16.0.1",
          "169.254.169.254", "fd00::1", "64:ff9b::7f00:1", "0.0.0.0")  # noqa: S104 asked for, not bound  # fmt: skip
HOSTILE = ("page.html", "drawing.svg", "data.xml", "script.js", "page.xhtml", "noname")
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
MONTHS = timedelta(days=90)
MANY = 10


def check_door(facts: Facts) -> Finding:
    door = facts.door
    if door.seen_straight:
        return red(_l("From the internet everybody reaches all pages: the test came to the portal's own port."),
                   page="/admin/door")  # fmt: skip
    if not door.address:
        return good(_l("The public door is closed: nobody comes in without signing in."))
    if door.tested_at is None:
        return note(_l("The public door is set and not tested from outside yet."), page="/admin/door")
    return good(_l("By %(address)s outsiders reach their links and forms, and nothing else.", address=door.address))


def check_uploads(_facts: Facts) -> Finding:
    """By the very functions that decide how a stored file is sent."""
    shown = [name for name in HOSTILE if is_inline(media_type_of(name))]
    if shown:
        return red(_l("A file %(name)s would be opened as a page of the portal.", name=shown[0]))
    return good(_l("Pages, drawings and scripts that people upload are only ever offered for download."))


def check_inside(facts: Facts) -> Finding:
    """Ask the only door out for addresses of the own network, spelled in many ways; nothing is connected."""
    through = [host for host in INSIDE if is_let_out(host, facts.company.guarded_ports)]
    if through:
        return red(_l("A link could make the portal ask %(host)s for a stranger.", host=through[0]))
    return good(_l("%(count)s spellings of addresses of the own network were refused.", count=len(INSIDE)))


def is_let_out(host: str, own_ports: frozenset[int]) -> bool:
    try:
        allowed_addresses(Target(host, 80, own_ports=own_ports))
    except NotReached:
        return False
    return True


def check_outgoing(facts: Facts) -> Finding:
    targets = facts.ctx.settings(AllowedTargets).targets
    if len(targets) > MANY:
        return weak(_l("%(count)s machines of the own network may be asked. Remove what is not needed.",
                       count=len(targets)), page="/admin/outgoing")  # fmt: skip
    if targets:
        return note(_l("May be asked in the own network: %(names)s", names=", ".join(targets)), page="/admin/outgoing")
    return good(_l("No machine of the own network may be asked, but for the mail server."))


def check_mail(facts: Facts) -> Finding:
    mail = facts.ctx.settings(MailSettings)
    if not mail.is_set:
        return note(_l("No mail server is set: no mail leaves the box."))
    if mail.security in {"tls", "starttls"}:
        return good(_l("Mails go to %(host)s encrypted, or not at all.", host=mail.host))
    if is_near(mail.host):
        return note(_l("Mails go to %(host)s unencrypted, in this machine.", host=mail.host))
    return red(_l("Mails and the mail password go to %(host)s unencrypted.", host=mail.host), page="/admin/mail")


def is_near(host: str) -> bool:
    return host.lower() in LOOPBACK_NAMES


def check_telemetry(facts: Facts) -> Finding:
    """What the box really connected to, by its own log of every connection."""
    since = facts.now - MONTHS
    calls = select(OutgoingCall.purpose, func.count()).where(OutgoingCall.at > since).group_by(OutgoingCall.purpose)
    rows = facts.db.execute(calls.order_by(OutgoingCall.purpose)).all()
    if not rows:
        return good(_l("In 90 days this company's portal connected to nobody."))
    told = ", ".join(f"{purpose} {count}" for purpose, count in rows)
    return good(_l("Connections in 90 days, each by your own settings: %(told)s", told=told))


def about_mail(facts: Facts) -> Lazy:
    if facts.ctx.settings(MailSettings).is_set:
        return _l("Yes: mails leave this box.")
    return _l("Nothing to do until a mail server is set.")


OUTSIDE = (
    Guard(
        id="public-door",
        name=_l("Public door leads to links alone"),
        question=Question.STRANGERS,
        does=_l("Outsiders reach their own links and forms, never the sign-in page."),
        without=_l("The whole portal stands in the internet, because of one link for a client."),
        costs=_l("A port or a proxy for clients."),
        on_if=_l("Clients shall open links from outside."),
        off_if=_l("Nobody outside needs anything."),
        undo=_l("Close it on the page Public door."),
        check=check_door,
        advice=by_reach,
        critical=True,
    ),
    Guard(
        id="uploads",
        name=_l("Uploaded files stay files"),
        question=Question.STRANGERS,
        does=_l("Files that could carry scripts are downloaded, never opened as a page of the portal."),
        without=_l("A drawing from a stranger reads your clients as you look at it."),
        costs=_l("One more click to open such a file."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_uploads,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="inner-network",
        name=_l("Links can't reach inwards"),
        question=Question.STRANGERS,
        does=_l("What the portal asks for by an address goes to the internet, never to machines of your network."),
        without=_l("A stranger's link lets the portal press the buttons of your router."),
        costs=_l("Machines of your own are allowed one by one."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_inside,
        advice=always_on,
        critical=True,
        always=True,
    ),
    Guard(
        id="outgoing",
        name=_l("Short list of inner machines"),
        question=Question.STRANGERS,
        does=_l("Names the machines of your network that modules may ask."),
        without=_l("An old permission leads to a machine that somebody else has now."),
        costs=_l("A look at the list now and then."),
        on_if=ALWAYS,
        off_if=NEVER,
        undo=_l("Allow the machine again under Outgoing."),
        check=check_outgoing,
        advice=by_reach,
        always=True,
    ),
    Guard(
        id="mail",
        name=_l("Mail leaves encrypted"),
        question=Question.STRANGERS,
        does=_l("Mails and the mail password go to the mail server so that nobody on the way reads them."),
        without=_l("Links for new passwords are read on the way, and used first by others."),
        costs=NOTHING,
        on_if=_l("The mail server is another machine."),
        off_if=_l("The mail server is this machine."),
        undo=_l("Change Protection on the page Mail."),
        check=check_mail,
        advice=about_mail,
    ),
    Guard(
        id="telemetry",
        name=_l("Nothing is reported home"),
        question=Question.STRANGERS,
        does=_l("The program tells its makers nothing; every connection is written down under Outgoing."),
        without=_l("Somebody learns how many clients you have."),
        costs=NOTHING,
        on_if=_l("There is nothing to turn on."),
        off_if=NEVER,
        undo=PART,
        check=check_telemetry,
        advice=always_on,
        always=True,
    ),
)
