"""Deals in a database of their own, and a list of them with every kind of column and filter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Boolean, Date, Engine, ForeignKey, Index, Select, String, delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from boxportal.sdk.database import ExactDecimal, Id, ReadSession, UtcDateTime
from boxportal.sdk.lists import (
    ChoiceFilter,
    Column,
    DateRange,
    Join,
    ListEnv,
    ListSpec,
    ListState,
    NamedFilter,
    NumberRange,
    PersonFilter,
    Sort,
    TextFilter,
    View,
    YesNoFilter,
    all_rows,
    read_state,
)

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


class Tables(DeclarativeBase):
    pass


class Person(Tables):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Deal(Tables):
    __tablename__ = "deal"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    title_key: Mapped[str] = mapped_column(String(100))
    stage: Mapped[int] = mapped_column(Id)
    owner_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    amount: Mapped[int | None] = mapped_column(Id)
    currency: Mapped[str] = mapped_column(String(3))
    chance: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    closes: Mapped[date | None] = mapped_column(Date)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    urgent: Mapped[bool] = mapped_column(Boolean)
    secret: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (
        Index("ix_deal_amount", "amount", "id"),
        Index("ix_deal_closes", "closes", "id"),
        Index("ix_deal_chance", "chance", "id"),
        Index("ix_deal_created", "created", "id"),
        Index("ix_deal_title_key", "title_key", "id"),
        Index("ix_deal_stage", "stage"),
        Index("ix_deal_urgent", "urgent"),
    )


DEALS = ListSpec(
    key="test.deals",
    id=Deal.id,
    columns=(
        Column(
            key="title", label="Title", expr=Deal.title, sort_by=Deal.title_key, index="ix_deal_title_key",
            link="/deals/{id}",
        ),
        Column(
            key="stage", label="Stage", expr=Deal.stage, kind="choice", index="ix_deal_stage", marks={"2": "waiting"}
        ),
        Column(
            key="owner", label="Owner", expr=Deal.owner_id, kind="person", shows=Person.name, link="/people/{value}"
        ),
        Column(
            key="amount", label="Amount", expr=Deal.amount, kind="money", currency=Deal.currency, index="ix_deal_amount"
        ),
        Column(key="chance", label="Chance", expr=Deal.chance, kind="number", index="ix_deal_chance"),
        Column(
            key="closes", label="Closes", expr=Deal.closes, kind="date", index="ix_deal_closes", empty="Open",
            link="/deals/{id}/date",
        ),
        Column(
            key="created", label="Created", expr=Deal.created, kind="datetime", index="ix_deal_created",
            default_shown=False,
        ),
        Column(
            key="urgent", label="Urgent", expr=Deal.urgent, kind="bool", index="ix_deal_urgent", default_shown=False
        ),
    ),
    filters=(
        TextFilter("title", "Title", Deal.title_key),
        ChoiceFilter("stage", "Stage", Deal.stage, choices=((1, "New"), (2, "Quoted"))),
        PersonFilter("owner", "Owner", Deal.owner_id),
        DateRange("closes", "Closes", Deal.closes),
        DateRange("created", "Created", Deal.created, instants=True),
        NumberRange("amount", "Amount", Deal.amount, money=True),
        NumberRange("chance", "Chance", Deal.chance),
        YesNoFilter("urgent", "Urgent", Deal.urgent.is_(True)),
        NamedFilter("state", "State", {"late": ("Late", lambda env: Deal.closes < env.today)}),
    ),
    sorts=(Sort(key="arrival", label="Arrival", expr=Deal.created, index="ix_deal_created"),),
    default_sort="-created",
    joins=(Join(Person, Person.id == Deal.owner_id),),
    views=(View("Mine", "owner=me"),),
)  # fmt: skip
ENV = ListEnv(
    now=NOW, zone="Africa/Dar_es_Salaam", me=1, locale="en", currency="TZS", choices={"owner": ((1, "Omar"),)}
)


@dataclass
class Listed:
    """A database with the test's tables, and how to fill it."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        with Session(self.engine) as session:
            yield ReadSession(session)

    def fill(self, deals: list[dict[str, object]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(Deal))
            connection.execute(delete(Person))
            connection.execute(insert(Person), [{"id": 1, "name": "Omar"}, {"id": 2, "name": "=Cara"}])
            if deals:
                connection.execute(insert(Deal), deals)

    def ids(self, query: str, env: ListEnv = ENV) -> list[int]:
        with self.read() as db:
            return [row.id for row in all_rows(db, visible(), state_of(query, env), env)]


def visible() -> Select[Deal]:
    return select(Deal).where(Deal.secret.is_(False))


def state_of(query: str, env: ListEnv = ENV) -> ListState:
    return read_state(DEALS, query, env)


def deal(number: int, **values: object) -> dict[str, object]:
    title = str(values.get("title", f"Deal {number}"))
    return {
        "id": number, "title": title, "title_key": title.casefold(), "stage": 1, "owner_id": None, "amount": None,
        "currency": "TZS", "chance": None, "closes": None, "created": NOW, "urgent": False, "secret": False,
    } | values  # fmt: skip
