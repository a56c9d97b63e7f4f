"""The sample rows that are there: what people hung on them, and how they go or become ordinary rows."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from boxportal.contracts.crm import ACTIVITY, CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm.deals import weight_of
from boxportal.modules.crm.kinds import MODELS
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.pipelines import shift_reached, shift_totals
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.module import Tie
from boxportal.sdk.records import SAMPLE

SOURCE = SAMPLE
IN_ORDER = (DEAL, LEAD, CONTACT, CLIENT_COMPANY)
"""What points at others goes before them."""
POINTERS: tuple[tuple[str, InstrumentedAttribute[int], str, InstrumentedAttribute[int | None]], ...] = (
    (DEAL, Deal.id, LEAD, Deal.lead_id),
    (DEAL, Deal.id, CONTACT, Deal.contact_id),
    (DEAL, Deal.id, CLIENT_COMPANY, Deal.client_company_id),
    (LEAD, Lead.id, CONTACT, Lead.contact_id),
    (LEAD, Lead.id, CLIENT_COMPANY, Lead.client_company_id),
    (CONTACT, Contact.id, CLIENT_COMPANY, Contact.client_company_id),
)


def is_there(ctx: ReadCtx) -> bool:
    """Whether sample rows are there."""
    return any(
        ctx.db.scalar(select(model.id).where(model.source == SOURCE).limit(1)) is not None
        for model in (Lead, Deal, Contact, ClientCompany)
    )


def rows(ctx: ReadCtx) -> Sequence[RecordRef]:
    """Every sample row that is there, also in the trash."""
    return [RecordRef(kind, row_id) for kind in IN_ORDER for row_id in ctx.db.scalars(_ids(kind)).all()]


def ties(ctx: ReadCtx, sample: Collection[RecordRef]) -> Sequence[Tie]:
    """What points at these rows, and the activities on them that are no sample's."""
    ids = {kind: [ref.id for ref in sample if ref.kind == kind] for kind in IN_ORDER}
    found = [
        Tie(RecordRef(what, row_id), RecordRef(on, target))
        for what, identity, on, pointer in POINTERS
        for row_id, target in ctx.db.execute(select(identity, pointer).where(pointer.in_(ids[on])))
        if target is not None
    ]
    on_them = or_(*(and_(Activity.ref_kind == kind, Activity.ref_id.in_(ids[kind])) for kind in IN_ORDER))
    planned = select(Activity.id, Activity.ref_kind, Activity.ref_id).where(on_them, Activity.source != SOURCE)
    return found + [
        Tie(RecordRef(ACTIVITY, row_id), RecordRef(kind, on)) for row_id, kind, on in ctx.db.execute(planned)
    ]


def remove(ctx: Ctx, keep: Collection[RecordRef]) -> int:
    """Take the sample rows out, with the activities on them and their weight in the totals; kept ones become ordinary.

    Returns how many rows went.
    """
    gone = [ref for ref in rows(ctx) if ref not in keep]
    for deal in ctx.db.scalars(select(Deal).where(Deal.source == SOURCE)).all():
        if RecordRef(DEAL, deal.id) not in keep:
            _take_off_totals(ctx, deal)
    for ref in gone:
        ctx.forget(ref)
        ctx.db.change(delete(Activity).where(Activity.ref_kind == ref.kind, Activity.ref_id == ref.id))
    for kind in IN_ORDER:
        model = MODELS[kind]
        ctx.db.change(delete(model).where(model.id.in_([ref.id for ref in gone if ref.kind == kind])))
        ctx.db.change(update(model).where(model.source == SOURCE).values(source="", external_id=None))
    ctx.db.change(update(Activity).where(Activity.source == SOURCE).values(source="", external_id=None))
    return len(gone)


def _take_off_totals(ctx: Ctx, deal: Deal) -> None:
    shift_totals(ctx.db, weight_of(deal), None)
    if deal.deleted_at is None:
        shift_reached(ctx.db, deal, -1)


def _ids(kind: str) -> Select[int]:
    model = MODELS[kind]
    return select(model.id).where(model.source == SOURCE).order_by(model.id)
