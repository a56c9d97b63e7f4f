"""Leads: requests seen, taken in, changed, answered, and turned into deals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Select

from boxportal.contracts.crm import LeadArrived, LeadConverted
from boxportal.modules.crm.assigning import choose_responsible
from boxportal.modules.crm.deals import DealData, create_deal
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.reach import Reach, read_reach
from boxportal.modules.crm.saving import Saved, keep_new, note_change, require_version
from boxportal.modules.crm.seeing import seen
from boxportal.modules.crm.settings import CrmSettings
from boxportal.modules.crm.waves import wave_of
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.database import held, one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.names import clean_line, clean_text, company_key, person_key

OPEN = ("new", "working")
UNCOUNTED = ("spam", "quarantined")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadData:
    """What can be said of a request; one of title, request, name, company, phone or mail is enough."""

    title: str = ""
    request: str = ""
    name: str = ""
    company_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    responsible_id: int | None = None
    source: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a request came in: the form, the consent given, from where, whether it is doubtful.

    A quiet one came with many others: nobody is told of it or reminded.
    """

    form_id: int | None = None
    consent: str = ""
    address: str = ""
    is_doubtful: bool = False
    is_quiet: bool = False


def visible_leads(ctx: ReadCtx) -> Select[Lead]:
    """The leads that the actor may see, without the trash. Quarantined ones are told apart by their status."""
    return seen(ctx, Lead)


def editable_lead(ctx: ReadCtx, lead_id: int) -> Lead:
    """Raises: NotFound."""
    mine = ctx.reach("crm.lead.edit", Lead.responsible_id)
    return one(ctx.db, held(ctx.db, visible_leads(ctx).where(mine, Lead.id == lead_id), Lead))


def create_lead(ctx: Ctx, data: LeadData, arrival: Arrival | None = None) -> Lead:
    """Take a request in, make somebody responsible, and tell that person.

    A doubtful arrival is kept aside: nobody is told, no turn is used up. Raises: Invalid.
    """
    arrival = arrival or Arrival()
    lead = Lead(
        status="quarantined" if arrival.is_doubtful else "new",
        source=data.source,
        external_id=data.external_id,
        form_id=arrival.form_id,
        consent=arrival.consent,
        consent_at=ctx.now if arrival.consent else None,
        address_from=arrival.address,
    )
    fill_lead(ctx, lead, data, strict=arrival.form_id is None)
    if not arrival.is_doubtful:
        hand_out(ctx, lead, data.responsible_id, is_quiet=arrival.is_quiet)
    keep_new(ctx, lead, lead.title)
    if not arrival.is_doubtful:
        announce(ctx, lead, is_quiet=arrival.is_quiet)
    return lead


def welcome_lead(ctx: Ctx, lead: Lead, wished: int | None, *, is_quiet: bool = False) -> None:
    """Make somebody responsible for a lead that counts from now on, tell them, and let it be found."""
    hand_out(ctx, lead, wished, is_quiet=is_quiet)
    ctx.db.flush()
    announce(ctx, lead, is_quiet=is_quiet)


def hand_out(ctx: Ctx, lead: Lead, wished: int | None, *, is_quiet: bool) -> None:
    """Set who is responsible, and when they are reminded."""
    settings = ctx.settings(CrmSettings)
    lead.responsible_id = wished if wished is not None else choose_responsible(ctx, settings, lead.form_id)
    after = timedelta(minutes=settings.remind_after_minutes)
    lead.remind_at = None if is_quiet else ctx.now + after


def announce(ctx: Ctx, lead: Lead, *, is_quiet: bool) -> None:
    """Let the lead be found, and tell modules and whoever is responsible."""
    ctx.index(lead.ref)
    ctx.publish(LeadArrived(lead=lead.ref, responsible=lead.responsible_id, source=lead.source))
    if not is_quiet and lead.responsible_id != ctx.actor.id:
        tell_arrival(ctx, lead)


def tell_arrival(ctx: Ctx, lead: Lead) -> None:
    """Tell whoever is responsible of a new request; of a wave once, in the place of its first requests."""
    wave = wave_of(ctx, lead)
    if wave is None:
        tell_responsible(ctx, lead)
    elif wave.began and lead.responsible_id is not None:
        ctx.notify(
            Notice(
                to=lead.responsible_id,
                kind="crm.lead",
                text=_n("Many requests come in for you"),
                url="/crm/leads",
                key=f"crm.wave:{lead.id}:{lead.responsible_id}",
                instead_of=tuple(f"crm.lead:{one}:{lead.responsible_id}" for one in wave.began),
                urgent=True,
            )
        )


def tell_responsible(ctx: Ctx, lead: Lead) -> None:
    """Tell whoever is responsible, once."""
    if lead.responsible_id is None:
        return
    ctx.notify(
        Notice(
            to=lead.responsible_id,
            kind="crm.lead",
            text=_n("New request for you: %(title)s"),
            values={"title": lead.title},
            url=f"/crm/leads/{lead.id}",
            ref=lead.ref,
            key=f"crm.lead:{lead.id}:{lead.responsible_id}",
            urgent=True,
        )
    )


