"""Pipelines, their stages, and the totals that are kept per stage."""

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Pipeline(Base):
    """A way of selling: its stages, and which acts of sales its step bar shows, in order (`steps`)."""

    __tablename__ = "crm_pipeline"
    id: Mapped[PrimaryKey]
    title: Mapped[str] = mapped_column(String(100), unique=True)
    position: Mapped[int]
    steps: Mapped[list[str]] = mapped_column(JSON)


class Stage(Base):
    """A place in a pipeline. `kind`: open, won or lost; `milestone` is the act of sales that it stands for, or "".

    `reached` counts the deals that ever came so far or further: kept, for the funnel.
    """

    __tablename__ = "crm_stage"
    __table_args__ = (Index("ix_crm_stage_pipeline_id", "pipeline_id", "position"),)
    id: Mapped[PrimaryKey]
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("crm_pipeline.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    color: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    milestone: Mapped[str] = mapped_column(String(16))
    probability: Mapped[int]
    reached: Mapped[int] = mapped_column(default=0)


class StageTotal(Base):
    """How many deals of a person stand in a stage, and their sum in minor units of a currency: kept, never computed.

    So the head of a column costs the same at any number of deals, whoever looks at it. Deals of nobody have person 0.
    """

    __tablename__ = "crm_stage_total"
    stage_id: Mapped[int] = mapped_column(ForeignKey("crm_stage.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    responsible_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    amount: Mapped[int]
