"""Administration: what is held on one person, as a list, as a file, and no more."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.pages.admin.doors import AdminRead
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.personal.erase import erase_person
from boxportal.kernel.personal.gather import find_people, held_on, subject_of
from boxportal.kernel.personal.pack import pack
from boxportal.kernel.personal.terms import kinds, list_terms, read_months, set_terms
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.personal import Fate
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, RecordId, edge_of, page, see_other, writes

router = Router(prefix="/admin/personal-data")
BACK = "/admin/personal-data"
FRESH_ADMIN = Door(admin=True, fresh=True)
FreshWrite = Annotated[Ctx, writes(admin=True, fresh=True)]


@router.get("")
def personal(ctx: AdminRead, q: str = "", done: str = "") -> Response:
    found = find_people(ctx, q)
    return page(ctx, "kernel/admin/personal.html", q=q, found=found, asked=bool(q.strip()), done=done == "1")


@router.get("/terms")
def personal_terms(request: Request, ctx: AdminRead) -> Response:
    """How long what is kept; with terms in the address, what they would delete, before they are set."""
    asked = {kind.id: request.query_params[kind.id] for kind in kinds(ctx) if kind.id in request.query_params}
    return terms_page(ctx, asked)


@router.post("/terms")
async def personal_terms_set(request: Request) -> Response:
    form = await request.form()
    async with edge_of(request).writing(request, FRESH_ADMIN) as ctx:
        asked = {kind.id: str(form[kind.id]) for kind in kinds(ctx) if kind.id in form}
        return await run_in_threadpool(terms_set, ctx, asked)


def terms_set(ctx: Ctx, asked: dict[str, str]) -> Response:
    try:
        set_terms(ctx, {kind: read_months(kind, typed) for kind, typed in asked.items()})
    except Invalid:
        return terms_page(ctx, asked)
    return see_other(ctx, f"{BACK}/terms")


def terms_page(ctx: ReadCtx, asked: dict[str, str]) -> Response:
    errors: dict[str, object] = {}
    wished: dict[str, int] = {}
    for kind, typed in asked.items():
        try:
            wished[kind] = read_months(kind, typed)
        except Invalid as error:
            errors |= errors_of(error)
    lines = list_terms(ctx, wished if asked else None)
    values = {"lines": lines, "asked": asked, "errors": errors, "is_preview": bool(asked) and not errors}
    return page(ctx, "kernel/admin/personal_terms.html", status=422 if errors else 200, **values)


@router.get("/{subject_kind}/{subject_id}")
def personal_show(ctx: AdminRead, subject_kind: str, subject_id: RecordId) -> Response:
    return shown(ctx, RecordRef(subject_kind, subject_id))


@router.post("/{subject_kind}/{subject_id}/export")
def personal_export(ctx: FreshWrite, subject_kind: str, subject_id: RecordId) -> Response:
    ref = RecordRef(subject_kind, subject_id)
    subject = subject_of(ctx, ref)
    content = pack(ctx, subject, held_on(ctx, subject))
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, place_of(ref)
    name = f"{subject_kind.replace('.', '-')}-{subject_id}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


@router.post("/{subject_kind}/{subject_id}/erase")
def personal_erase(
    ctx: FreshWrite, subject_kind: str, subject_id: RecordId, name: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    ref = RecordRef(subject_kind, subject_id)
    try:
        erase_person(ctx, ref, typed=name)
    except (Invalid, RuleBroken) as error:
        return shown(ctx, ref, typed=name, error=error)
    return see_other(ctx, f"{BACK}?done=1")


def place_of(ref: RecordRef) -> str:
    return f"{BACK}/{ref.kind}/{ref.id}"


def shown(ctx: ReadCtx, ref: RecordRef, *, typed: str = "", error: DomainError | None = None) -> Response:
    """All that is held on a person, with what would become of it."""
    subject = subject_of(ctx, ref)
    errors = errors_of(error) if isinstance(error, Invalid) else {"": str(error)} if error else {}
    return page(
        ctx,
        "kernel/admin/personal_held.html",
        status=error.status if error else 200,
        subject=subject,
        here=place_of(ref),
        held=[
            (one, [(f"{r.kind}:{r.id}", ctx.services.address(r)) for r in one.refs[:20]])
            for one in held_on(ctx, subject)
        ],
        fates={
            Fate.REMOVED: (_("is removed"), "bad"),
            Fate.EMPTIED: (_("is emptied"), "warning"),
            Fate.NAMELESS: (_("loses the name"), "warning"),
            Fate.STAYS: (_("stays"), "good"),
        },
        typed=typed,
        errors=errors,
    )
