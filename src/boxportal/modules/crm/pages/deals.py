"""Pages of deals: the list, the record with its step bar, and what can be done with it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import Response

from boxportal.contracts.crm import DEAL
from boxportal.modules.crm import deals, trash
from boxportal.modules.crm.choosing import choices, named
from boxportal.modules.crm.forms import DealForm, LoseForm, NewDealForm, facts_for_form
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.pages.lists import deal_listing
from boxportal.modules.crm.pages.records import Conflict, beside, phone_link, saved, sent, version_of
from boxportal.modules.crm.pipelines import stages_of
from boxportal.modules.crm.sheets import deal_sheet
from boxportal.modules.crm.steps import way_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form
from boxportal.sdk.lists_web import listing_page
from boxportal.sdk.money import Money, format_money
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm/deals")
DealReader = Annotated[ReadCtx, reads("crm.deal.see")]
DealMaker = Annotated[Ctx, writes("crm.deal.create")]
DealEditor = Annotated[Ctx, writes("crm.deal.edit")]
DealDeleter = Annotated[Ctx, writes("crm.deal.delete")]
Version = Annotated[int | None, Form(ge=1)]


@router.get("/list")
def deal_list(ctx: DealReader) -> Response:
    return listing_page(ctx, "crm/deal_list.html", deal_listing(ctx, ctx.origin.query), export="crm.deal.export")


@router.get("/new")
def deal_new(
    ctx: Annotated[ReadCtx, reads("crm.deal.create")],
    contact: Annotated[int | None, Query(ge=1)] = None,
    company: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    initial = {
        "responsible_id": ctx.actor.id,
        "currency": ctx.company.currency,
        "contact_id": contact,
        "client_company_id": company,
    }
    return deal_form(ctx, blank_form(ctx, NewDealForm, initial=initial, choices=choices(ctx)), None)


@router.post("/new")
def deal_create(typed: TypedForm, ctx: DealMaker) -> Response:
    made = sent(ctx, NewDealForm, typed, lambda form: deals.create_deal(ctx, form.data()))
    if isinstance(made, FormState):
        return deal_form(ctx, made, None, status=422)
    return see_other(ctx, f"/crm/deals/{made.id}")


@router.get("/{deal_id}")
def deal_show(ctx: DealReader, deal_id: RecordId, after: Annotated[str, Query(max_length=20)] = "") -> Response:
    sheet = deal_sheet(ctx, deal_id)
    deal, stages = sheet.deal, stages_of(ctx, sheet.deal.pipeline_id)
    reached = sheet.contact or sheet.lead
    return page(
        ctx,
        "crm/deal.html",
        deal=deal,
        way=way_of(ctx, deal, sheet.pipeline, stages),
        stages=stages,
        amount=format_money(Money(deal.amount, deal.currency)) if deal.amount else "",
        contact=sheet.contact,
        client_company=sheet.client_company,
        lead=sheet.lead,
        reached=reached,
        phone_url=phone_link(reached.phone_key, reached.phone) if reached else "",
        responsible=sheet.responsible,
        can_edit=sheet.may_edit,
        can_delete=sheet.may_delete,
        beside=beside(ctx, RecordRef(DEAL, deal.id), after),
    )


@router.get("/{deal_id}/edit")
def deal_edit(ctx: Annotated[ReadCtx, reads("crm.deal.edit")], deal_id: RecordId) -> Response:
    deal = deals.editable_deal(ctx, deal_id)
    return deal_form(ctx, filled_form(ctx, DealForm, facts_for_form(deal), choices=choices(ctx)), deal)


@router.post("/{deal_id}/edit")
def deal_change(typed: TypedForm, ctx: DealEditor, deal_id: RecordId) -> Response:
    deal = deals.editable_deal(ctx, deal_id)
    return saved(
        ctx,
        DealForm,
        typed,
        act=lambda form: deals.change_deal(ctx, deal_id, form.data(), version=version_of(typed)),
        show=lambda form, changed, status: deal_form(ctx, form, deal, changed=changed, status=status),
        to=f"/crm/deals/{deal_id}",
    )


def deal_form(
    ctx: ReadCtx,
    form: FormState[NewDealForm] | FormState[DealForm],
    deal: Deal | None,
    *,
    changed: Sequence[Conflict] = (),
    status: int = 200,
) -> Response:
    chosen = {name: str(form[name].value) for name in ("contact_id", "client_company_id")}
    names = {
        "contact": named(ctx, Contact, chosen["contact_id"]),
        "client_company": named(ctx, ClientCompany, chosen["client_company_id"]),
    }
    return page(
        ctx, "crm/deal_form.html", status=status, form=form, deal=deal, changed=changed, chosen=chosen, names=names
    )


@router.post("/{deal_id}/move")
def deal_move(
    ctx: DealEditor, deal_id: RecordId, stage: Annotated[int, Form(ge=1)], version: Version = None
) -> Response:
    done = deals.drop_deal(ctx, deal_id, stage, version=version)
    return see_other(ctx, f"/crm/deals/{deal_id}/lose" if done.asks_why else f"/crm/deals/{deal_id}")


@router.post("/{deal_id}/win")
def deal_win(ctx: DealEditor, deal_id: RecordId, version: Version = None) -> Response:
    deals.win_deal(ctx, deal_id, version=version)
    return see_other(ctx, f"/crm/deals/{deal_id}")


@router.get("/{deal_id}/lose")
def deal_lose_form(ctx: Annotated[ReadCtx, reads("crm.deal.edit")], deal_id: RecordId) -> Response:
    deal = deals.editable_deal(ctx, deal_id)
    return page(ctx, "crm/deal_lose.html", deal=deal, form=blank_form(ctx, LoseForm))


@router.post("/{deal_id}/lose")
def deal_lose(typed: TypedForm, ctx: DealEditor, deal_id: RecordId) -> Response:
    deal = deals.editable_deal(ctx, deal_id)
    lost = sent(ctx, LoseForm, typed, lambda form: deals.lose_deal(ctx, deal_id, reason=form.reason))
    if isinstance(lost, FormState):
        return page(ctx, "crm/deal_lose.html", status=422, deal=deal, form=lost)
    return see_other(ctx, f"/crm/deals/{deal_id}")


@router.post("/{deal_id}/delete")
def deal_delete(ctx: DealDeleter, deal_id: RecordId) -> Response:
    trash.trash_record(ctx, RecordRef(DEAL, deal_id))
    return see_other(ctx, "/crm/deals")


@router.post("/{deal_id}/restore")
def deal_restore(ctx: DealDeleter, deal_id: RecordId) -> Response:
    trash.restore_record(ctx, RecordRef(DEAL, deal_id))
    return see_other(ctx, f"/crm/deals/{deal_id}")
