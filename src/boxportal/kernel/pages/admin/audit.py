"""Administration: the audit log."""

from urllib.parse import urlencode

from fastapi.responses import Response
from sqlalchemy import select

from boxportal.kernel.audit.chain import count_unsealed, head_of
from boxportal.kernel.audit.log import AuditFilter, list_lines
from boxportal.kernel.identity.models import Person
from boxportal.kernel.pages.admin.doors import AdminRead, number_or_none
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page

router = Router(prefix="/admin/audit")


@router.get("")
def audit_log(ctx: AdminRead, action: str = "", person: str = "", record: str = "", before: str = "") -> Response:
    wish = AuditFilter(action=action.strip(), person=number_or_none(person), record=record.strip())
    lines, last = list_lines(ctx, wish, before=number_or_none(before))
    query = {"action": action, "person": person, "record": record}
    following = f"/admin/audit?{urlencode(query | {'before': str(last)})}" if last else ""
    head = head_of(ctx.db)
    seals = {"head": head, "waiting": count_unsealed(ctx.db, head)}
    values = {"lines": lines, "following": following, "wish": query, "people": everyone(ctx), **seals}
    return page(ctx, "kernel/admin/audit.html", status=200, words=snapshot_of(ctx).actions, **values)


def everyone(ctx: ReadCtx) -> list[tuple[int, str]]:
    """All who are or were here, to choose from."""
    return list(ctx.db.execute(select(Person.id, Person.name).order_by(Person.name, Person.id)))
