"""Virtual time: what a clock shows, whatever the wall clock does."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.clock import EARLIEST, LATEST, Clock, format_instant, parse_instant
from mock_server.errors import UsageError
from mock_server.types import SECOND

DAY = 86_400 * SECOND
NANOSECONDS = st.integers(0, 10 * 365 * 86_400 * 10**9)
INSTANTS = st.integers(-(10**15), 10**16)
ANY_INSTANT = st.integers(EARLIEST, LATEST)
RATES = st.one_of(st.just(1.0), st.floats(1e-6, 100))  # ten years of it stay within the years that can be written
SPANS = st.integers(0, 365 * DAY).map(lambda span: timedelta(microseconds=span))
CLOCKS = st.builds(Clock, st.sampled_from(["real", "frozen"]), RATES, INSTANTS, NANOSECONDS)


@given(CLOCKS, NANOSECONDS, NANOSECONDS)
def test_a_clock_never_goes_backwards(clock: Clock, first: int, second: int) -> None:
    first, second = sorted((first, second))
    assert clock.at <= clock.now(first) <= clock.now(second)


@given(RATES, INSTANTS, NANOSECONDS, NANOSECONDS)
def test_a_frozen_clock_stays(rate: float, at: int, since: int, reading: int) -> None:
    assert Clock("frozen", rate, at, since).now(reading) == at


@given(INSTANTS, NANOSECONDS, NANOSECONDS)
def test_a_real_clock_passes_as_time_does(at: int, since: int, elapsed: int) -> None:
    assert Clock("real", 1.0, at, since).now(since + elapsed) == at + elapsed // 1000


@given(INSTANTS, st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_rate_multiplies_what_passes(at: int, rate: int, microseconds: int) -> None:
    assert Clock("real", float(rate), at, 0).now(microseconds * 1000) == at + microseconds * rate


@given(CLOCKS, NANOSECONDS, st.data())
def test_a_change_shows_the_same_instant_as_before_it(clock: Clock, reading: int, data: st.DataObject) -> None:
    changed = data.draw(
        st.sampled_from([
            clock.frozen(reading),
            clock.running(monotonic_ns=reading),
            clock.running(7.0, reading),
            clock.advanced(timedelta(), reading),
        ])
    )  # fmt: skip
    assert changed.now(reading) == clock.now(reading)


@given(CLOCKS, st.lists(st.tuples(NANOSECONDS, st.sampled_from(["frozen", "running", "advanced"]))))
def test_no_change_but_a_move_sets_a_clock_back(clock: Clock, changes: list[tuple[int, str]]) -> None:
    latest = 0
    for reading, change in changes:  # readings may come late, from a request that began before the change
        latest = max(latest, reading)
        shown = clock.now(reading)
        if change == "advanced":
            clock = clock.advanced(timedelta(seconds=1), reading)
        else:
            clock = clock.frozen(reading) if change == "frozen" else clock.running(2.0, reading)
        assert clock.now(reading) >= shown
        assert clock.now(latest) >= shown


@given(CLOCKS, NANOSECONDS, NANOSECONDS)
def test_a_change_that_comes_late_counts_no_time_twice(clock: Clock, late: int, later: int) -> None:
    reading = min(late, clock.since)
    assert clock.running(monotonic_ns=reading) == clock.running(monotonic_ns=clock.since)
    assert clock.frozen(reading).now(later) == clock.at


@given(INSTANTS, st.lists(st.integers(0, DAY), max_size=10))
def test_many_steps_end_where_one_does(at: int, steps: list[int]) -> None:
    clock = Clock("frozen", 1.0, at, 0)
    whole = clock.advanced(timedelta(microseconds=sum(steps)), 0)
    for step in steps:
        clock = clock.advanced(timedelta(microseconds=step), 0)
    assert clock == whole


@given(CLOCKS, SPANS, NANOSECONDS)
def test_an_advance_is_exact_in_either_mode(clock: Clock, by: timedelta, reading: int) -> None:
    assert clock.advanced(by, reading).now(reading) == clock.now(reading) + by // timedelta(microseconds=1)


@given(CLOCKS, ANY_INSTANT, NANOSECONDS)
def test_a_move_may_set_a_clock_back(clock: Clock, to: int, reading: int) -> None:
    moved = clock.moved(to, reading)
    assert moved.now(reading) == to
    assert moved.mode == clock.mode


@given(CLOCKS, NANOSECONDS)
def test_a_frozen_clock_keeps_its_rate_for_when_it_runs_again(clock: Clock, reading: int) -> None:
    assert clock.frozen(reading).running(monotonic_ns=reading).rate == clock.rate


@given(CLOCKS, NANOSECONDS)
def test_a_record_shows_what_its_clock_shows(clock: Clock, later: int) -> None:
    reading = clock.since + later
    assert Clock.from_record(clock.record(), reading).now(reading) == clock.now(reading)


def test_a_record_of_an_earlier_boot_goes_on_from_its_instant() -> None:
    clock = Clock.from_record(Clock("real", 1.0, 5 * SECOND, 10**15).record(), monotonic_ns=10)
    assert clock.now(10) == 5 * SECOND
    assert clock.now(10 + 10**9) == 6 * SECOND


def test_a_jump_of_the_wall_clock_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 10**9)
    clock = Clock.start(rate=60.0)
    shown = clock.now()
    for wall in (0, 10**18, 4 * 10**18):
        monkeypatch.setattr(time, "time_ns", lambda wall=wall: wall)
        monkeypatch.setattr(time, "time", lambda wall=wall: wall / 1e9)
        assert clock.now() == shown
        assert clock.advanced(timedelta()).frozen().running().now() == shown


def test_a_clock_starts_at_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)
    assert Clock.start("frozen").now() == 1_700_000_000_123_456


def test_a_clock_stops_at_the_end_of_what_can_be_written() -> None:
    clock = Clock("real", 1e9, LATEST - 1, 0)
    assert clock.now(10**18) == LATEST
    assert format_instant(LATEST, "date-time") == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("rate", [0, -1.0, float("nan"), float("inf")])
def test_a_rate_is_positive(rate: float) -> None:
    with pytest.raises(UsageError):
        Clock.start(rate=rate)
    with pytest.raises(UsageError):
        Clock.start().running(rate)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError):
        Clock.start("stopped")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        Clock.start().advanced(timedelta(microseconds=-1))
    with pytest.raises(UsageError):
        Clock.start().advanced(timedelta(days=3_000_000))
    with pytest.raises(UsageError):
        Clock.start().moved(LATEST + 1)


@given(ANY_INSTANT)
def test_a_date_time_read_back_is_the_instant_to_the_millisecond(at: int) -> None:
    assert parse_instant(str(format_instant(at, "date-time"))) == at // 1000 * 1000


@given(ANY_INSTANT, ANY_INSTANT)
def test_date_times_sort_as_their_instants(first: int, second: int) -> None:
    first, second = sorted((first, second))
    assert str(format_instant(first, "date-time")) <= str(format_instant(second, "date-time"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("unix", 1_738_314_000),
        ("unix-float", 1_738_314_000.25),
        ("date-time", "2025-01-31T09:00:00.250Z"),
        ("date-time-rfc-2822", "Fri, 31 Jan 2025 09:00:00 +0000"),
    ],
)
def test_an_instant_is_written_as_its_kind_says(kind: str, text: object) -> None:
    assert format_instant(1_738_314_000_250_000, kind) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1738314000", 1_738_314_000 * SECOND),
        ("1738314000.25", 1_738_314_000_250_000),
        ("-1.5", -1_500_000),
        ("0.00000199", 1),
        ("2025-01-31T09:00:00Z", 1_738_314_000 * SECOND),
        ("2025-01-31t10:00:00.25+01:00", 1_738_314_000_250_000),
        ("2025-01-31 09:00:00.123456789z", 1_738_314_000_123_456),
        ("2016-12-31T23:59:60Z", 1_483_228_800 * SECOND),
    ],
)
def test_an_instant_is_read_from_seconds_or_rfc_3339(text: str, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-01-31",
        "2025-01-31T09:00:00",
        "2025-02-30T09:00:00Z",
        "1e3",
        "999999999999",
        "٣",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|outside|day"):
        parse_instant(text)


@given(st.text())
def test_reading_an_instant_raises_nothing_but_value_error(text: str) -> None:
    try:
        parse_instant(text)
    except ValueError:
        pass