def change_lead(ctx: Ctx, lead_id: int, data: LeadData, *, version: int | None) -> Lead:
    """Save a lead's facts; a new responsible person is told.

    Raises: NotFound, Invalid, Stale.
    """
    lead = editable_lead(ctx, lead_id)
    before = facts_of_lead(lead)
    require_version(lead, version, before)
    fill_lead(ctx, lead, data)
    lead.responsible_id = data.responsible_id if data.responsible_id is not None else lead.responsible_id
    note_change(ctx, lead, Saved("edit", lead.title, before, facts_of_lead(lead)))
    if before["responsible_id"] != lead.responsible_id and lead.responsible_id != ctx.actor.id:
        tell_responsible(ctx, lead)
    return lead


def fill_lead(ctx: ReadCtx, lead: Lead, data: LeadData, *, strict: bool = True) -> None:
    reach = read_reach(ctx, data.phone, data.email, strict=strict)
    name, company = clean_line(data.name)[:200], clean_line(data.company_name)[:200]
    request = clean_text(data.request)[:20_000]
    title = clean_line(data.title)[:200] or title_from(request, name, company, reach)
    if not title:
        raise Invalid({"": _("Fill in at least one field.")})
    lead.title, lead.request, lead.name, lead.company_name = title, request, name, company
    lead.name_key, lead.company_key = person_key(name)[:200], company_key(company)[:200]
    lead.phone, lead.phone_key, lead.email, lead.email_key = reach.phone, reach.phone_key, reach.email, reach.email_key
    lead.language = data.language[:8]


def title_from(request: str, name: str, company: str, reach: Reach) -> str:
    """A title for a request that has none: its first line, else who asks."""
    lines = request.strip().splitlines()
    first = clean_line(lines[0])[:80] if lines else ""
    return first or " – ".join(part for part in (name, company) if part) or reach.email or reach.phone


def facts_of_lead(lead: Lead) -> Mapping[str, object]:
    return {
        "title": lead.title,
        "request": lead.request,
        "name": lead.name,
        "company_name": lead.company_name,
        "phone": lead.phone,
        "email": lead.email,
        "language": lead.language,
        "responsible_id": lead.responsible_id,
        "status": lead.status,
    }


def answer_lead(ctx: Ctx, lead_id: int) -> Lead:
    """Note that somebody answered: reminders of it stop."""
    lead = editable_lead(ctx, lead_id)
    mark_answered(ctx, lead)
    return lead


def mark_answered(ctx: Ctx, lead: Lead) -> None:
    if lead.answered_at is None:
        before = facts_of_lead(lead)
        lead.answered_at = ctx.now
        lead.remind_at = None
        if lead.status == "new":
            lead.status = "working"
        note_change(ctx, lead, Saved("answer", lead.title, before, facts_of_lead(lead)))


def drop_lead(ctx: Ctx, lead_id: int, *, reason: str) -> Lead:
    """Close a lead that leads to nothing.

    Raises: NotFound, RuleBroken when it is a deal already.
    """
    lead = editable_lead(ctx, lead_id)
    require_open(lead)
    before = facts_of_lead(lead)
    lead.status, lead.answered_at, lead.remind_at = "dropped", lead.answered_at or ctx.now, None
    after = {**facts_of_lead(lead), "reason": clean_line(reason)[:300]}
    note_change(ctx, lead, Saved("drop", lead.title, before, after))
    return lead


def reopen_lead(ctx: Ctx, lead_id: int) -> Lead:
    """Take a dropped lead, or one out of the quarantine, among the open ones.

    Raises: NotFound, RuleBroken.
    """
    lead = editable_lead(ctx, lead_id)
    if lead.status not in ("dropped", "quarantined"):
        raise RuleBroken(_("This request is open, or a deal already."))
    before = facts_of_lead(lead)
    was_doubtful = lead.status == "quarantined"
    lead.status = "working" if lead.answered_at else "new"
    note_change(ctx, lead, Saved("reopen", lead.title, before, facts_of_lead(lead)))
    if was_doubtful:
        welcome_lead(ctx, lead, lead.responsible_id)
    return lead


def require_open(lead: Lead) -> None:
    if lead.status not in OPEN:
        raise RuleBroken(_("This request is closed, or a deal already."))


def convert_lead(ctx: Ctx, lead_id: int, data: DealData) -> Deal:
    """Make a deal from a lead: the request, contact details, files and history go along by the link between them.

    Raises: NotFound, Invalid, RuleBroken when it was converted before.
    """
    lead = editable_lead(ctx, lead_id)
    require_open(lead)
    deal = create_deal(
        ctx,
        replace(
            data,
            title=data.title or lead.title,
            lead_id=lead.id,
            contact_id=lead.contact_id,
            client_company_id=lead.client_company_id,
            responsible_id=data.responsible_id if data.responsible_id is not None else lead.responsible_id,
        ),
    )
    before = facts_of_lead(lead)
    lead.status, lead.answered_at, lead.remind_at = "converted", lead.answered_at or ctx.now, None
    lead.responsible_id = deal.responsible_id
    note_change(ctx, lead, Saved("convert", lead.title, before, facts_of_lead(lead)))
    ctx.publish(LeadConverted(lead=lead.ref, deal=deal.ref))
    return deal
