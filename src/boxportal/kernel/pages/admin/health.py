"""Administration: the health of the box, as the last look found it."""

from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.backup.places import INSTALLED, data_of
from boxportal.kernel.health.checks import CHECKS
from boxportal.kernel.health.child import look_beside
from boxportal.kernel.health.look import last_report
from boxportal.kernel.pages.admin.doors import BOX, BoxRead, Passed, passes
from boxportal.kernel.running import company_of
from boxportal.sdk.errors import Busy, NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page
from boxportal.sdk.worker import WorkerFailed, WorkRefused

router = Router(prefix="/admin/health")
BACK = "/admin/health"
Pass = Annotated[Passed, passes(BACK, BOX)]
MENDABLE = frozenset(check.id for check in CHECKS if check.mend is not None and check.on_page)


@router.get("")
def health(ctx: BoxRead, said: str = "") -> Response:
    data = data_of(company_of(ctx))
    report = last_report(data)
    reasons: dict[str, Any] = {
        "failed": _("The look did not end. The server's log says why."),
        "busy": _("The server is busy with other work. Try again in a moment."),
        "refused": _("It could not be mended from here. The command below says more."),
    }
    return page(
        ctx,
        "kernel/admin/health.html",
        report=report,
        said=reasons.get(said, ""),
        prefix="boxportal " if data == INSTALLED else f"boxportal --data {data} ",
        states={"good": (_("Good"), "good"), "note": (_("Note"), "waiting"), "problem": (_("Problem"), "bad")},
    )


@router.post("/look")
async def health_look(passed: Pass) -> Response:
    """Look again, in a process beside the server."""
    return passed.go_to(await looked(passed))


@router.post("/{check_id}/mend")
async def health_mend(passed: Pass, check_id: Annotated[str, Path(max_length=20)]) -> Response:
    """Mend what one check found, then look again."""
    if check_id not in MENDABLE:
        raise NotFound
    return passed.go_to(await looked(passed, check_id))


async def looked(passed: Passed, *mending: str) -> str:
    try:
        await run_in_threadpool(look_beside, data_of(passed.company), passed.actor, mending=mending)
    except WorkRefused:
        return f"{BACK}?said=refused"
    except Busy:
        return f"{BACK}?said=busy"
    except WorkerFailed:
        return f"{BACK}?said=failed"
    return BACK
