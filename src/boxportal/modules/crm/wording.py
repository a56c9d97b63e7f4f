"""Facts of a record in the words that its history shows: names for ids, money as people write it."""

from collections.abc import Mapping

from sqlalchemy import select

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.models.pipelines import Stage
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.money import Money, format_money
from boxportal.sdk.people import person

FIELDS: Mapping[str, str] = {
    "title": _n("Title"),
    "request": _n("Request"),
    "name": _n("Name"),
    "company_name": _n("Company"),
    "position": _n("Position"),
    "phone": _n("Telephone"),
    "email": _n("E-mail"),
    "address": _n("Address"),
    "country": _n("Country"),
    "language": _n("Language"),
    "tax_number": _n("Tax number"),
    "website": _n("Website"),
    "responsible_id": _n("Responsible"),
    "client_company_id": _n("Company"),
    "contact_id": _n("Contact"),
    "stage_id": _n("Stage"),
    "amount": _n("Amount"),
    "currency": _n("Currency"),
    "expected_on": _n("Expected on"),
    "status": _n("Status"),
    "state": _n("State"),
    "reason": _n("Reason"),
}
NAMED = {
    "responsible_id": (person.c.name, person.c.id),
    "client_company_id": (ClientCompany.name, ClientCompany.id),
    "contact_id": (Contact.name, Contact.id),
}
FORM, CSV = "form:", "csv"
UNSAID = frozenset({"state", "status"})  # the act itself says it


def in_words(ctx: ReadCtx, names: list[str], facts: Mapping[str, object]) -> dict[str, object]:
    """The named facts, by the message ids of their labels."""
    return {FIELDS.get(name, name): word_of(ctx, name, facts) for name in names if name not in UNSAID}


def word_of(ctx: ReadCtx, name: str, facts: Mapping[str, object]) -> object:
    value = facts.get(name)
    if value is None or value == "":
        return None
    if name == "stage_id" and isinstance(value, int):
        stage = ctx.db.get(Stage, value)  # whoever moves a deal has loaded both
        return stage.title if stage else None
    if name in NAMED:
        shown, identity = NAMED[name]
        return ctx.db.scalar(select(shown).where(identity == value))
    if name == "amount" and isinstance(value, int):
        return format_money(Money(value, str(facts.get("currency") or ctx.company.currency)))
    return value


def source_word(ctx: ReadCtx, source: str) -> str:
    """Where a request came from: a form by its title; what another program called itself as it did."""
    slug = source.removeprefix(FORM)
    if slug == source:
        return _("a CSV file") if source == CSV else source
    return _("form “%(title)s”", title=ctx.shared(form_title, slug))


def form_title(ctx: ReadCtx, slug: str) -> str:
    """The title of a public form, or its address where the form is gone."""
    return ctx.db.scalar(select(WebForm.title).where(WebForm.slug == slug)) or slug
