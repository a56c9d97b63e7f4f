"""What the kernel itself contributes to every company's snapshot, in the same shape as a module."""

from datetime import timedelta

from boxportal.contracts.people import PersonLeft
from boxportal.kernel.audit.retention import drop_old_day
from boxportal.kernel.audit.words import ACTIONS
from boxportal.kernel.backup.nightly import TOO_OLD, dead_disk_card, tell_if_too_old
from boxportal.kernel.certificates import telling
from boxportal.kernel.directory import nightly
from boxportal.kernel.former import sweep_kept
from boxportal.kernel.getting_started import steps_for
from boxportal.kernel.identity import resets, second_step
from boxportal.kernel.jobs.reminders import hand_over, tell_due
from boxportal.kernel.letting_in.card import card_for
from boxportal.kernel.lists import views
from boxportal.kernel.lists.kept import KEEP
from boxportal.kernel.mail import posting
from boxportal.kernel.mail.digest import prepare_digest
from boxportal.kernel.notify import switching
from boxportal.kernel.notify.digest import DIGEST_TOPIC, gather_due
from boxportal.kernel.notify.times import MAIL_TOPIC
from boxportal.kernel.outbound import letters
from boxportal.kernel.personal.terms import EVERY, remove_old
from boxportal.kernel.protection.kinds import GUARD_KIND
from boxportal.kernel.services import repeat_handler
from boxportal.sdk.access import Scope
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import (
    Due,
    HomeCard,
    Job,
    MenuItem,
    Module,
    NoticeKind,
    Outgoing,
    Permission,
    Subscription,
    Text,
)

PEOPLE, PORTAL, SAFETY, SERVER = _l("People"), _l("Portal"), _l("Safety"), _l("Server")


def _tab(title: Text, url: str, order: int, group: Text, *, box: bool = False) -> MenuItem:
    return MenuItem(title, url, "", order=order, under="/admin", admin=True, box=box, group=group)


ADMINISTRATION = (
    _tab(_l("People"), "/admin/people", 101, PEOPLE),
    _tab(_l("Teams"), "/admin/teams", 102, PEOPLE),
    _tab(_l("Roles"), "/admin/roles", 103, PEOPLE),
    _tab(_l("Directory"), "/admin/directory", 105, PEOPLE),
    _tab(_l("Sign-in service"), "/admin/sso", 106, PEOPLE),
    _tab(_l("Requests for help"), "/admin/help", 110, PEOPLE),
    _tab(_l("Company"), "/admin/company", 120, PORTAL),
    _tab(_l("Modules"), "/admin/modules", 121, PORTAL),
    _tab(_l("Public door"), "/admin/door", 122, PORTAL),
    _tab(_l("Mail"), "/admin/mail", 130, PORTAL),
    _tab(_l("Personal data"), "/admin/personal-data", 165, SAFETY),
    _tab(_l("Protection"), "/admin/protection", 160, SAFETY),
    _tab(_l("Audit log"), "/admin/audit", 170, SAFETY),
    _tab(_l("Outgoing"), "/admin/outgoing", 180, SAFETY),
    _tab(_l("Health"), "/admin/health", 200, SERVER, box=True),
    _tab(_l("Backups"), "/admin/backups", 205, SERVER, box=True),
    _tab(_l("Certificate"), "/admin/certificate", 210, SERVER, box=True),
    _tab(_l("Settings"), "/admin/settings", 215, SERVER, box=True),
)

KERNEL = Module(
    id="core",
    menu=[
        MenuItem(_l("Home"), "/", "", icon="home", order=0, key="h"),
        MenuItem(_l("Inbox"), "/inbox", "", icon="inbox", order=1, key="i"),
        MenuItem(_l("Your account"), "/account", "", icon="user-circle", order=90, account=True),
        MenuItem(_l("Profile"), "/account", "", order=91, under="/account"),
        MenuItem(_l("Notifications"), "/account/notifications", "", order=92, under="/account"),
        MenuItem(_l("Password"), "/account/password", "", order=93, under="/account"),
        MenuItem(_l("Two steps"), "/account/two-steps", "", order=94, under="/account"),
        MenuItem(_l("Devices"), "/account/devices", "", order=94, under="/account"),
        MenuItem(_l("Keys to the API"), "/account/keys", "", order=95, under="/account"),
        MenuItem(_l("Views of lists"), "/views", "", order=96, under="/account"),
        MenuItem(_l("Administration"), "/admin", "", icon="settings", order=100, account=True, admin=True),
        *ADMINISTRATION,
    ],
    permissions=[
        Permission(KEEP, _l("Views of lists"), {"employee": Scope.TEAM, "head": Scope.ALL}, scoped=True),
    ],
    actions=ACTIONS,
    notices=[
        NoticeKind("core.mention", _l("Somebody mentions me")),
        NoticeKind("core.reminder", _l("A reminder is due")),
        NoticeKind(posting.FAILED, _l("A mail of mine could not be sent"), mail=False),
        NoticeKind(switching.KIND, _l("A module is switched on or off"), mail=False, admin=True),
        NoticeKind(nightly.KIND, _l("The company's directory could not be read"), admin=True),
        NoticeKind("core.health", _l("The server needs an administrator"), admin=True),
        NoticeKind(second_step.KIND, _l("My second step at sign-in was used or changed"), mail=False),
        NoticeKind(GUARD_KIND, _l("A guard turns red"), admin=True),
        NoticeKind(TOO_OLD, _l("The last good backup is too old"), admin=True),
        NoticeKind(telling.KIND, _l("The server's address or its certificate changes"), admin=True),
        NoticeKind(resets.KIND, _l("Somebody forgot the password"), admin=True),
    ],
    outgoing=[
        Outgoing(letters.TOPIC, posting.prepare_mail, failed=posting.tell_sender, forget=("text", "files")),
        Outgoing(MAIL_TOPIC, posting.prepare_notice),
        Outgoing(DIGEST_TOPIC, prepare_digest),
        Outgoing(nightly.TOPIC, nightly.prepare, failed=nightly.tell_failed),
    ],
    jobs=[
        Job("audit-retention", drop_old_day, every=timedelta(minutes=10)),
        Job("reminders", tell_due, every=timedelta(seconds=15)),
        Job("former-databases", sweep_kept, every=timedelta(days=1)),
        Job("directory", nightly.ask_due, every=timedelta(minutes=20)),
        Job("backup-age", tell_if_too_old, every=timedelta(hours=1)),
        Job("old-records", remove_old, every=EVERY),
        Job("digests", gather_due, every=timedelta(minutes=1)),
    ],
    subscriptions=[Subscription(PersonLeft, hand_over), Subscription(PersonLeft, views.hand_views_over)],
    home=[
        HomeCard("getting-started", _l("Getting started"), "kernel/_getting_started.html", "", steps_for, order=0),
        HomeCard("door", _l("Let clients in"), "kernel/_let_clients_in.html", "", card_for, order=1),
        HomeCard(
            "dead-disk", _l("A dead disk loses everything"), "kernel/_dead_disk.html", "", dead_disk_card, order=2
        ),
    ],
    due=[Due("core.repeat-handler", repeat_handler), Due(resets.ASKED, resets.on_asked)],
)
