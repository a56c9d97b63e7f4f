"""Administration: backups of the box. How they went, where copies go, the recovery kit, and a file to take away."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Form, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.backup.journal import Run, is_behind, read_journal
from boxportal.kernel.backup.kit import kit_of
from boxportal.kernel.backup.locking import is_running
from boxportal.kernel.backup.names import files_in, named
from boxportal.kernel.backup.places import data_of, default_folder
from boxportal.kernel.backup.targets.model import forget_target, parse_target, read_targets
from boxportal.kernel.backup.task import Report, Task, What, asked, start_run
from boxportal.kernel.config import load_config
from boxportal.kernel.pages.admin.doors import BOX, BoxFresh, BoxRead, BoxWrite, Passed, passes
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, edge_of, page, reads, see_other

router = Router(prefix="/admin/backups")
BACK = "/admin/backups"
KIT = f"{BACK}/kit"
FRESH = Door(admin=True, box=True, fresh=True)
MOST_RUNS, MOST_FILES = 10, 30
STARTING = 60
"""So many seconds a process may take until it has written down that it makes a backup."""
Begun = Annotated[int, Query(ge=0, le=10**11)]
NOTHING: Mapping[str, str] = {}
Pass = Annotated[Passed, passes(BACK, BOX)]
PassFresh = Annotated[Passed, passes(KIT, FRESH)]
Name = Annotated[str, Form(max_length=40)]


class TargetForm(BaseModel):
    """What is typed to add a target."""

    model_config = ConfigDict(extra="ignore")
    name: Annotated[str, Field(max_length=40)] = ""
    where: Annotated[str, Field(max_length=400)] = ""
    key_id: Annotated[str, Field(max_length=400)] = ""
    region: Annotated[str, Field(max_length=40)] = ""
    secret: Annotated[str, Field(max_length=8000)] = ""


@router.get("")
def backups(ctx: BoxRead, begun: Begun = 0) -> Response:
    return backups_page(ctx, begun=begun)


@router.get("/state")
def backup_state(ctx: BoxRead, begun: Begun = 0) -> Response:
    """How the runs went: the page asks for it anew while one goes on."""
    return page(ctx, "kernel/admin/_backup_state.html", **state_of(ctx, begun))


@router.post("/run")
def backup_run(ctx: BoxWrite) -> Response:
    """Begin a run beside the server; the page shows how it goes."""
    data = data_of(company_of(ctx))
    if not is_running(data):
        ctx.audit(AuditEntry(action="core.backup.run"))
        start_run(task_of(ctx, "run"))
    return see_other(ctx, f"{BACK}?begun={int(ctx.now.timestamp())}")


@router.post("/download")
def backup_download(ctx: BoxFresh, file: Annotated[str, Form(max_length=120)]) -> Response:
    """Send a backup's file; it is sealed, and opens with the recovery key alone elsewhere."""
    path = default_folder(data_of(company_of(ctx))) / file
    if named(file) is None or not path.is_file() or path.is_symlink():
        raise NotFound
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, BACK
    ctx.audit(AuditEntry(action="core.backup.download", title=file))
    return FileResponse(path, media_type="application/octet-stream", filename=file)


@router.post("/targets")
async def target_add(request: Request, passed: Pass, form: Annotated[TargetForm, Form()]) -> Response:
    """Add a target that answers; what is wrong stands at its field."""
    try:
        parse_target(form.name, form.where, key_id=form.key_id, region=form.region)
        await asked(handed(passed, "add_target", **form.model_dump()))
    except DomainError as error:
        wrong = error if isinstance(error, Invalid) else Invalid({"": str(error)})
        values = form.model_dump(exclude={"secret"})
        async with edge_of(request).reading(request, BOX) as ctx:
            return await run_in_threadpool(backups_page, ctx, values, wrong)
    return passed.go_to(BACK)


@router.post("/targets/test")
async def target_test(request: Request, passed: Pass, name: Name) -> Response:
    """Try a target: a small file goes there and comes back."""
    try:
        report = await asked(handed(passed, "test_target", name=name))
    except NotFound:
        raise
    except DomainError as error:
        return await told(request, str(error), "warning")
    return await told(request, found_text(name, report), "good")


