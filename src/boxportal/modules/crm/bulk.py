"""What can be done to many records of the CRM at once: each as its own page does it."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm import clients, deals, leads
from boxportal.modules.crm.choosing import STAGES, people, stages
from boxportal.modules.crm.kinds import Row, title_of
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage
from boxportal.modules.crm.pipelines import shift_totals
from boxportal.modules.crm.saving import Saved, note_change, require_version
from boxportal.modules.crm.trash import restore_record, trash_record
from boxportal.sdk.bulk import BulkAct
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.people import person


def acts_on(kind: str) -> tuple[BulkAct, ...]:
    """Assign, move where the kind has stages, to the trash and back."""

    def trash(ctx: Ctx, record_id: int, version: int | None, _value: str) -> None:
        trash_record(ctx, RecordRef(kind, record_id), version=version)

    def restore(ctx: Ctx, record_id: int, _version: int | None, _value: str) -> None:
        restore_record(ctx, RecordRef(kind, record_id))

    return (
        BulkAct(
            id="assign", title=_l("Make somebody responsible"), permission=f"{kind}.edit", run=assigning(kind),
            icon="user", label=_l("Responsible"), choices=people,
        ),
        *((MOVE,) if kind == DEAL else ()),
        BulkAct(
            id="trash", title=_l("Move to the trash"), permission=f"{kind}.delete", run=trash, icon="trash",
            undo="restore",
        ),
        BulkAct(
            id="restore", title=_l("Bring back from the trash"), permission=f"{kind}.delete", run=restore,
            icon="arrow-back-up", undo="trash", offered=False,
        ),
    )  # fmt: skip


def assigning(kind: str) -> Callable[[Ctx, int, int | None, str], None]:
    """The act that makes somebody responsible for a record of this kind."""

    def assign(ctx: Ctx, record_id: int, version: int | None, value: str) -> None:
        row = EDITABLE[kind](ctx, record_id)
        before = facts_of(row)
        require_version(row, version, before)
        weight = deals.weight_of(row) if isinstance(row, Deal) else None
        row.responsible_id = working(ctx, value)
        if isinstance(row, Deal):
            shift_totals(ctx.db, weight, deals.weight_of(row))
        changed = note_change(ctx, row, Saved("edit", title_of(row), before, facts_of(row)))
        if changed and isinstance(row, Lead) and row.responsible_id != ctx.actor.id:
            leads.tell_responsible(ctx, row)

    return assign


def working(ctx: ReadCtx, value: str) -> int:
    """The id of somebody who works here. Raises: Invalid."""
    wanted = int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0  # noqa: PLR2004 digits of a 64-bit number
    found: int | None = ctx.db.scalar(select(person.c.id).where(person.c.id == wanted, person.c.state == "active"))
    if found is None:
        raise Invalid({"value": _("Choose somebody who works here.")})
    return found


def facts_of(row: Row) -> dict[str, object]:
    return {"responsible_id": row.responsible_id}


def goals(ctx: ReadCtx) -> Sequence[Choice]:
    """The stages that many deals can be moved to: all but the lost one, for each loss has its own reason."""
    return stages(ctx, STAGES.where(Stage.kind != "lost"))


def move(ctx: Ctx, record_id: int, version: int | None, value: str) -> None:
    """Raises: NotFound, Stale, RuleBroken when the stage is another pipeline's, or the deal may not be won yet."""
    deal = deals.editable_deal(ctx, record_id)
    stage = one(ctx.db, select(Stage).where(Stage.id == int(value), Stage.kind != "lost"))
    if stage.pipeline_id != deal.pipeline_id:
        raise RuleBroken(_("This deal is in another pipeline."))
    deals.move_deal(ctx, record_id, stage.id, version=version)


MOVE = BulkAct(
    id="move", title=_l("Move to a stage"), permission="crm.deal.edit", run=move, icon="arrow-right",
    label=_l("Stage"), choices=goals,
)  # fmt: skip
EDITABLE: dict[str, Callable[[ReadCtx, int], Lead | Deal | Contact | ClientCompany]] = {
    LEAD: leads.editable_lead,
    DEAL: deals.editable_deal,
    CONTACT: clients.editable_contact,
    CLIENT_COMPANY: clients.editable_client_company,
}
