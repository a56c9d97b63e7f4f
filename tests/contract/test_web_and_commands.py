"""Every administrator's act in the web has a command, and the other way round; what has none stands here, and why."""

from fastapi.routing import iter_route_contexts
from tests.cli.test_every_command import every_command

from boxportal.kernel.pages.routers import ROUTERS

# The page's address, and the commands that do the same by the same service.
BOTH: dict[str, tuple[str, ...]] = {
    "/admin/audit/export": ("audit export",),
    "/admin/audit/keep": ("audit keep",),
    "/admin/backups/kit/key": ("backup key",),
    "/admin/backups/run": ("backup run",),
    "/admin/backups/targets": ("backup target add",),
    "/admin/backups/targets/remove": ("backup target remove",),
    "/admin/backups/targets/test": ("backup target test",),
    "/admin/certificate/hsts": ("cert hsts",),
    "/admin/certificate/own": ("cert own-ca",),
    "/admin/certificate/renew": ("cert renew",),
    "/admin/certificate/successor": ("cert rotate-ca",),
    "/admin/certificate/take-over": ("cert rotate-ca",),
    "/admin/certificate/use": ("cert use",),
    "/admin/company": ("company edit",),
    "/admin/directory": ("directory set",),
    "/admin/directory/off": ("directory off",),
    "/admin/directory/sync": ("directory sync",),
    "/admin/directory/test": ("directory test",),
    "/admin/door": ("door set",),
    "/admin/door/close": ("door close",),
    "/admin/door/test": ("door test",),
    "/admin/health/look": ("doctor",),
    "/admin/health/{check_id}/mend": ("doctor",),
    "/admin/help/{person_id}/link": ("user reset-password",),
    "/admin/mail": ("mail set", "mail off"),
    "/admin/mail/test": ("mail test",),
    "/admin/mail/{item_id}/again": ("mail again",),
    "/admin/modules/measure": ("module cost",),
    "/admin/modules/{module_id}/{verb}": ("module enable", "module disable", "module purge"),
    "/admin/outgoing/allow": ("outgoing allow",),
    "/admin/outgoing/forbid": ("outgoing forbid",),
    "/admin/people/new": ("user invite",),
    "/admin/people/{person_id}": ("user edit", "user role"),
    "/admin/people/{person_id}/hand-over": ("user hand-over",),
    "/admin/people/{person_id}/invite": ("user invite",),
    "/admin/people/{person_id}/leave": ("user disable",),
    "/admin/people/{person_id}/return": ("user enable",),
    "/admin/people/{person_id}/two-steps": ("user reset-two-steps",),
    "/admin/personal-data/terms": ("personal keep",),
    "/admin/personal-data/{subject_kind}/{subject_id}/erase": ("personal erase",),
    "/admin/personal-data/{subject_kind}/{subject_id}/export": ("personal export",),
    "/admin/protection/test": ("protect check",),
    "/admin/protection/{guard_id}/dismiss": ("protect dismiss",),
    "/admin/protection/{guard_id}/off": ("protect off",),
    "/admin/protection/{guard_id}/on": ("protect on",),
    "/admin/protection/{guard_id}/return": ("protect dismiss",),
    "/admin/roles/new": ("role add",),
    "/admin/roles/rules/{kind}": ("role rules",),
    "/admin/roles/{role_id}": ("role edit",),
    "/admin/roles/{role_id}/remove": ("role remove",),
    "/admin/sample/add": ("sample add",),
    "/admin/sample/remove": ("sample remove",),
    "/admin/settings": ("config set",),
    "/admin/sso": ("sso set",),
    "/admin/sso/off": ("sso off",),
    "/admin/sso/test": ("sso test",),
    "/admin/teams/new": ("team add",),
    "/admin/teams/{team_id}": ("team edit",),
    "/admin/teams/{team_id}/remove": ("team remove",),
}
WEB_ALONE = {
    "/admin/backups/download": "on the machine the file lies in a folder",
    "/admin/door/dismiss": "takes a card off the Home page, which commands do not have",
    "/admin/getting-started/dismiss": "the same",
    "/admin/help/{person_id}/code": "is read out by telephone to somebody whose request stands on the page",
    "/admin/settings/restart": "on the server it is systemctl restart boxportal",
    "/admin/help/{person_id}/dismiss": "a request that is answered by a command's link goes by itself",
}
COMMAND_ALONE = {
    "admin link": "rescues who can't reach any page",
    "backup create": "saves one company to a place of one's choice; the page saves everything",
    "backup kit": "only reads; on the page it is a page",
    "backup prune": "every run does it; by hand it is for a full disk",
    "backup restore": "the server must be stopped",
    "bundle create": "makes a program, on the machine of whoever builds it",
    "bundle key": "the key must not pass a browser",
    "bundle trust": "says whose programs the machine runs: root's",
    "company create": "the box's, not one company's",
    "company export": "the box's, not one company's",
    "company import": "the box's, not one company's",
    "company remove": "the box's, not one company's",
    "db move": "the server can't wait for its own lock",
    "install": "there is no server yet",
    "serve": "is the server",
    "token create": "for whom no page is open; a person makes keys under Your account",
    "token revoke": "the same",
    "uninstall": "the page would be gone with the program",
    "upgrade apply": "changes the program itself: root's",
    "upgrade resume": "there may be no server then",
    "upgrade rollback": "as upgrade apply",
    "user add": "sets a password, which pages leave to the person",
    "user sessions": "a person's devices stand on their own account; a new password ends them all",
}
READING = {"check", "explain", "get", "list", "report", "show", "status", "validate", "verify", "version"}


def acts_in_the_web() -> set[str]:
    found = {
        str(route.path)
        for router in ROUTERS
        for route in iter_route_contexts(router.routes)
        if set(route.methods or ()) - {"GET", "HEAD"}
    }
    return {path for path in found if path.startswith("/admin/")}


def test_every_act_of_an_administrator_in_the_web_has_a_command() -> None:
    assert acts_in_the_web() == set(BOTH) | set(WEB_ALONE)
    assert not set(BOTH) & set(WEB_ALONE)


def test_every_command_that_acts_has_a_page() -> None:
    commands = set(every_command())
    with_page = {command for several in BOTH.values() for command in several}
    acting = {command for command in commands if command in with_page or command.split()[-1] not in READING}
    assert acting == (with_page | set(COMMAND_ALONE))
    assert not with_page & set(COMMAND_ALONE)
    assert with_page | set(COMMAND_ALONE) <= commands
