"""CSV: typed, quoted, and never a formula."""

from datetime import date
from decimal import Decimal

import pytest
from tests.support.list_deals import DEALS, ENV, Listed, deal, state_of, visible

from boxportal.sdk.csv_export import BYTE_ORDER_MARK, csv_lines, guard
from boxportal.sdk.lists import all_rows

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n1", "  =1", "\xa0=1", "\x00=1", "\x1f=1", "\u200b=1", "\ufeff=1",
    "＝1", "＋1", "－1", "＠x", " ＝1", "'=1", '"=1', "\u202e=1", "﹢1", "﹣1", "﹦1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Acme", "a=b", "1+1", "(+1)", "№ -1", "é@x"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == text


def test_an_export_is_typed_quoted_and_guarded(base: Listed) -> None:
    base.fill(
        [
            deal(
                1,
                title='=cmd|"/c calc"!A1',
                owner_id=2,
                amount=-1240050,
                chance=Decimal("-0.5"),
                closes=date(2026, 11, 5),
            ),
            deal(2, title="a,b\r\nc", currency="JPY", amount=5),
        ]
    )
    state = state_of("sort=id&columns=title,stage,owner,amount,chance,closes,created,urgent")
    columns = [DEALS.by_key[key] for key in state.columns]
    with base.read() as db:
        lines = list(csv_lines(columns, all_rows(db, visible(), state, ENV), ENV.zone))
        bare = list(csv_lines(columns[:1], [], ENV.zone, mark=False, separator=";"))
    assert lines == [
        f'{BYTE_ORDER_MARK}Title,Stage,Owner,Amount,"Amount, currency",Chance,Closes,Created,Urgent\r\n',
        '"\'=cmd|""/c calc""!A1",1,\'=Cara,-12400.50,TZS,-0.5,2026-11-05,2026-11-05T15:00:00+03:00,No\r\n',
        '"a,b\r\nc",1,,5,JPY,,,2026-11-05T15:00:00+03:00,No\r\n',
    ]
    assert bare == ["Title\r\n"]


def test_an_export_has_a_greatest_length(base: Listed) -> None:
    base.fill([deal(n) for n in range(1, 21)])
    with base.read() as db:
        assert len(list(all_rows(db, visible(), state_of(""), ENV, most=7))) == 7
