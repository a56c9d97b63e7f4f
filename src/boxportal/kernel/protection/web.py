"""Guards of the connection and of the pages: measured by asking the running server as a browser would."""

from http.client import HTTPException

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.certificates.choices import SERVED, hsts_of, mode_of, set_hsts
from boxportal.kernel.certificates.folder import Folder
from boxportal.kernel.config import load_config, settings_folder
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, Switch, good, note, red, unknown, weak
from boxportal.kernel.protection.serving import Answer
from boxportal.kernel.protection.words import ALWAYS, NEVER, NOTHING, PART, always_on, by_reach, not_served
from boxportal.kernel.running import company_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l

FORBIDDEN = 403
SOON_DAYS = 14
ELSEWHERE = "https://elsewhere.invalid"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MUST_HOLD = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
MUST_NOT_HOLD = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:")


def asked(facts: Facts, method: str = "GET", path: str = "/login", *, origin: str = "") -> Answer | Finding:
    """The server's answer, or the finding that it could not be had."""
    if facts.server is None:
        return not_served()
    headers = {"Origin": origin, **FORM} if origin else {}
    try:
        return facts.server.ask(method, path, headers, "email=nobody&password=x" if origin else "")
    except (OSError, HTTPException) as error:
        return unknown(_l("The server did not answer: %(why)s", why=type(error).__name__))


def check_https(facts: Facts) -> Finding:
    mode = facts.tls_mode
    if mode == "off":
        if facts.is_reachable:
            return red(_l("Other machines reach the portal, and nothing is encrypted."), page="/admin/certificate")
        return note(_l("Not encrypted; only this machine reaches the portal."))
    answer = asked(facts)
    if isinstance(answer, Finding):
        return answer
    if mode == "proxy":
        return note(_l("A server in front of this one encrypts; what it shows browsers is not seen from here."))
    return certificate_of(answer)


def certificate_of(answer: Answer) -> Finding:
    """Until when the certificate is valid that the server showed."""
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 5 MB, only where a round is made

    if not answer.certificate:
        return red(_l("The server showed no certificate."), page="/admin/certificate")
    ends = load_der_x509_certificate(answer.certificate).not_valid_after_utc
    day, left = ends.date().isoformat(), (ends - utcnow()).days
    if left < 0:
        return red(_l("The certificate ended on %(day)s.", day=day), page="/admin/certificate")
    if left < SOON_DAYS:
        return weak(_l("The certificate ends on %(day)s.", day=day), page="/admin/certificate")
    return good(_l("The server answers encrypted; its certificate is valid until %(day)s.", day=day))


def check_insists(facts: Facts) -> Finding:
    if facts.tls_mode not in SERVED:
        return note(_l("Nothing to insist on: this server does not encrypt by itself."))
    answer = asked(facts)
    if isinstance(answer, Finding):
        return answer
    header = answer.headers.get("strict-transport-security", "")
    if header and not header.startswith("max-age=0"):
        return good(_l("Browsers that were here once refuse an unencrypted or doubtful connection."))
    return note(_l("A browser may be led to an unencrypted copy of the sign-in page at its first visit."))


def insists(ctx: ReadCtx) -> bool:
    folder, mode = folder_and_mode(ctx)
    return hsts_of(mode, folder.state()) not in {"", "max-age=0"}


def folder_and_mode(ctx: ReadCtx) -> tuple[Folder, str]:
    data = data_of(company_of(ctx))
    folder = Folder(settings_folder(data))
    return folder, mode_of(load_config(data).tls, folder.state())


def insist(ctx: Ctx) -> None:
    """Raises: RuleBroken where the server does not encrypt."""
    turn_insisting(ctx, on=True)


def insist_no_more(ctx: Ctx) -> None:
    turn_insisting(ctx, on=False)


def turn_insisting(ctx: Ctx, *, on: bool) -> None:
    folder, mode = folder_and_mode(ctx)
    if mode not in SERVED:
        raise RuleBroken(_("Encrypt the connection first: boxportal config explain tls.mode"))
    set_hsts(folder, mode, on=on)


