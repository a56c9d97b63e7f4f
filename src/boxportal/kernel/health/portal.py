"""Checks of the portal itself: whether it serves, how it started, its settings, its mail."""

from datetime import timedelta

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.config import load_config
from boxportal.kernel.configuring.change import file_of
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.health.model import Finding, Look
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.own_server import ask, what_is_not_ready
from boxportal.kernel.recovery.starts import failures, read_starts
from boxportal.kernel.settings import setting_key, value_of
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l

RECENT = timedelta(days=7)


def server(look: Look) -> Finding:
    """Whether the server answers, and says that it is ready."""
    answer = ask(look.data, "/readyz")
    if answer.is_good:
        return Finding("good", _l("It answered in %(ms)s ms and is ready.", ms=answer.milliseconds))
    if answer.status is None:
        why = _l("Nobody can open the portal, and no mail or reminder is sent.")
        is_trial = any(company.is_trial for company in look.companies)
        said = _l("It does not answer: %(why)s", why=answer.said)
        return Finding("note" if is_trial else "problem", said, why, look.restart)
    if what_is_not_ready(answer) == ["start"]:
        why = _l("Nobody but administrators gets in: the page /recovery tells what failed.")
        return Finding("problem", _l("It runs in recovery mode."), why, look.restart)
    parts = ", ".join(what_is_not_ready(answer)) or str(answer.status)
    why = _l("Some pages fail, or all of them. Its log says more: journalctl -u boxportal")
    return Finding("problem", _l("It answers, and is not ready: %(parts)s.", parts=parts), why, look.restart)


def starts(look: Look) -> Finding:
    """Starts of the last days that did not get as far as serving."""
    recent = [one for one in failures(read_starts(look.data)) if one.at > look.now - RECENT]
    if not recent:
        return Finding("good", _l("No start failed in the last 7 days."))
    said = _l("Starts that failed in the last 7 days: %(count)s. The last one, %(at)s (UTC): %(said)s",
              count=len(recent), at=f"{recent[0].at:%Y-%m-%d %H:%M}", said=recent[0].said[:300])  # fmt: skip
    why = _l("After three in five minutes the server starts in recovery mode, for administrators alone.")
    return Finding("note", said, why, "journalctl -u boxportal -n 100")


def settings(look: Look) -> Finding:
    """Whether the file of settings is right, so that the next start will be."""
    path = file_of(look.data)
    try:
        load_config(look.data)
    except RuleBroken as error:
        why = _l("The server runs with what it read before; the next start fails.")
        return Finding("problem", _l("This is wrong. %(said)s", said=str(error)), why, "boxportal config validate")
    return Finding("good", _l("%(path)s is right.", path=str(path)))


def modules(_look: Look) -> Finding:
    """Whether every module that is installed can be read."""
    broken = load_catalog().broken
    if not broken:
        return Finding("good", _l("Every module that is installed can be used."))
    name, reason = next(iter(broken.items()))
    said = _l("The module %(name)s can't be used: %(why)s", name=name, why=str(reason)[:300])
    return Finding("problem", said, _l("Its pages are missing where it is on."), "boxportal module list")


def mail(_look: Look, company: Company) -> Finding:
    """Whether the company has a mail server."""
    with read_session(company.engines) as db:
        kept = MailSettings.model_validate(value_of(db, setting_key(MailSettings)) or {})
    if kept.is_set:
        return Finding("good", _l("%(company)s: mail goes by %(host)s.", company=company.name, host=kept.host))
    return Finding(
        "note",
        _l("%(company)s: no mail server is set: invitations are links that you hand over.", company=company.name),
        _l("Nothing is broken. Notices stay in the inbox, and documents are handed over by hand."),
        "boxportal mail set mail.example.org portal@example.org",
    )
