"""Sample rows, added and removed by an administrator; before they go, a page says what people's own rows need."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy import select

from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.work.sample import add_sample, removal_of, remove_sample, samples_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, see_other, writes

router = Router()
AdminRead = Annotated[ReadCtx, reads(admin=True)]
Admin = Annotated[Ctx, writes(admin=True)]
NAMED = 12
"""How many of the rows that stay are named; of more the number is enough."""


@router.post("/admin/sample/add")
def sample_add(ctx: Admin) -> Response:
    add_sample(ctx, samples_of(company_of(ctx)))
    return see_other(ctx, "/")


@router.get("/admin/sample/remove")
def sample_look(ctx: AdminRead) -> Response:
    removal = removal_of(ctx, samples_of(company_of(ctx)))
    return page(ctx, "kernel/admin/sample_remove.html", removal=removal, named=named(ctx, removal.kept))


@router.post("/admin/sample/remove")
def sample_remove(ctx: Admin, what: Annotated[str, Form(max_length=10)] = "") -> Response:
    remove_sample(ctx, samples_of(company_of(ctx)), everything=what == "all")
    return see_other(ctx, "/")


def named(ctx: ReadCtx, refs: Collection[RecordRef]) -> list[tuple[str, str, str]]:
    """Icon, title and address of some of these records."""
    found = []
    for kind in snapshot_of(ctx).kinds.values():
        ids, table = [ref.id for ref in refs if ref.kind == kind.id], kind.model.__table__
        if ids:
            rows = ctx.db.execute(select(table.c.id, kind.title).where(table.c.id.in_(ids)).order_by(table.c.id))
            found += [(kind.icon, str(title), kind.address(row_id)) for row_id, title in rows]
    return found[:NAMED]
