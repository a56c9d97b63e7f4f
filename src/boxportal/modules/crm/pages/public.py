"""What outsiders reach: the public forms. No session is read or set here, and no script is needed."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from boxportal.modules.crm.models.leads import WebForm
from boxportal.modules.crm.submitting import TRAP, Sent, stamp_of, submit_form
from boxportal.modules.crm.web_forms import FIELDS, active_form
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms_web import TypedForm
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, see_other, writes

router = Router(prefix="/form")
Visitor = Annotated[ReadCtx, reads(public=True, anywhere=True)]
Sender = Annotated[Ctx, writes(public=True, anywhere=True)]
Embed = Annotated[str, Query(max_length=5)]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {sites}"
)
AUTOCOMPLETE = {"name": "name", "company_name": "organization", "phone": "tel", "email": "email"}
KINDS = {"phone": "tel", "email": "email", "request": "textarea"}


@router.get("/{slug}")
def public_form(ctx: Visitor, slug: str, embed: Embed = "") -> Response:
    return form_page(ctx, active_form(ctx, slug), embed=bool(embed))


@router.get("/{slug}/thanks")
def public_form_thanks(ctx: Visitor, slug: str, embed: Embed = "") -> Response:
    form = active_form(ctx, slug)
    answer = page(ctx, "crm/public_thanks.html", form=form, embed=bool(embed))
    return framed(answer, form) if embed else answer


@router.post("/{slug}")
def public_form_send(request: Request, typed: TypedForm, ctx: Sender, slug: str, embed: Embed = "") -> Response:
    form = active_form(ctx, slug)
    said = {name: values[-1] for name, values in typed.items() if values}
    sent = Sent.of(
        said,
        origin=request.headers.get("origin") or request.headers.get("referer", ""),
        own_origin=ctx.origin.base_url,
        address=ctx.origin.address,
        at=ctx.now,
    )
    try:
        submit_form(ctx, form, sent)
    except Invalid as error:
        errors = {name: str(text) for name, text in error.fields.items()}
        return form_page(ctx, form, embed=bool(embed), typed=said, errors=errors, status=422)
    return see_other(ctx, f"/form/{form.slug}/thanks{'?embed=1' if embed else ''}")


def form_page(
    ctx: ReadCtx,
    form: WebForm,
    *,
    embed: bool,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    fields = [(name, FIELDS[name], KINDS.get(name, "text"), AUTOCOMPLETE.get(name, "")) for name in form.fields]
    kept = typed or {}
    answer = page(
        ctx,
        "crm/public_form.html",
        status=status,
        form=form,
        fields=fields,
        typed=kept,
        errors=errors or {},
        # After a mistake the first stamp goes on: whoever takes time to correct is no robot.
        stamp=kept.get("_stamp") or stamp_of(form, ctx.now),
        trap=TRAP,
        embed=embed,
    )
    return framed(answer, form) if embed else answer


def framed(answer: Response, form: WebForm) -> Response:
    """Let the form's own sites show it in a frame, and nobody else."""
    answer.headers["Content-Security-Policy"] = POLICY.format(sites=" ".join(["'self'", *form.sites]))
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    answer.headers["Referrer-Policy"] = "origin"
    return answer
