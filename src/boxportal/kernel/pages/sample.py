"""Sample rows, added and removed by an administrator with one click."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.kernel.running import company_of
from boxportal.kernel.work.sample import add_sample, remove_sample, samples_of
from boxportal.sdk.context import Ctx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import see_other, writes

router = Router()
Admin = Annotated[Ctx, writes(admin=True)]


@router.post("/admin/sample/add")
def sample_add(ctx: Admin) -> Response:
    add_sample(ctx, samples_of(company_of(ctx)))
    return see_other(ctx, "/")


@router.post("/admin/sample/remove")
def sample_remove(ctx: Admin) -> Response:
    remove_sample(ctx, samples_of(company_of(ctx)))
    return see_other(ctx, "/")
