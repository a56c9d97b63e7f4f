"""Pages of a list and of a form with rows, as a module would write them, put onto a test's own company."""

from decimal import Decimal
from typing import Annotated

from fastapi.responses import JSONResponse, Response
from jinja2 import ChoiceLoader, DictLoader
from pydantic import BaseModel, Field
from sqlalchemy import insert

from boxportal.kernel.web.render import environment
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.forms import Choices, FormState, Help, Label, Widget
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form, submitted
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.lists_web import list_page, listed
from boxportal.sdk.money import Money
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, see_other, writes
from tests.support.list_deals import DEALS, Deal, Tables, deal, visible
from tests.support.portal import Portal

TEMPLATES = {
    "deals/list.html": """{% extends "base.html" %}{% block title %}Deals{% endblock %}{% block content %}
{% call ui.page_head("Deals") %}{{ ui.button("New deal", kind="primary", href="/deals/new") }}{% endcall %}
{% call ui.data_list(list, "Deals", "Deals you want to win live here.", icon="target") %}
{{ ui.button("New deal", kind="primary", href="/deals/new") }}{% endcall %}{% endblock %}""",
    "deals/one.html": """{% extends "base.html" %}{% block title %}Deal{% endblock %}{% block content %}
{{ ui.page_head("Deal " ~ number) }}{% endblock %}""",
    "deals/new.html": """{% extends "base.html" %}{% block title %}New deal{% endblock %}{% block content %}
{{ ui.page_head("New deal") }}{% call ui.card() %}{% call ui.form("/deals/new", errors=form.summary) %}
{{ ui.form_fields(form) }}{{ ui.actions("Save", cancel="/deals") }}{% endcall %}{% endcall %}{% endblock %}""",
}
STAGES = [(1, "New"), (2, "Quoted")]
OPTIONS = {"stage": STAGES, "owner": [(1, "Omar")], "lines.rate": [(18, "18 %"), (0, "0 %")]}


class LineForm(BaseModel):
    text: Annotated[str, Label("Text"), Field(max_length=200)]
    quantity: Annotated[Decimal, Label("Quantity"), Field(gt=0)] = Decimal(1)
    rate: Annotated[int | None, Label("Tax"), Choices()] = None


class DealForm(BaseModel):
    title: Annotated[str, Label("Title"), Widget(autofocus=True), Field(max_length=100)]
    amount: Annotated[Money | None, Label("Amount"), Help("As agreed.")] = None
    stage: Annotated[int, Label("Stage"), Choices()]
    teams: Annotated[list[int], Label("Teams"), Choices(((1, "North"), (2, "South")))] = []
    note: Annotated[str, Label("Note"), Field(max_length=2000)] = ""
    lines: Annotated[list[LineForm], Label("Lines")] = []


class EditForm(BaseModel):
    title: Annotated[str, Label("Title")]
    stage: Annotated[int, Label("Stage"), Choices()]


router = Router()


@router.get("/deals")
def deal_list(ctx: Annotated[ReadCtx, reads()]) -> Response:
    return list_page(ctx, "deals/list.html", DEALS, visible(), choices=OPTIONS, export="deals.deal.export")


@router.get("/deals/new")
def deal_new(ctx: Annotated[ReadCtx, reads()]) -> Response:
    return page(ctx, "deals/new.html", form=blank_form(ctx, DealForm, choices=OPTIONS))


@router.post("/deals/new")
def deal_create(typed: TypedForm, ctx: Annotated[Ctx, writes()]) -> Response:
    saved = submitted(ctx, DealForm, typed, lambda form: create_deal(ctx, form), choices=OPTIONS)
    if isinstance(saved, FormState):
        return page(ctx, "deals/new.html", status=422, form=saved)
    return see_other(ctx, f"/deals/{saved}")


@router.get("/deals/{deal_id}")
def deal_page(ctx: Annotated[ReadCtx, reads()], deal_id: int) -> Response:
    return page(ctx, "deals/one.html", number=deal_id)


@router.get("/deals/{deal_id}/edit")
def deal_edit(ctx: Annotated[ReadCtx, reads()], deal_id: int) -> Response:
    found = one(ctx.db, visible().where(Deal.id == deal_id))
    return page(ctx, "deals/new.html", form=filled_form(ctx, EditForm, found, choices=OPTIONS))


@router.get("/api/v1/deals")
def deal_api(ctx: Annotated[ReadCtx, reads()]) -> Response:
    deals, following = listed(ctx, DEALS, visible(), choices=OPTIONS)
    return JSONResponse({"items": [one.title for one in deals], "next": following})


def create_deal(ctx: Ctx, form: DealForm) -> int:
    amount = form.amount.amount if form.amount else None
    text = "; ".join(f"{line.text} {line.quantity} {line.rate}" for line in form.lines)
    number = len(form.title) * 100
    ctx.db.change(insert(Deal).values(**deal(number, title=f"{form.title} {text}".strip()[:100], amount=amount)))
    if form.title == "Taken":
        raise Invalid({"title": _l("There is a deal of this name.")})
    if form.title == "Closed":
        raise RuleBroken(_l("The month is closed."))
    return number


def with_deals(portal: Portal, count: int) -> None:
    """Put the pages and so many deals onto the company."""
    loader = environment().loader
    assert isinstance(loader, ChoiceLoader)
    if not any(isinstance(one, DictLoader) for one in loader.loaders):
        loader.loaders = [*loader.loaders, DictLoader(TEMPLATES)]
    portal.app.router.routes.extend(router.routes)
    engine = portal.company.engines.writer
    Tables.metadata.create_all(engine)
    rows = [
        deal(n, title=f"Deal <{n}>" if n == 1 else f"Deal {n}", amount=n * 100 if n % 3 else None, stage=n % 2 + 1)
        for n in range(1, count + 1)
    ]
    with engine.begin() as connection:
        if rows:
            connection.execute(insert(Deal), rows)
