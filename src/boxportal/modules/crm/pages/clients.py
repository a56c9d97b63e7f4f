"""Pages of contacts and client companies."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT
from boxportal.modules.crm import clients, deals, trash
from boxportal.modules.crm.choosing import choices, named
from boxportal.modules.crm.duplicates import Wanted, find_twins
from boxportal.modules.crm.forms import ClientCompanyForm, ContactForm
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.pages.lists import company_listing, contact_listing
from boxportal.modules.crm.pages.records import Conflict, beside, phone_link, saved, sent, version_of
from boxportal.modules.crm.sheets import sheet_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form
from boxportal.sdk.lists_web import listing_page
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm")
ContactReader = Annotated[ReadCtx, reads("crm.contact.see")]
ContactMaker = Annotated[Ctx, writes("crm.contact.create")]
ContactEditor = Annotated[Ctx, writes("crm.contact.edit")]
ContactDeleter = Annotated[Ctx, writes("crm.contact.delete")]
CompanyReader = Annotated[ReadCtx, reads("crm.client_company.see")]
CompanyMaker = Annotated[Ctx, writes("crm.client_company.create")]
CompanyEditor = Annotated[Ctx, writes("crm.client_company.edit")]
CompanyDeleter = Annotated[Ctx, writes("crm.client_company.delete")]
Typed200 = Annotated[str, Query(max_length=200)]
SHOWN = 20


@router.get("/contacts")
def contact_list(ctx: ContactReader) -> Response:
    return listing_page(
        ctx, "crm/contact_list.html", contact_listing(ctx, ctx.origin.query), export="crm.contact.export"
    )


@router.get("/contacts/new")
def contact_new(
    ctx: Annotated[ReadCtx, reads("crm.contact.create")], company: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    initial = {"responsible_id": ctx.actor.id, "client_company_id": company}
    return contact_form(ctx, blank_form(ctx, ContactForm, initial=initial, choices=choices(ctx)), None)


@router.post("/contacts/new")
def contact_create(typed: TypedForm, ctx: ContactMaker) -> Response:
    made = sent(ctx, ContactForm, typed, lambda form: clients.create_contact(ctx, form.data()))
    if isinstance(made, FormState):
        return contact_form(ctx, made, None, status=422)
    return see_other(ctx, f"/crm/contacts/{made.id}")


@router.get("/contacts/pick")
def contact_pick(ctx: ContactReader, q: Annotated[str, Query(alias="_q", max_length=200)] = "") -> Response:
    """Contacts to choose from, by the beginning of the name or by telephone or mail address: a fragment."""
    options = [(row.id, row.name, row.phone or row.email) for row in clients.contacts_like(ctx, q)]
    return page(ctx, "crm/_pick_options.html", name="contact_id", options=options, query=q)


@router.get("/contacts/{contact_id}")
def contact_show(
    ctx: ContactReader, contact_id: RecordId, after: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    sheet = sheet_of(ctx, CONTACT, clients.visible_contacts(ctx), contact_id)
    contact = sheet.row
    return page(
        ctx,
        "crm/contact.html",
        contact=contact,
        client_company=ctx.db.get(ClientCompany, contact.client_company_id) if contact.client_company_id else None,
        deals=deals_where(ctx, contact_id=contact_id),
        responsible=sheet.responsible,
        phone_url=phone_link(contact.phone_key, contact.phone),
        can_edit=sheet.may_edit,
        can_delete=sheet.may_delete,
        beside=beside(ctx, RecordRef(CONTACT, contact.id), after),
    )


@router.get("/contacts/{contact_id}/edit")
def contact_edit(ctx: Annotated[ReadCtx, reads("crm.contact.edit")], contact_id: RecordId) -> Response:
    contact = clients.editable_contact(ctx, contact_id)
    return contact_form(ctx, filled_form(ctx, ContactForm, contact, choices=choices(ctx)), contact)


@router.post("/contacts/{contact_id}/edit")
def contact_change(typed: TypedForm, ctx: ContactEditor, contact_id: RecordId) -> Response:
    contact = clients.editable_contact(ctx, contact_id)
    return saved(
        ctx,
        ContactForm,
        typed,
        act=lambda form: clients.change_contact(ctx, contact_id, form.data(), version=version_of(typed)),
        show=lambda form, changed, status: contact_form(ctx, form, contact, changed=changed, status=status),
        to=f"/crm/contacts/{contact_id}",
    )


def contact_form(
    ctx: ReadCtx,
    form: FormState[ContactForm],
    contact: Contact | None,
    *,
    changed: Sequence[Conflict] = (),
    status: int = 200,
) -> Response:
    chosen = str(form["client_company_id"].value)
    company = named(ctx, ClientCompany, chosen)
    values = {"form": form, "contact": contact, "changed": changed, "chosen": chosen, "company": company}
    return page(ctx, "crm/contact_form.html", status=status, **values)


@router.post("/contacts/{contact_id}/delete")
def contact_delete(ctx: ContactDeleter, contact_id: RecordId) -> Response:
    trash.trash_record(ctx, RecordRef(CONTACT, contact_id))
    return see_other(ctx, "/crm/contacts")


@router.post("/contacts/{contact_id}/restore")
def contact_restore(ctx: ContactDeleter, contact_id: RecordId) -> Response:
    trash.restore_record(ctx, RecordRef(CONTACT, contact_id))
    return see_other(ctx, f"/crm/contacts/{contact_id}")


class TwinsOf(BaseModel):
    """What is being typed into a form, as its script sends it; `kind` says which form."""

    name: str = Field("", max_length=200)
    phone: str = Field("", max_length=60)
    email: str = Field("", max_length=254)
    but: int | None = Field(None, alias="_but")
    kind: Literal["crm.contact", "crm.client_company"] = Field("crm.contact", alias="_kind")


@router.get("/twins")
def client_twins(ctx: ContactReader, typed: Annotated[TwinsOf, Query()]) -> Response:
    """Likely twins of the contact or company that is being typed: a fragment under the form."""
    own = RecordRef(typed.kind, typed.but) if typed.but is not None else None
    names = {"company": typed.name} if typed.kind == CLIENT_COMPANY else {"name": typed.name}
    wanted = Wanted(phone=typed.phone, email=typed.email, but=own, **names)
    return page(ctx, "crm/_twins.html", twins=find_twins(ctx, wanted))


@router.get("/companies")
def company_list(ctx: CompanyReader) -> Response:
    listing = company_listing(ctx, ctx.origin.query)
    return listing_page(ctx, "crm/company_list.html", listing, export="crm.client_company.export")


@router.get("/companies/new")
def company_new(ctx: Annotated[ReadCtx, reads("crm.client_company.create")]) -> Response:
    initial = {"responsible_id": ctx.actor.id, "country": ctx.company.country}
    return company_form(ctx, blank_form(ctx, ClientCompanyForm, initial=initial, choices=choices(ctx)), None)


@router.post("/companies/new")
def company_create(typed: TypedForm, ctx: CompanyMaker) -> Response:
    made = sent(ctx, ClientCompanyForm, typed, lambda form: clients.create_client_company(ctx, form.data()))
    if isinstance(made, FormState):
        return company_form(ctx, made, None, status=422)
    return see_other(ctx, f"/crm/companies/{made.id}")


@router.get("/companies/pick")
def company_pick(ctx: CompanyReader, q: Annotated[str, Query(alias="_q", max_length=200)] = "") -> Response:
    """Companies to choose from: a fragment."""
    options = [(row.id, row.name, row.tax_number or row.phone) for row in clients.companies_like(ctx, q)]
    return page(ctx, "crm/_pick_options.html", name="client_company_id", options=options, query=q)


@router.get("/companies/{company_id}")
def company_show(
    ctx: CompanyReader, company_id: RecordId, after: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    sheet = sheet_of(ctx, CLIENT_COMPANY, clients.visible_client_companies(ctx), company_id)
    company = sheet.row
    people_there = clients.visible_contacts(ctx).where(Contact.client_company_id == company_id).order_by(Contact.id)
    return page(
        ctx,
        "crm/company.html",
        client_company=company,
        contacts=ctx.db.scalars(people_there.limit(SHOWN)).all(),
        deals=deals_where(ctx, company_id=company_id),
        responsible=sheet.responsible,
        phone_url=phone_link(company.phone_key, company.phone),
        can_edit=sheet.may_edit,
        can_delete=sheet.may_delete,
        beside=beside(ctx, RecordRef(CLIENT_COMPANY, company.id), after),
    )


@router.get("/companies/{company_id}/edit")
def company_edit(ctx: Annotated[ReadCtx, reads("crm.client_company.edit")], company_id: RecordId) -> Response:
    company = clients.editable_client_company(ctx, company_id)
    return company_form(ctx, filled_form(ctx, ClientCompanyForm, company, choices=choices(ctx)), company)


@router.post("/companies/{company_id}/edit")
def company_change(typed: TypedForm, ctx: CompanyEditor, company_id: RecordId) -> Response:
    company = clients.editable_client_company(ctx, company_id)
    return saved(
        ctx,
        ClientCompanyForm,
        typed,
        act=lambda form: clients.change_client_company(ctx, company_id, form.data(), version=version_of(typed)),
        show=lambda form, changed, status: company_form(ctx, form, company, changed=changed, status=status),
        to=f"/crm/companies/{company_id}",
    )


def company_form(
    ctx: ReadCtx,
    form: FormState[ClientCompanyForm],
    company: ClientCompany | None,
    *,
    changed: Sequence[Conflict] = (),
    status: int = 200,
) -> Response:
    return page(ctx, "crm/company_form.html", status=status, form=form, client_company=company, changed=changed)


@router.post("/companies/{company_id}/delete")
def company_delete(ctx: CompanyDeleter, company_id: RecordId) -> Response:
    trash.trash_record(ctx, RecordRef(CLIENT_COMPANY, company_id))
    return see_other(ctx, "/crm/companies")


@router.post("/companies/{company_id}/restore")
def company_restore(ctx: CompanyDeleter, company_id: RecordId) -> Response:
    trash.restore_record(ctx, RecordRef(CLIENT_COMPANY, company_id))
    return see_other(ctx, f"/crm/companies/{company_id}")


def deals_where(ctx: ReadCtx, *, contact_id: int | None = None, company_id: int | None = None) -> Sequence[Deal]:
    """The newest deals of a client."""
    mine = Deal.contact_id == contact_id if contact_id is not None else Deal.client_company_id == company_id
    return ctx.db.scalars(deals.visible_deals(ctx).where(mine).order_by(Deal.id.desc()).limit(SHOWN)).all()
