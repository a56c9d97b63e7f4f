"""Every order of every list is served by its index: no page of a list sorts more rows than it shows."""

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from boxportal.kernel.database.engines import writing
from tests.support.portal import Portal


class Heard:
    """The statements of a page of a list."""

    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    def __call__(self, _connection: Connection, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "AS _sort" in statement:
            self.said.append((statement, values))


def plan_of(portal: Portal, connection: Connection, statement: str, values: object) -> str:
    if portal.backend == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[arg-type]
        return "\n".join(str(row[3]) for row in rows)
    # With few rows it would rather sort: what it can do without sorting is asked.
    for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()  # type: ignore[arg-type]
    return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize("down", ["", "-"])
def test_no_order_of_a_list_sorts_all_its_rows(portal: Portal, down: str) -> None:
    owner, engine = portal.browser("head"), portal.company.engines.reader
    kinds = portal.company.snapshot.lists.values()
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        lists = [(kind.url, tuple(kind.listing(ctx, "").spec.all_sorts)) for kind in kinds]
    heard, seen = Heard(), 0
    event.listen(engine, "before_cursor_execute", heard)
    try:
        for url, sorts in lists:
            for sort in sorts:
                heard.said.clear()
                assert owner.get(f"{url}?_view=0&sort={down}{sort}").status_code == 200
                for statement, values in tuple(heard.said):
                    with engine.connect() as connection:
                        plan = plan_of(portal, connection, statement, values)
                    assert "TEMP B-TREE FOR ORDER BY" not in plan, (url, sort, plan)
                    assert "Sort" not in plan, (url, sort, plan)
                    seen += 1
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    assert seen > 10
