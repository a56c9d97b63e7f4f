"""Pages where the public forms are looked after."""

from html import escape
from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.crm import web_forms
from boxportal.modules.crm.choosing import choices
from boxportal.modules.crm.forms import WebFormForm
from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.pages.public import AUTOCOMPLETE, KINDS
from boxportal.modules.crm.pages.records import sent
from boxportal.modules.crm.submitting import MAX_FIELD, MAX_REQUEST, TRAP
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
    base = ctx.company.door
    values = {"form": form, "row": row, "base": base, "plain": plain_html(row, base) if row and base else ""}
    return page(ctx, "crm/web_form.html", status=status, **values)


def plain_html(form: WebForm, base: str) -> str:
    """The form as HTML for a page of the firm's own site, which gives it its looks. It needs no script and no style."""
    parts = [f'<form method="post" action="{escape(f"{base}/form/{form.slug}")}" accept-charset="utf-8">']
    parts += [f"  <p><label>{escape(str(web_forms.FIELDS[name]))}<br>{entry(name)}</label></p>" for name in form.fields]
    parts.append(
        f'  <p hidden><label>{escape(_("Leave this empty"))}<input name="{TRAP}" autocomplete="off"></label></p>'
    )
    if form.consent:
        tick = '<input type="checkbox" name="consent" value="true" required>'
        parts.append(f"  <p><label>{tick} {escape(form.consent)}</label></p>")
    return "\n".join([*parts, f"  <p><button>{escape(_('Send'))}</button></p>", "</form>"])


def entry(name: str) -> str:
    if name == "request":
        return f'<textarea name="request" rows="5" maxlength="{MAX_REQUEST}"></textarea>'
    kind, filled = KINDS.get(name, "text"), AUTOCOMPLETE[name]
    return f'<input type="{kind}" name="{name}" autocomplete="{filled}" maxlength="{MAX_FIELD}">'
