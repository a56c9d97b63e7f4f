"""Deals, and the activities on any record of the CRM."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.contracts.crm import DEAL
from boxportal.modules.crm.models.records import RecordColumns, in_trash
from boxportal.sdk.database import Base, PrimaryKey


class Deal(RecordColumns, Base):
    """A sale in the making: `state` is open, won or lost. Amount in minor units of its currency.

    `moved_at` is when it reached its stage, `furthest` the position of the furthest stage that it ever reached;
    `open_activities` and `next_at` (the earliest deadline) are kept from its activities.
    """

    kind = DEAL
    __tablename__ = "crm_deal"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_crm_deal_live", "deleted_at", "id"),
        in_trash("ix_crm_deal_trash"),
        Index("ix_crm_deal_stage", "stage_id", "deleted_at", "moved_at", "id", "responsible_id"),
        Index("ix_crm_deal_pipeline", "pipeline_id", "deleted_at", "id"),
        Index("ix_crm_deal_responsible", "responsible_id", "deleted_at", "id"),
        Index("ix_crm_deal_state", "state", "deleted_at", "id"),
        Index("ix_crm_deal_no_next", "responsible_id", "open_activities", "state", "deleted_at", "id"),
        Index("ix_crm_deal_amount", "deleted_at", "amount", "id"),
        Index("ix_crm_deal_expected_on", "deleted_at", "expected_on", "id"),
    )
    id: Mapped[PrimaryKey]
    title: Mapped[str] = mapped_column(String(200))
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("crm_pipeline.id", ondelete="RESTRICT"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("crm_stage.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("crm_lead.id", ondelete="SET NULL"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("crm_contact.id", ondelete="SET NULL"), index=True)
    client_company_id: Mapped[int | None] = mapped_column(
        ForeignKey("crm_client_company.id", ondelete="SET NULL"), index=True
    )
    expected_on: Mapped[date | None]
    moved_at: Mapped[datetime]
    furthest: Mapped[int]
    open_activities: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")


class Activity(Base):
    """Something to do or done with a client: `kind` is call, meeting, mail or todo; done when `done_at` is set."""

    __tablename__ = "crm_activity"
    __table_args__ = (
        Index("ix_crm_activity_record", "ref_kind", "ref_id", "id"),
        Index("ix_crm_activity_open", "responsible_id", "done_at", "due_at"),
        UniqueConstraint("source", "external_id"),
    )
    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(8))
    ref_kind: Mapped[str] = mapped_column(String(24))
    ref_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(String(1000), default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(String(60), default="")
    external_id: Mapped[str | None] = mapped_column(String(120))
