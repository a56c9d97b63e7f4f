"""What strangers send by a public form: checked, judged, and taken in as a lead or set aside."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from boxportal.modules.crm.leads import Arrival, LeadData, create_lead
from boxportal.modules.crm.models.leads import Lead, WebForm
from boxportal.modules.crm.web_forms import origin_of
from boxportal.modules.crm.wording import FORM
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.ipaddr import network_of
from boxportal.sdk.mailaddr import MailAddressError, parse_address
from boxportal.sdk.names import clean_text

TRAP = "website"
FASTEST = timedelta(seconds=3)
OLDEST = timedelta(days=2)
WINDOW = timedelta(minutes=15)
DOUBTED_FROM, REFUSED_FROM = 5, 40
MOST_LINKS = 2
MAX_FIELD, MAX_REQUEST = 200, 5_000
LINK = re.compile(r"https?://|www\.|\[url|href=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A post as it came: the form's fields, the trap and the stamp, from which page and address."""

    values: Mapping[str, str]
    consents: bool
    trap: str
    stamp: str
    origin: str
    own_origin: str
    address: str
    at: datetime

    @classmethod
    def of(cls, values: Mapping[str, str], *, origin: str, own_origin: str, address: str, at: datetime) -> "Sent":
        """Read the fields of a form; `origin` is the page that it came from, or empty."""
        return cls(
            values=values,
            consents=bool(values.get("consent")),
            trap=values.get(TRAP, ""),
            stamp=values.get("_stamp", ""),
            origin=origin,
            own_origin=own_origin,
            address=address,
            at=at,
        )


def stamp_of(form: WebForm, now: datetime) -> str:
    """A signed note of when the form was opened: a robot that only posts has none."""
    opened = str(int(now.timestamp()))
    return f"{opened}.{signature(form, opened)}"


def signature(form: WebForm, opened: str) -> str:
    return hmac.new(form.secret.encode(), f"{form.id}:{opened}".encode(), hashlib.sha256).hexdigest()[:32]


def submit_form(ctx: Ctx, form: WebForm, sent: Sent) -> Lead:
    """Take in what was sent. What is doubtful is set aside without a word to whoever sent it.

    Raises: Invalid (field by field), TooManyTries.
    """
    recent = recent_from(ctx, network_of(sent.address))
    if recent >= REFUSED_FROM:
        raise TooManyTries(int(WINDOW.total_seconds()))
    values = checked(form, sent)
    doubtful = recent >= DOUBTED_FROM or is_doubtful(form, sent)
    return take_in(ctx, form, sent, values, is_doubtful=doubtful)


def keep_form(ctx: Ctx, form: WebForm, sent: Sent) -> Lead:
    """Take in what waited while the module was off. Nobody can correct it any more, so what is wrong is set aside."""
    try:
        values = checked(form, sent)
    except Invalid:
        values = {name: clean_text(sent.values.get(name, ""))[:MAX_REQUEST] for name in form.fields}
        return take_in(ctx, form, sent, values or {"request": form.title}, is_doubtful=True)
    return take_in(ctx, form, sent, values, is_doubtful=is_doubtful(form, sent))


def take_in(ctx: Ctx, form: WebForm, sent: Sent, values: Mapping[str, str], *, is_doubtful: bool) -> Lead:
    arrival = Arrival(
        form_id=form.id,
        consent=form.consent if sent.consents else "",
        address=network_of(sent.address),
        is_doubtful=is_doubtful,
    )
    data = LeadData(
        request=values.get("request", ""),
        name=values.get("name", ""),
        company_name=values.get("company_name", ""),
        phone=values.get("phone", ""),
        email=values.get("email", ""),
        source=f"{FORM}{form.slug}"[:60],
    )
    return create_lead(ctx, data, arrival)


def checked(form: WebForm, sent: Sent) -> dict[str, str]:
    """The values of the form's fields.

    Raises: Invalid.
    """
    values = {name: clean_text(sent.values.get(name, "")) for name in form.fields}
    errors: dict[str, object] = {}
    for name, value in values.items():
        if len(value) > (MAX_REQUEST if name == "request" else MAX_FIELD):
            errors[name] = _("This is too long.")
    if not values.get("phone") and not values.get("email"):
        first = "email" if "email" in values else "phone"
        errors[first] = _("Leave a telephone number or a mail address, so that we can answer.")
    if values.get("email"):
        try:
            parse_address(values["email"])
        except MailAddressError as error:
            errors["email"] = error.text
    if form.consent and not sent.consents:
        errors["consent"] = _("Please agree, or we may not keep your request.")
    if errors:
        raise Invalid(errors)
    return values


def is_doubtful(form: WebForm, sent: Sent) -> bool:
    """Whether a robot may have sent it. Each sign alone is enough to set a request aside, none to lose it."""
    if sent.trap or len(LINK.findall(sent.values.get("request", ""))) > MOST_LINKS:
        return True
    if origin_of(sent.origin) in form.sites:  # a plain form on the firm's own site has no stamp
        return bool(sent.stamp) and not is_timely(form, sent.stamp, sent.at)
    return sent.origin != sent.own_origin or not is_timely(form, sent.stamp, sent.at)


def is_timely(form: WebForm, stamp: str, now: datetime) -> bool:
    """Whether the form was opened a few seconds to two days ago, by our own word."""
    opened, _, mac = stamp.partition(".")
    if not re.fullmatch(r"\d{1,12}", opened, re.ASCII) or not hmac.compare_digest(mac, signature(form, opened)):
        return False
    return FASTEST <= now - datetime.fromtimestamp(int(opened), UTC) <= OLDEST


def recent_from(ctx: ReadCtx, sender: str) -> int:
    """How many requests this address sent within the window; counted as far as it matters."""
    mine = select(Lead.id).where(Lead.address_from == sender, Lead.created_at > ctx.now - WINDOW)
    return ctx.db.scalar(select(func.count()).select_from(mine.limit(REFUSED_FROM).subquery())) or 0
