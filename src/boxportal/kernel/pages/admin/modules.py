"""Administration: modules, what each is for and costs, and the switch."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Literal

import anyio
import anyio.to_thread
from fastapi import Form, Path
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.catalog import Catalog, load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity import teams
from boxportal.kernel.pages.admin.doors import AdminRead, Passed, passes
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.state import read_revision
from boxportal.kernel.switch.cards import cards_of, server_memory
from boxportal.kernel.switch.change import Acting, lacks_tables, load_targets, revision_now, turn_off_now, turn_on
from boxportal.kernel.switch.cost import known_costs, measure
from boxportal.kernel.switch.live import applied_here
from boxportal.kernel.switch.orders import InTheWay, Order, Verb, targets_of
from boxportal.kernel.switch.preview import Parts, Preview, parts_of, preview
from boxportal.kernel.switch.states import standings
from boxportal.kernel.switch.task import Report, Task, in_child
from boxportal.kernel.switch.walk import STEPS, failed
from boxportal.kernel.web.render import render
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, NotFound
from boxportal.sdk.i18n import current_locale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page

router = Router(prefix="/admin/modules")
BACK = "/admin/modules"
MEASURING = anyio.CapacityLimiter(1)
Pass = Annotated[Passed, passes(BACK)]
ModuleId = Annotated[str, Path(max_length=32)]
Turn = Literal["enable", "prepare", "disable", "purge"]


class SwitchForm(BaseModel):
    """What the page before a switch sends: whether others go along, who sees it already, and the typed name."""

    whole: bool = False
    allowed: list[int] = []
    typed: str = ""


@router.get("")
def module_list(ctx: AdminRead, backup: str = "") -> Response:
    cards = cards_of(ctx, load_catalog(), known_costs(data_of(company_of(ctx))))
    made = backup_named(ctx, backup)
    broken = load_catalog().broken
    is_behind = read_revision(ctx.db) > snapshot_of(ctx).revision
    return page(
        ctx, "kernel/admin/modules.html", cards=cards, memory=server_memory(), made=made, broken=broken,
        is_behind=is_behind, measuring=MEASURING.borrowed_tokens > 0,
    )  # fmt: skip


@router.post("/measure")
async def module_measure(passed: Pass) -> Response:
    """Measure what all modules cost, in processes beside the server, one after the other.

    While that runs another wish leads back to the page, which says so.
    """
    if MEASURING.borrowed_tokens:
        return passed.go_to(BACK)
    modules = load_catalog().in_order(set(load_catalog().entries))
    await anyio.to_thread.run_sync(measure, data_of(passed.company), modules, limiter=MEASURING)
    return passed.go_to(BACK)


@router.get("/progress")
def module_progress(ctx: AdminRead) -> Response:
    """The steps of the switch that runs now: the page before it asks for them while it waits."""
    steps = [(step, STEPS[step]) for step in dict.fromkeys(company_of(ctx).steps)]
    return page(ctx, "kernel/admin/_module_progress.html", steps=steps)


@router.get("/{module_id}/{verb}")
async def module_turn(ctx: AdminRead, module_id: ModuleId, verb: Turn, *, whole: bool = False) -> Response:
    order = order_of(module_id, verb, SwitchForm(whole=whole))
    return await turn_page(ctx, order)


@router.post("/{module_id}/{verb}")
async def module_switch(passed: Pass, module_id: ModuleId, verb: Turn, form: Annotated[SwitchForm, Form()]) -> Response:
    order = order_of(module_id, verb, form)
    if verb == "purge" and form.typed.strip() != module_id:
        raise Invalid({"typed": _("Type the module's name, %(name)s, to delete its data.", name=module_id)})
    report = await switched(passed, order)
    kept = f"?backup={FilePath(report.backup).name}" if report.backup else ""
    return passed.go_to(BACK + kept)


def order_of(module_id: str, verb: Verb, form: SwitchForm) -> Order:
    if module_id not in load_catalog().entries:
        raise NotFound
    allowed = tuple(sorted(map(str, form.allowed))) if verb == "prepare" else ()
    return Order(verb=verb, modules=(module_id,), with_others=form.whole, allowed=allowed)


async def switched(passed: Passed, order: Order) -> Report:
    """Carry an order out, step by step, and see that the server runs what was switched on.

    One that is slow to take it in gets its time: only what it can't run is switched off again.

    Raises: InTheWay, RuleBroken, RolledBack, Busy.
    """
    company = passed.company
    company.steps[:] = ["load" if order.verb in ("enable", "prepare") else "off"]
    try:
        report = await carried_out(passed, order)
        company.steps.append("live")
        revision = await run_in_threadpool(revision_now, company)
        is_known = await applied_here(company, revision) or company.failed_at >= revision
        unfit = [m for m in report.changed if m not in company.snapshot.modules]
        if is_known and unfit and order.verb in ("enable", "prepare"):
            await switched_back(passed, report.changed)
            raise failed(unfit, "live", _("the server can't run it; its log says why."))
        return report
    finally:
        company.steps.clear()


async def carried_out(passed: Passed, order: Order) -> Report:
    """Do what the order says in the database: what needs tables changed in a child process, the rest here."""
    company, acting = passed.company, Acting(passed.company, passed.actor, render, passed.address)
    if order.verb == "disable":
        async with company.gate.passing():
            changed = await run_in_threadpool(turn_off_now, acting, order)
        return Report(changed=tuple(changed))
    if order.verb == "purge" or await run_in_threadpool(needs_tables, company, order):
        return await in_child(task_of(passed, order), company.steps.append)
    await run_in_threadpool(load_targets, company, order)  # this process runs their code in a moment anyway
    async with company.gate.passing():
        return Report(changed=tuple(await run_in_threadpool(turn_on, acting, order, company.steps.append)))


async def switched_back(passed: Passed, modules: Sequence[str]) -> None:
    """Switch off what was switched on and can't run here."""
    company, acting = passed.company, Acting(passed.company, passed.actor, render, passed.address)
    async with company.gate.passing():
        await run_in_threadpool(turn_off_now, acting, Order(verb="disable", modules=tuple(modules), with_others=True))
    await applied_here(company, await run_in_threadpool(revision_now, company))


