"""Fills the CRM's tables in bulk: rows are made by the database itself, the same ones each time.

Numbers are spread by fixed multipliers, so that people, stages and dates are mixed as in a company that grew.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    Table,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
    type_coerce,
    update,
)
from sqlalchemy.sql import ColumnElement

from boxportal.kernel.database.engines import Engines
from boxportal.kernel.search.index import FILLING, make_tables, table_of
from boxportal.kernel.tables import Setting
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage, StageTotal
from boxportal.sdk.database import UtcDateTime

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
CLIENTS_EACH = 5
GOODS = ("water pumps", "filters", "spare parts", "solar panels", "pipes", "service contract", "generators", "tanks")
ADJECTIVES = ("new", "small", "large", "urgent", "yearly", "second", "repaired", "imported", "used", "cheap", "deep")
NAMES = ("Asha", "Juma", "Greta", "Юлия", "Neema", "Luc", "Amina", "Peter", "Fatma", "Иван", "Rehema", "John", "Zawadi")
SURNAMES = ("Mwangi", "Odhiambo", "Lind", "Орлова", "Said", "Moreau", "Kimaro", "Smith", "Петров", "Ndulu", "Mushi")
STATES = ("new", "working", "converted", "dropped")
Expression = ColumnElement[object]


def fill_crm(engines: Engines, rows: int, people: list[int]) -> None:
    """Add `rows` leads and deals, a fifth as many contacts and companies, totals and the search's words."""
    with engines.writer.begin() as connection:
        if not engines.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # what guards requests would stop this
        number = numbers(connection, rows)
        add_clients(connection, number, rows, people)
        add_leads(connection, number, rows, people)
        add_deals(connection, number, rows, people)
        add_totals(connection)
        add_words(connection)
        connection.execute(text("DROP TABLE bench_number"))
    if not engines.is_sqlite:
        with engines.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def numbers(connection: Connection, rows: int) -> ColumnElement[int]:
    """A table of the numbers from 1 on, to select from."""
    connection.execute(text("CREATE TABLE bench_number (n BIGINT PRIMARY KEY)"))
    connection.execute(
        text(
            "INSERT INTO bench_number WITH RECURSIVE counting(n) AS "
            "(SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < :rows) SELECT n FROM counting"
        ),
        {"rows": rows},
    )
    return table("bench_number", column("n", BigInteger)).c.n


def chosen(number: ColumnElement[int], options: tuple[object, ...] | list[int], step: int) -> Expression:
    """One of the options, spread by a step."""
    return case(dict(enumerate(options)), value=(number * step) % len(options))  # type: ignore[return-value]


def moment(connection: Connection, number: ColumnElement[int], rows: int) -> Expression:
    """An instant that grows with the number, over two years."""
    step = timedelta(days=730) / max(rows, 1)
    seconds = number * max(int(step.total_seconds()), 1)
    if connection.dialect.name == "sqlite":
        made = func.strftime("%Y-%m-%d %H:%M:%S.000000", func.unixepoch(BEGIN.isoformat()) + seconds, "unixepoch")
        return type_coerce(made, UtcDateTime)  # type: ignore[return-value]
    return literal(BEGIN, UtcDateTime) + seconds * text("interval '1 second'")  # type: ignore[operator,return-value]


def day(connection: Connection, number: ColumnElement[int], rows: int) -> Expression:
    made = moment(connection, number, rows)
    return func.date(made)  # type: ignore[return-value]


def joined(*parts: object) -> Expression:
    whole: Expression = cast(literal(""), String)  # type: ignore[assignment]
    for part in parts:
        whole = whole.op("||")(part if isinstance(part, ColumnElement) else literal(part))
    return whole


def as_text(number: ColumnElement[int]) -> Expression:
    return cast(number, String)  # type: ignore[return-value]


def put(connection: Connection, into: Table, values: dict[str, object], number: ColumnElement[int], most: int) -> None:
    """INSERT … SELECT one row a number; columns that are not named get the model's defaults."""
    made: Select[*tuple[object, ...]] = select(
        *(v if isinstance(v, ColumnElement) else literal(v, into.c[k].type) for k, v in values.items())
    )
    connection.execute(insert(into).from_select(list(values), made.where(number <= most).order_by(number)))
    if connection.dialect.name != "sqlite" and "id" in values:  # rows that are made later go on from here
        following = func.setval(func.pg_get_serial_sequence(into.name, "id"), func.max(into.c.id))
        connection.execute(select(following).where(into.c.id.is_not(None)))


def record(connection: Connection, number: ColumnElement[int], rows: int, people: list[int]) -> dict[str, object]:
    at = moment(connection, number, rows)
    return {
        "id": number, "responsible_id": chosen(number, people, 7), "created_by": people[0], "created_at": at,
        "updated_at": at,
    }  # fmt: skip


