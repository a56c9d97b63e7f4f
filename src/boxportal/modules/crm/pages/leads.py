"""Pages of requests: the list, the form with its likely twins, the record, and what can be done with it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.contracts.crm import LEAD
from boxportal.modules.crm import deals, leads, spam, trash
from boxportal.modules.crm.choosing import choices
from boxportal.modules.crm.duplicates import Wanted, find_twins
from boxportal.modules.crm.forms import ConvertForm, LeadForm
from boxportal.modules.crm.kinds import address_of
from boxportal.modules.crm.listings import LEAD_STATES
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.pages.lists import lead_listing
from boxportal.modules.crm.pages.records import Conflict, beside, phone_link, saved, sent, version_of
from boxportal.modules.crm.sheets import sheet_of
from boxportal.modules.crm.wording import source_word
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form
from boxportal.sdk.lists_web import listing_page
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm/leads")
LeadReader = Annotated[ReadCtx, reads("crm.lead.see")]
LeadMaker = Annotated[Ctx, writes("crm.lead.create")]
LeadEditor = Annotated[Ctx, writes("crm.lead.edit")]
LeadDeleter = Annotated[Ctx, writes("crm.lead.delete")]


@router.get("")
def lead_list(ctx: LeadReader) -> Response:
    values = {"quarantined": spam.quarantined(ctx), "states": dict(LEAD_STATES)}
    listing = lead_listing(ctx, ctx.origin.query)
    return listing_page(ctx, "crm/lead_list.html", listing, export="crm.lead.export", **values)


@router.get("/new")
def lead_new(ctx: Annotated[ReadCtx, reads("crm.lead.create")]) -> Response:
    form = blank_form(ctx, LeadForm, initial={"responsible_id": ctx.actor.id}, choices=choices(ctx))
    return lead_form(ctx, form, None)


@router.post("/new")
def lead_create(typed: TypedForm, ctx: LeadMaker) -> Response:
    made = sent(ctx, LeadForm, typed, lambda form: leads.create_lead(ctx, form.data()))
    if isinstance(made, FormState):
        return lead_form(ctx, made, None, status=422)
    return see_other(ctx, f"/crm/leads/{made.id}")


class TwinsOf(BaseModel):
    """What is being typed into a form, as its script sends it."""

    name: str = Field("", max_length=200)
    company_name: str = Field("", max_length=200)
    phone: str = Field("", max_length=60)
    email: str = Field("", max_length=254)
    but: int | None = Field(None, alias="_but")


@router.get("/twins")
def lead_twins(ctx: LeadReader, typed: Annotated[TwinsOf, Query()]) -> Response:
    """Likely twins of what is being typed: a fragment under the form."""
    own = RecordRef(LEAD, typed.but) if typed.but is not None else None
    wanted = Wanted(name=typed.name, company=typed.company_name, phone=typed.phone, email=typed.email, but=own)
    return page(ctx, "crm/_twins.html", twins=find_twins(ctx, wanted))


@router.get("/{lead_id}")
def lead_show(ctx: LeadReader, lead_id: RecordId, after: Annotated[str, Query(max_length=20)] = "") -> Response:
    sheet = sheet_of(ctx, LEAD, leads.visible_leads(ctx), lead_id)
    lead = sheet.row
    deal = ctx.db.scalar(deals.visible_deals(ctx).where(Deal.lead_id == lead.id).order_by(Deal.id).limit(1))
    own = RecordRef(LEAD, lead.id)
    wanted = Wanted(name=lead.name, company=lead.company_name, phone=lead.phone, email=lead.email, but=own)
    return page(
        ctx,
        "crm/lead.html",
        lead=lead,
        deal=deal,
        source=source_word(ctx, lead.source),
        twins=find_twins(ctx, wanted) if lead.status in leads.OPEN else [],
        responsible=sheet.responsible,
        states=dict(LEAD_STATES),
        is_open=lead.status in leads.OPEN,
        phone_url=phone_link(lead.phone_key, lead.phone),
        can_edit=sheet.may_edit,
        can_delete=sheet.may_delete,
        can_convert=ctx.can("crm.deal.create"),
        beside=beside(ctx, own, after),
    )


@router.get("/{lead_id}/edit")
def lead_edit(ctx: Annotated[ReadCtx, reads("crm.lead.edit")], lead_id: RecordId) -> Response:
    lead = leads.editable_lead(ctx, lead_id)
    return lead_form(ctx, filled_form(ctx, LeadForm, lead, choices=choices(ctx)), lead)


@router.post("/{lead_id}/edit")
def lead_change(typed: TypedForm, ctx: LeadEditor, lead_id: RecordId) -> Response:
    lead = leads.editable_lead(ctx, lead_id)
    return saved(
        ctx,
        LeadForm,
        typed,
        act=lambda form: leads.change_lead(ctx, lead_id, form.data(), version=version_of(typed)),
        show=lambda form, changed, status: lead_form(ctx, form, lead, changed=changed, status=status),
        to=f"/crm/leads/{lead_id}",
    )


def lead_form(
    ctx: ReadCtx,
    form: FormState[LeadForm],
    lead: Lead | None,
    *,
    changed: Sequence[Conflict] = (),
    status: int = 200,
) -> Response:
    return page(ctx, "crm/lead_form.html", status=status, form=form, lead=lead, changed=changed)


@router.post("/{lead_id}/answer")
def lead_answer(ctx: LeadEditor, lead_id: RecordId) -> Response:
    leads.answer_lead(ctx, lead_id)
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.post("/{lead_id}/drop")
def lead_drop(ctx: LeadEditor, lead_id: RecordId, reason: Annotated[str, Form(max_length=300)] = "") -> Response:
    leads.drop_lead(ctx, lead_id, reason=reason)
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.post("/{lead_id}/reopen")
def lead_reopen(ctx: LeadEditor, lead_id: RecordId) -> Response:
    leads.reopen_lead(ctx, lead_id)
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.post("/{lead_id}/spam")
def lead_spam(ctx: LeadEditor, lead_id: RecordId) -> Response:
    """The page of the spam shows the way back."""
    spam.mark_spam(ctx, lead_id)
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.post("/{lead_id}/not-spam")
def lead_not_spam(ctx: LeadEditor, lead_id: RecordId) -> Response:
    spam.undo_spam(ctx, lead_id)
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.post("/{lead_id}/delete")
def lead_delete(ctx: LeadDeleter, lead_id: RecordId) -> Response:
    trash.trash_record(ctx, RecordRef(LEAD, lead_id))
    return see_other(ctx, "/crm/leads")


@router.post("/{lead_id}/restore")
def lead_restore(ctx: LeadDeleter, lead_id: RecordId) -> Response:
    trash.restore_record(ctx, RecordRef(LEAD, lead_id))
    return see_other(ctx, f"/crm/leads/{lead_id}")


@router.get("/{lead_id}/convert")
def lead_convert_form(ctx: Annotated[ReadCtx, reads("crm.deal.create")], lead_id: RecordId) -> Response:
    lead = leads.editable_lead(ctx, lead_id)
    initial = {"title": lead.title, "currency": ctx.company.currency, "responsible_id": lead.responsible_id}
    return convert_form(ctx, blank_form(ctx, ConvertForm, initial=initial, choices=choices(ctx)), lead)


@router.post("/{lead_id}/convert")
def lead_convert(typed: TypedForm, ctx: Annotated[Ctx, writes("crm.deal.create")], lead_id: RecordId) -> Response:
    lead = leads.editable_lead(ctx, lead_id)
    deal = sent(ctx, ConvertForm, typed, lambda form: leads.convert_lead(ctx, lead_id, form.data()))
    if isinstance(deal, FormState):
        return convert_form(ctx, deal, lead, status=422)
    return see_other(ctx, address_of(deal.ref))


def convert_form(ctx: ReadCtx, form: FormState[ConvertForm], lead: Lead, *, status: int = 200) -> Response:
    return page(ctx, "crm/lead_convert.html", status=status, form=form, lead=lead)
