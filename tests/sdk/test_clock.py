"""The clock and the zones."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from boxportal.sdk.clock import date_in, day_span, from_zone, in_zone, iso, parse_instant, shifted, utcnow, zone_named

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
DAR = "Africa/Dar_es_Salaam"


def test_the_clock_is_aware_and_runs() -> None:
    assert utcnow().tzinfo is UTC
    assert utcnow() <= utcnow()


def test_a_shifted_clock_is_shifted_in_every_thread_and_back_afterwards() -> None:
    with shifted(timedelta(days=2)), shifted(timedelta(days=1)), ThreadPoolExecutor(1) as pool:
        assert pool.submit(utcnow).result() - datetime.now(UTC) > timedelta(days=2, hours=23)
    assert abs(utcnow() - datetime.now(UTC)) < timedelta(minutes=1)


def test_instants_are_written_and_read_in_utc() -> None:
    assert iso(in_zone(NOON, BERLIN)) == "2026-11-05T12:00:00Z"
    assert parse_instant(" 2026-11-05T15:00:00+03:00 ") == NOON
    assert parse_instant(iso(NOON.replace(microsecond=5))) == NOON.replace(microsecond=5)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-05", "2026-11-05T12:00:00", "2026-13-01T00:00Z", "9999-12-31T23:00:00-23:00"]
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 several libraries speak here
        parse_instant(text)


def test_a_naive_instant_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="has no zone"):
        iso(naive)
    with pytest.raises(ValueError, match="has no zone"):
        in_zone(naive, BERLIN)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone_named(name)


def test_the_date_is_that_of_the_zone() -> None:
    evening = datetime(2026, 11, 5, 22, tzinfo=UTC)
    assert (date_in(evening, "UTC"), date_in(evening, DAR)) == (date(2026, 11, 5), date(2026, 11, 6))


def test_an_hour_that_happens_twice_means_the_first() -> None:
    wall = NOON.replace(tzinfo=None, month=10, day=25, hour=2, minute=30)
    assert from_zone(wall, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_is_skipped_counts_from_the_jump() -> None:
    wall = NOON.replace(tzinfo=None, month=3, day=29, hour=2, minute=30)
    assert in_zone(from_zone(wall, BERLIN), BERLIN).hour == 3


def test_a_day_has_as_many_hours_as_its_zone_gives_it() -> None:
    begin, end = day_span(date(2026, 10, 25), date(2026, 10, 25), BERLIN)
    assert end - begin == timedelta(hours=25)
    begin, end = day_span(date(2026, 1, 1), date(2026, 1, 31), BERLIN)
    assert end - begin == timedelta(days=31)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_past_the_calendar_are_refused(day: date) -> None:
    with pytest.raises(ValueError, match="no calendar"):
        day_span(day, day, DAR)