def add_clients(connection: Connection, number: ColumnElement[int], rows: int, people: list[int]) -> None:
    most = max(rows // CLIENTS_EACH, 1)
    name = joined(chosen(number, NAMES, 3), " ", chosen(number, SURNAMES, 5))
    firm = joined(chosen(number, SURNAMES, 3), " Traders ", as_text(number))
    common = record(connection, number, most, people)
    digits = as_text(number + 712_000_000)
    put(
        connection, ClientCompany.__table__,  # type: ignore[arg-type]
        common | {"name": firm, "name_key": func.lower(firm), "phone_key": joined("+255", digits)},
        number, most,
    )  # fmt: skip
    put(
        connection, Contact.__table__,  # type: ignore[arg-type]
        common | {"name": name, "name_key": func.lower(name), "client_company_id": number,
                  "phone_key": joined("+255", digits),
                  "email_key": joined("person", as_text(number), "@client.example")},
        number, most,
    )  # fmt: skip


def add_leads(connection: Connection, number: ColumnElement[int], rows: int, people: list[int]) -> None:
    name = joined(chosen(number, NAMES, 3), " ", chosen(number, SURNAMES, 5))
    title = joined(chosen(number, ADJECTIVES, 3), " ", chosen(number, GOODS, 5), " ", as_text(number))
    digits = as_text(number + 700_000_000)
    email = joined("lead", as_text(number), "@client.example")
    put(
        connection, Lead.__table__,  # type: ignore[arg-type]
        record(connection, number, rows, people) | {
            "title": title, "request": joined("Please send an offer for ", title), "name": name,
            "name_key": func.lower(name), "phone": joined("+255 ", digits), "phone_key": joined("+255", digits),
            "email": email, "email_key": email, "status": chosen(number, STATES, 3), "language": "",
        },
        number, rows,
    )  # fmt: skip


def add_deals(connection: Connection, number: ColumnElement[int], rows: int, people: list[int]) -> None:
    stages = connection.execute(
        select(Stage.id, Stage.pipeline_id, Stage.kind, Stage.position).order_by(Stage.position)
    ).all()
    which = (number * 11) % len(stages)
    most = max(rows // CLIENTS_EACH, 1)
    put(
        connection, Deal.__table__,  # type: ignore[arg-type]
        record(connection, number, rows, people) | {
            "title": joined(chosen(number, GOODS, 3), " for ", chosen(number, SURNAMES, 5), " ", as_text(number)),
            "pipeline_id": stages[0].pipeline_id,
            "stage_id": case({n: stage.id for n, stage in enumerate(stages)}, value=which),
            "state": case({n: stage.kind for n, stage in enumerate(stages)}, value=which),
            "furthest": case({n: stage.position for n, stage in enumerate(stages)}, value=which),
            "amount": (number * 7919) % 9_000_000 + 10_000, "currency": "TZS", "lead_id": number,
            "contact_id": number % most + 1, "client_company_id": number % most + 1,
            "expected_on": day(connection, number, rows), "moved_at": moment(connection, number, rows),
        },
        number, rows,
    )  # fmt: skip


def add_totals(connection: Connection) -> None:
    """What the services would have kept."""
    key = (Deal.stage_id, Deal.currency, func.coalesce(Deal.responsible_id, 0))
    sums = select(*key, func.count(), func.sum(Deal.amount)).group_by(*key)
    names = ["stage_id", "currency", "responsible_id", "count", "amount"]
    connection.execute(insert(StageTotal).from_select(names, sums, include_defaults=False))
    later = select(func.count()).where(Deal.furthest >= Stage.position, Deal.state != "lost").scalar_subquery()
    connection.execute(update(Stage).where(Stage.kind != "lost").values(reached=later))


def add_words(connection: Connection) -> None:
    """The search's tables, as the kernel makes them, with the words of the titles."""
    make_tables(connection, ["crm.deal", "crm.lead", "crm.contact", "crm.client_company"])
    for kind, source, words in (
        ("crm.deal", "crm_deal", "title"),
        ("crm.lead", "crm_lead", "title || ' ' || name || ' ' || phone_key"),
        ("crm.contact", "crm_contact", "name"),
        ("crm.client_company", "crm_client_company", "name"),
    ):
        made = literal_column(f"lower({words})")
        key = "rowid" if connection.dialect.name == "sqlite" else "id"
        if connection.dialect.name != "sqlite":
            made = func.to_tsvector("simple", made)  # type: ignore[assignment]
        rows = select(literal_column("id"), made).select_from(text(source))
        into = table(table_of(kind), column(key), column("words"))
        connection.execute(text(f"DELETE FROM {table_of(kind)}"))  # noqa: S608 our own name
        connection.execute(insert(into).from_select([key, "words"], rows))
    connection.execute(delete(Setting).where(Setting.key.endswith(FILLING)))  # filled: the server has nothing to do