def needs_tables(company: Company, order: Order) -> bool:
    """Whether a module that is to be switched on has tables to be made; then another process does it."""
    catalog = load_catalog()
    with read_session(company.engines) as db:
        targets = targets_of(order, catalog, standings(db, catalog))
    return lacks_tables(company, targets)


def task_of(passed: Passed, order: Order) -> Task:
    return Task(
        folder=passed.company.folder,
        what="perform",
        verb=order.verb,
        modules=order.modules,
        with_others=order.with_others,
        allowed=order.allowed,
        actor=passed.actor.id,
        actor_name=passed.actor.name,
        address=passed.address,
        language=current_locale(),
    )


async def turn_page(ctx: ReadCtx, order: Order) -> Response:
    """The page before a switch: what it adds or takes away, in numbers; or who stands in the way."""
    catalog = load_catalog()
    title = catalog.entries[order.modules[0]].manifest.title
    try:
        seen = await looked_ahead(ctx, order, catalog)
    except DomainError as error:
        others = [catalog.entries[other].manifest for other in error.others] if isinstance(error, InTheWay) else []
        return await run_in_threadpool(
            page, ctx, "kernel/admin/module_refused.html", status=409, order=order, title=title, text=str(error),
            others=others,
        )  # fmt: skip
    people = await run_in_threadpool(teams.people_choices, ctx)
    return await run_in_threadpool(
        page, ctx, "kernel/admin/module_turn.html", order=order, title=title, seen=seen, people=people
    )


async def looked_ahead(ctx: ReadCtx, order: Order, catalog: Catalog) -> Preview:
    """What an order would do. The code of modules that are off is counted in a child, so that it stays out of here."""
    targets = await run_in_threadpool(lambda: targets_of(order, catalog, standings(ctx.db, catalog)))
    on = snapshot_of(ctx).modules
    parts: Mapping[str, Parts] = {m: parts_of(on[m]) for m in targets if m in on}
    off = tuple(m for m in targets if m not in on)
    if off and order.verb in ("enable", "prepare"):
        report = await in_child(Task(folder=company_of(ctx).folder, what="parts", modules=off))
        parts = {**parts, **report.parts}
    return await run_in_threadpool(preview, ctx, order, parts, on)


def backup_named(ctx: ReadCtx, name: str) -> str:
    """Where the backup of this name lies; empty when there is none."""
    folder = default_folder(data_of(company_of(ctx)))
    return str(folder / name) if name in {path.name for path in folder.glob("*.bpb")} else ""
