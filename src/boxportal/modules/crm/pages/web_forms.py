"""Pages where the public forms are looked after."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.crm import web_forms
from boxportal.modules.crm.forms import WebFormForm
from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.pages.choosing import choices
from boxportal.modules.crm.pages.records import sent
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm/leads/forms")
FormReader = Annotated[ReadCtx, reads("crm.web_form.see")]
FormEditor = Annotated[Ctx, writes("crm.web_form.edit")]


@router.get("")
def web_form_list(ctx: FormReader) -> Response:
    forms = ctx.db.scalars(web_forms.visible_web_forms(ctx).order_by(WebForm.id)).all()
    return page(ctx, "crm/web_form_list.html", forms=forms, base=ctx.company.door)


@router.get("/new")
def web_form_new(ctx: FormReader) -> Response:
    initial = {
        "title": _("Contact us"),
        "slug": "contact",
        "fields": ["name", "phone", "email", "request"],
        "thanks": _("Thank you. We will answer soon."),
        "is_active": True,
    }
    return web_form_form(ctx, blank_form(ctx, WebFormForm, initial=initial, choices=choices(ctx)), None)


@router.post("/new")
def web_form_create(typed: TypedForm, ctx: FormEditor) -> Response:
    made = sent(ctx, WebFormForm, typed, lambda form: web_forms.create_web_form(ctx, form.data()))
    if isinstance(made, FormState):
        return web_form_form(ctx, made, None, status=422)
    return see_other(ctx, f"/crm/leads/forms/{made.id}")


@router.get("/{form_id}")
def web_form_show(ctx: FormReader, form_id: RecordId) -> Response:
    row = one(ctx.db, web_forms.visible_web_forms(ctx).where(WebForm.id == form_id))
    return web_form_form(ctx, filled_form(ctx, WebFormForm, row, choices=choices(ctx)), row)


@router.post("/{form_id}")
def web_form_change(typed: TypedForm, ctx: FormEditor, form_id: RecordId) -> Response:
    row = one(ctx.db, web_forms.visible_web_forms(ctx).where(WebForm.id == form_id))
    kept = sent(ctx, WebFormForm, typed, lambda form: web_forms.change_web_form(ctx, form_id, form.data()))
    if isinstance(kept, FormState):
        return web_form_form(ctx, kept, row, status=422)
    return see_other(ctx, f"/crm/leads/forms/{form_id}")


def web_form_form(ctx: ReadCtx, form: FormState[WebFormForm], row: WebForm | None, *, status: int = 200) -> Response:
    values = {"form": form, "row": row, "base": ctx.company.door}
    return page(ctx, "crm/web_form.html", status=status, **values)