@router.post("/targets/remove")
def target_remove(ctx: BoxWrite, name: Name) -> Response:
    """Copy nothing there any more; what lies there stays."""
    target = forget_target(data_of(company_of(ctx)), name)
    ctx.audit(AuditEntry(action="core.backup.target-remove", title=f"{target.name}: {target.where}"))
    return see_other(ctx, BACK)


@router.get("/kit")
def kit(ctx: Annotated[ReadCtx, reads(admin=True, box=True, fresh=True)]) -> Response:
    return page(ctx, "kernel/admin/recovery_kit.html", kit=kit_of(data_of(company_of(ctx))), key="")


@router.post("/kit/key")
async def kit_key(request: Request, passed: PassFresh) -> Response:
    """Make a recovery key and print it with the kit: it is shown this once."""
    report = await asked(handed(passed, "key"))
    async with edge_of(request).reading(request, BOX) as ctx:
        made = kit_of(data_of(passed.company))
        return await run_in_threadpool(page, ctx, "kernel/admin/recovery_kit.html", kit=made, key=report.key)


def task_of(ctx: Ctx, what: What) -> Task:
    who = ctx.actor
    return Task(data=data_of(company_of(ctx)), what=what, actor=who.id, actor_name=who.name, language=who.language)


def handed(passed: Passed, what: What, **values: str) -> Task:
    """What the child is asked for, in the name and the language of the administrator."""
    who = passed.actor
    return Task(
        data=data_of(passed.company), what=what, actor=who.id, actor_name=who.name, language=who.language,
        **{name: value.strip() for name, value in values.items()},
    )  # fmt: skip


def found_text(name: str, report: Report) -> str:
    return _("%(name)s answers and takes files. Backups that lie there: %(count)s.", name=name, count=report.files)


async def told(request: Request, text: str, kind: str) -> Response:
    """The page with what a try has found."""
    async with edge_of(request).reading(request, BOX) as ctx:
        return await run_in_threadpool(backups_page, ctx, {}, None, (text, kind))


def backups_page(
    ctx: ReadCtx,
    values: Mapping[str, str] = NOTHING,
    error: DomainError | None = None,
    told: tuple[str, str] = ("", ""),
    *,
    begun: int = 0,
) -> Response:
    data = data_of(company_of(ctx))
    journal, folder = read_journal(data), default_folder(data)
    files = [(one, (folder / one.file).stat().st_size) for one in files_in(folder)[:MOST_FILES]]
    return page(
        ctx,
        "kernel/admin/backups.html",
        status=error.status if isinstance(error, Invalid) else 200,
        values=TargetForm().model_dump() | dict(values),
        errors=errors_of(error) if error else {},
        told=told,
        targets=[(target, *journal.last_copies(target.name)) for target in read_targets(data)],
        files=[(one, size, one.file in journal.proven) for one, size in files],
        folder=folder,
        section=load_config(data).backup,
        kit=kit_of(data),
        **state_of(ctx, begun),
    )


def state_of(ctx: ReadCtx, begun: int) -> dict[str, Any]:
    """`begun` is when somebody pressed the button: until the process has written down its run, it counts as running."""
    data = data_of(company_of(ctx))
    journal, running = read_journal(data), is_running(data)
    is_young = 0 <= ctx.now.timestamp() - begun < STARTING
    if is_young and not any(run.began.timestamp() >= begun for run in journal.runs):
        running = True
    return {
        "begun": begun,
        "runs": [(run, result_of(run, running=running and run is journal.runs[-1]))
                 for run in reversed(journal.runs[-MOST_RUNS:])],
        "running": running,
        "behind": is_behind(data, journal, ctx.now),
        "last_good": journal.last_good,
        "starters": {"command": _("by command"), "timer": _("by the timer"), "server": _("nightly"),
                     "page": _("from this page")},
    }  # fmt: skip


def result_of(run: Run, *, running: bool) -> tuple[str, str]:
    """How a run went, in words, and the colour of it."""
    if run.ended is None:
        return (_("Running"), "running") if running else (_("Broken off"), "bad")
    if not run.is_good:
        return _("Failed"), "bad"
    return (_("Proven"), "good") if run.is_complete else (_("Proven, not copied"), "warning")