def check_headers(facts: Facts) -> Finding:
    answer = asked(facts)
    if isinstance(answer, Finding):
        return answer
    policy = answer.headers.get("content-security-policy", "")
    parts = [part.strip() for part in policy.split(";")]
    words = {word for part in parts for word in part.split()}
    missing = [part for part in MUST_HOLD if part not in parts] + [word for word in MUST_NOT_HOLD if word in words]
    if answer.headers.get("x-content-type-options") != "nosniff":
        missing.append("nosniff")
    if missing:
        return red(_l("The sign-in page came with a weak policy: %(what)s", what=", ".join(missing)))
    return good(_l("The sign-in page came with the strict policy: only the portal's own scripts and styles run."))


def check_forgery(facts: Facts) -> Finding:
    answer = asked(facts, "POST", origin=ELSEWHERE)
    if isinstance(answer, Finding):
        return answer
    if answer.status != FORBIDDEN:
        return red(_l("A form sent from another site was answered with %(status)s, not refused.", status=answer.status))
    return good(_l("A form that pretended to come from another site was refused."))


def check_cookie(facts: Facts) -> Finding:
    """By the very function that sets the cookie when somebody signs in."""
    from boxportal.kernel.cookies import session_cookie  # noqa: PLC0415 the web framework, only in a round

    is_tls = facts.tls_mode != "off"
    text = session_cookie("https" if is_tls else "http", facts.config.box.names[0], "secret").lower()
    wanted = ["httponly", "samesite=lax", "path=/", *(["secure", "__host-"] if is_tls else [])]
    missing = [word for word in wanted if word not in text]
    if missing or "domain=" in text:
        return red(_l("The sign-in cookie lacks: %(what)s", what=", ".join(missing) or "host"))
    if not is_tls:
        return note(_l("Scripts can't read the sign-in cookie and other sites can't send it; it travels unencrypted."))
    return good(_l("Scripts can't read the sign-in cookie, other sites can't send it, and it travels only encrypted."))


def about_insisting(facts: Facts) -> Lazy:
    if facts.tls_mode not in SERVED:
        return _l("Nothing to do until this server encrypts.")
    return _l("Yes, once no device shows a warning any more.")


WEB = (
    Guard(
        id="https",
        name=_l("Encrypted connection"),
        question=Question.STRANGERS,
        does=_l("Whoever listens in the network between a device and the box reads nothing."),
        without=_l("A guest in your Wi-Fi reads passwords and clients' letters as they pass."),
        costs=_l("Each device must trust the box once."),
        on_if=_l("Any other machine reaches the portal."),
        off_if=_l("It is a trial on this machine alone."),
        undo=_l("Set tls.mode to off."),
        check=check_https,
        advice=by_reach,
        critical=True,
        box=True,
    ),
    Guard(
        id="insist",
        name=_l("Browsers insist on encryption"),
        question=Question.STRANGERS,
        does=_l("A browser that was here once refuses this address without a trusted certificate (HSTS)."),
        without=_l("A false access point leads to a copy of the sign-in page."),
        costs=_l("A mistake with the certificate shuts everybody out until it is mended."),
        on_if=_l("All devices trust the certificate."),
        off_if=_l("Some devices still show a warning."),
        undo=_l("Turn it off here; each browser hears of it at its next visit."),
        check=check_insists,
        advice=about_insisting,
        box=True,
        switch=Switch(insist, insist_no_more, insists),
    ),
    Guard(
        id="page-policy",
        name=_l("No foreign code in pages"),
        question=Question.STRANGERS,
        does=_l("Browsers are told to run only the portal's own scripts, and to show it in no other site's frame."),
        without=_l("A script hidden in a client's name acts as whoever reads it."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_headers,
        advice=always_on,
        critical=True,
        always=True,
        box=True,
    ),
    Guard(
        id="forgery",
        name=_l("Forged forms are refused"),
        question=Question.STRANGERS,
        does=_l("A change is taken only from the portal's own pages."),
        without=_l("A page that you open by chance sends an order to the portal in your name."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_forgery,
        advice=always_on,
        critical=True,
        always=True,
        box=True,
    ),
    Guard(
        id="cookie",
        name=_l("Sealed sign-in cookie"),
        question=Question.STRANGERS,
        does=_l("What keeps you signed in can't be read by scripts nor sent by other sites."),
        without=_l("Who copies it from your browser is you, without a password."),
        costs=NOTHING,
        on_if=ALWAYS,
        off_if=NEVER,
        undo=PART,
        check=check_cookie,
        advice=always_on,
        always=True,
        box=True,
    ),
)
