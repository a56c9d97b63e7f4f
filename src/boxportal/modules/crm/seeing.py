"""The records of the CRM that an actor may see, without the trash."""

from functools import lru_cache
from typing import TypeVar

from sqlalchemy import Select, select

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.access import Scope, within
from boxportal.sdk.context import ReadCtx

R = TypeVar("R", Lead, Deal, Contact, ClientCompany)
KEPT = 256


def seen(ctx: ReadCtx, model: type[R]) -> Select[R]:
    """The live records of a kind that the actor may see: for the same reach the very same select, made once."""
    scope = ctx.actor.scope(f"{model.kind}.see")
    return _seen(model, scope, None if scope is Scope.ALL else ctx.actor.id)


@lru_cache(KEPT)
def _seen(model: type[R], scope: Scope, person: int | None) -> Select[R]:
    return select(model).where(within(scope, person, model.responsible_id), model.deleted_at.is_(None))
