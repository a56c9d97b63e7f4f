"""Writes that wait together share a commit; what fails is undone alone, and no answer comes before the commit."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from boxportal.kernel.database.engines import Engines, open_engines, reading
from boxportal.kernel.database.gate import Gate
from boxportal.kernel.database.writers import MOST, Writers
from boxportal.kernel.tables import Setting
from boxportal.sdk.database import Base, plain_table
from boxportal.sdk.errors import Busy, RuleBroken

ADD = insert(plain_table(Setting))
Act = Callable[[Session], str]


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    opened = open_engines(f"sqlite:///{tmp_path / 'some.db'}")
    Base.metadata.create_all(opened.writer, tables=[plain_table(Setting)])
    yield opened
    opened.dispose()


def adding(key: str, *, then: Callable[[Session], None] = lambda _session: None) -> Act:
    """A write as a request does it: begun, done and committed, or undone by its own mistake."""

    def act(session: Session) -> str:
        with session:
            session.begin()
            session.execute(ADD, {"key": key, "value": {}})
            then(session)
            session.commit()
        return key

    return act


def fail(_session: Session) -> None:
    raise RuleBroken


def give_up_all(session: Session) -> None:
    """What SQLite does by itself on some errors."""
    session.connection().exec_driver_sql("ROLLBACK")


def together(engines: Engines, *acts: Act) -> list[str | BaseException]:
    """Let writes wait for each other: the first one finds the gate taken, and whoever comes then waits behind it."""

    async def go() -> list[str | BaseException]:
        gate = Gate(1)
        writers = Writers(engines, gate)
        async with gate.passing():
            waiting = [asyncio.create_task(writers.do(act)) for act in acts]
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(go())


def kept(engines: Engines) -> set[str]:
    with reading(engines) as session:
        return set(session.scalars(text("SELECT key FROM core_setting")))


def commits_of(engines: Engines, act: Callable[[], object]) -> int:
    seen: list[object] = []
    event.listen(engines.writer, "commit", seen.append)
    act()
    return len(seen)


def test_writes_that_wait_together_share_one_commit(engines: Engines) -> None:
    keys = [f"k{n}" for n in range(MOST)]
    assert commits_of(engines, lambda: together(engines, *map(adding, keys))) == 1
    assert kept(engines) == set(keys)


def test_no_more_share_a_commit_than_the_first_can_wait_for(engines: Engines) -> None:
    assert commits_of(engines, lambda: together(engines, *(adding(f"k{n}") for n in range(MOST + 1)))) == 2


def test_a_write_that_fails_is_undone_alone(engines: Engines) -> None:
    said = together(engines, adding("a"), adding("b", then=fail), adding("c"))
    assert (said[0], type(said[1]), said[2]) == ("a", RuleBroken, "c")
    assert kept(engines) == {"a", "c"}


def test_a_commit_that_fails_failed_for_all(engines: Engines) -> None:
    def refuse(_connection: object) -> None:
        raise OSError

    event.listen(engines.writer, "commit", refuse)
    said = together(engines, adding("a"), adding("b"))
    event.remove(engines.writer, "commit", refuse)
    assert [type(one) for one in said] == [OSError, OSError]
    assert kept(engines) == set()
    assert together(engines, adding("c"), adding("d")) == ["c", "d"]


def test_a_transaction_that_sqlite_gave_up_is_lost_for_all_and_goes_on_for_nobody(engines: Engines) -> None:
    said = together(engines, adding("a"), adding("b", then=give_up_all), adding("c"))
    assert [type(one) for one in said] == [Busy, Busy, Busy]
    assert kept(engines) == set()
    assert together(engines, adding("d"), adding("e")) == ["d", "e"]


def test_nothing_is_answered_before_the_commit(engines: Engines) -> None:
    answered: list[str] = []
    at_commit: list[list[str]] = []
    event.listen(engines.writer, "commit", lambda _connection: at_commit.append(list(answered)))

    async def one(writers: Writers, key: str) -> None:
        answered.append(await writers.do(adding(key)))

    async def go() -> None:
        gate = Gate(1)
        writers = Writers(engines, gate)
        async with gate.passing():
            waiting = [asyncio.create_task(one(writers, key)) for key in "abc"]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    asyncio.run(go())
    assert at_commit == [[]]
    assert answered == ["a", "b", "c"]


def test_who_leaves_while_waiting_is_not_done(engines: Engines) -> None:
    async def go() -> None:
        gate = Gate(1)
        writers = Writers(engines, gate)
        async with gate.passing():
            waiting = [asyncio.create_task(writers.do(adding(key))) for key in "ab"]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        assert await waiting[1] == "b"

    asyncio.run(go())
    assert kept(engines) == {"b"}


def test_who_waits_too_long_is_told_so_and_not_done(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxportal.kernel.database.gate.WAIT_SECONDS", 0)

    async def go() -> None:
        gate = Gate(1)
        writers = Writers(engines, gate)
        async with gate.passing():
            with pytest.raises(Busy):
                await writers.do(adding("a"))

    asyncio.run(go())
    assert kept(engines) == set()
