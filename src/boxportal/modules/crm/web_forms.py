"""Public forms: what they ask, who is responsible for what comes by them, which sites may show them."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Select, false, func, select

from boxportal.modules.crm.models.leads import WebForm
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.names import clean_line, clean_text

FORM = "crm.web_form"
FIELDS: Mapping[str, Lazy] = {
    "name": _l("Your name"),
    "company_name": _l("Your company"),
    "phone": _l("Telephone"),
    "email": _l("E-mail"),
    "request": _l("What can we do for you?"),
}
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SITES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFormData:
    """What can be said of a form. `sites` are origins, such as `https://www.acme.example`."""

    slug: str
    title: str
    intro: str = ""
    thanks: str = ""
    fields: Sequence[str] = ()
    consent: str = ""
    sites: Sequence[str] = ()
    turn: Sequence[int] = ()
    is_active: bool = True


def visible_web_forms(ctx: ReadCtx) -> Select[WebForm]:
    """The forms, for who may look after them."""
    return select(WebForm) if ctx.can("crm.web_form.see") else select(WebForm).where(false())


def create_web_form(ctx: Ctx, data: WebFormData) -> WebForm:
    """Make a form.

    Raises: Invalid.
    """
    form = WebForm(created_at=ctx.now, secret=secrets.token_hex(32), next_turn=0)
    fill_web_form(ctx, form, data)
    ctx.db.add(form)
    ctx.db.flush()
    ctx.audit(AuditEntry(action="crm.web_form.create", ref=RecordRef(FORM, form.id), title=form.title))
    return form


def change_web_form(ctx: Ctx, form_id: int, data: WebFormData) -> WebForm:
    """Save a form.

    Raises: NotFound, Invalid.
    """
    form = one(ctx.db, visible_web_forms(ctx).where(WebForm.id == form_id))
    fill_web_form(ctx, form, data)
    ctx.audit(AuditEntry(action="crm.web_form.edit", ref=RecordRef(FORM, form.id), title=form.title))
    return form


def fill_web_form(ctx: ReadCtx, form: WebForm, data: WebFormData) -> None:
    slug, title = data.slug.strip().lower(), clean_line(data.title)[:120]
    errors: dict[str, object] = {}
    if not SLUG.fullmatch(slug) or len(slug) > 60:  # noqa: PLR2004 the column's length
        errors["slug"] = _("Use small letters, digits and hyphens.")
    elif ctx.db.scalar(select(WebForm.id).where(WebForm.slug == slug, WebForm.id != (form.id or 0))) is not None:
        errors["slug"] = _("There is a form with this address already.")
    if not title:
        errors["title"] = _("Type a title.")
    if not {"phone", "email"} & set(data.fields):
        errors["fields"] = _("Ask for a telephone number or a mail address, or you can't answer.")
    sites, wrong = read_sites(data.sites)
    if wrong:
        errors["sites"] = _("This is not the address of a site: %(site)s", site=wrong)
    if errors:
        raise Invalid(errors)
    form.slug, form.title, form.sites = slug, title, sites
    form.intro, form.thanks = clean_text(data.intro)[:1000], clean_text(data.thanks)[:1000]
    form.consent = clean_text(data.consent)[:1000]
    form.fields = [name for name in FIELDS if name in data.fields]
    form.turn, form.is_active = list(data.turn), data.is_active


def read_sites(typed: Sequence[str]) -> tuple[list[str], str]:
    """The origins of what was typed, and the first that is none."""
    sites: list[str] = []
    for text in [text.strip() for text in typed if text.strip()][:MAX_SITES]:
        origin = origin_of(text if "://" in text else f"https://{text}")
        if not origin:
            return sites, text[:80]
        sites.append(origin)
    return list(dict.fromkeys(sites)), ""


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, in small letters; empty for what has none. Nothing else may stand in it."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+", host):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def active_form(ctx: ReadCtx, slug: str) -> WebForm:
    """The form of a public address, for anybody.

    Raises: NotFound when there is none, or it is switched off.
    """
    return one(ctx.db, select(WebForm).where(WebForm.slug == slug[:60], WebForm.is_active))


def outside(ctx: ReadCtx) -> Sequence[tuple[Lazy, int]]:
    """What lives on other sites: the open forms."""
    count = ctx.db.scalar(select(func.count()).select_from(WebForm).where(WebForm.is_active)) or 0
    return [(_l("Public forms"), count)]
