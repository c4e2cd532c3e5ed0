"""Virtual time: a clock is a value, and what it shows is a pure function of a monotonic reading.

The wall clock is read once, when a clock starts; from there on only the monotonic clock counts, so that a wall-clock
jump (NTP, summer time, a suspended laptop) moves nothing. Changing a clock gives another clock.
"""

import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, Literal, TypeAlias, get_args

from mock_server.errors import UsageError
from mock_server.types import SECOND, Instant, JsonObject

Mode: TypeAlias = Literal["real", "frozen"]
InstantKind: TypeAlias = Literal["unix", "unix-float", "date-time", "date-time-rfc-2822"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)

EARLIEST: Final[Instant] = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST: Final[Instant] = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The last instant that RFC 3339 can write, in the year 9999: a clock that gets there stops."""

MAX_RATE = 1e9
"""Thirty years a second: faster is a typing error."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A virtual clock: it showed `at` when the monotonic clock read `since` nanoseconds.

    `real` moves on at `rate` virtual seconds a second, `frozen` stays (and keeps its rate for when it runs again).
    `monotonic_ns` is a reading of `time.monotonic_ns()`, taken now where it is not given. A clock never goes
    backwards but by `moved`: a reading older than `since` shows `at`.
    """

    mode: Mode
    rate: float
    at: Instant
    since: int

    @classmethod
    def start(cls, mode: Mode = "real", rate: float = 1.0, at: Instant | None = None) -> "Clock":
        """A clock that shows `at` now, or what the wall clock shows: the only time that is asked for it.

        Raises `UsageError` for an unknown mode, a rate that is not positive or an instant that cannot be written.
        """
        if mode not in get_args(Mode):
            raise UsageError(f"a clock is real or frozen, not {mode!r}")
        shown = time.time_ns() // 1000 if at is None else _writable(at)
        return cls(mode, _positive(rate), shown, time.monotonic_ns())

    def now(self, monotonic_ns: int | None = None) -> Instant:
        """The instant this clock shows."""
        if self.mode == "frozen":
            return self.at
        elapsed = (time.monotonic_ns() if monotonic_ns is None else monotonic_ns) - self.since
        if elapsed <= 0:
            return self.at
        # Whole numbers where they do: a float holds nanoseconds exactly for 104 days only.
        passed = elapsed // 1000 if self.rate == 1.0 else int(elapsed * self.rate) // 1000
        return min(self.at + passed, LATEST)

    def frozen(self, monotonic_ns: int | None = None) -> "Clock":
        """This clock, stopped at what it shows."""
        return replace(self._rebased(monotonic_ns), mode="frozen")

    def running(self, rate: float | None = None, monotonic_ns: int | None = None) -> "Clock":
        """This clock, going on from what it shows at `rate` (default: the rate it has).

        Raises `UsageError` for a rate that is not positive.
        """
        return replace(self._rebased(monotonic_ns), mode="real", rate=self.rate if rate is None else _positive(rate))

    def advanced(self, by: timedelta, monotonic_ns: int | None = None) -> "Clock":
        """This clock, put forward by `by`, in either mode.

        Raises `UsageError` for a span that is negative or ends after the year 9999.
        """
        if by < timedelta():
            raise UsageError(f"a clock is advanced forwards, not by {by}; move it to an earlier instant instead")
        rebased = self._rebased(monotonic_ns)
        return replace(rebased, at=_writable(rebased.at + by // _MICROSECOND))

    def moved(self, to: Instant, monotonic_ns: int | None = None) -> "Clock":
        """This clock, showing `to` from now on: the one change that may put it back.

        Raises `UsageError` for an instant that cannot be written.
        """
        return replace(self._rebased(monotonic_ns), at=_writable(to))

    def record(self) -> JsonObject:
        """This clock as a JSON object, for the store: processes of one machine that read it show the same."""
        return {"mode": self.mode, "rate": self.rate, "at": self.at, "since": self.since}

    @classmethod
    def from_record(cls, record: JsonObject, monotonic_ns: int | None = None) -> "Clock":
        """The clock that was recorded.

        The monotonic clock starts anew when a machine does: a record from its future goes on from `at`.
        """
        reading = time.monotonic_ns() if monotonic_ns is None else monotonic_ns
        return cls(record["mode"], record["rate"], record["at"], min(record["since"], reading))

    def _rebased(self, monotonic_ns: int | None) -> "Clock":
        reading = time.monotonic_ns() if monotonic_ns is None else monotonic_ns
        # Never earlier than before: an older reading would count the time since it twice.
        return replace(self, at=self.now(reading), since=max(reading, self.since))


def format_instant(at: Instant, kind: InstantKind) -> int | float | str:
    """An instant as JSON has it: Unix seconds, whole or not, or RFC 3339 or RFC 2822 text in UTC.

    Rounded down to what the kind can show: seconds, or milliseconds in RFC 3339 text, which always has three digits
    of them so that texts sort as their instants do.
    """
    if kind == "unix":
        return at // SECOND
    if kind == "unix-float":
        return at / SECOND
    if kind == "date-time":
        # Without a zone to format and cut off, this takes half the time.
        return (_NAIVE_EPOCH + timedelta(0, 0, at)).isoformat("T", "milliseconds") + "Z"
    return format_datetime(_EPOCH + timedelta(0, 0, at))


_UNIX = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]+))?", re.ASCII)
_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:)([0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-][0-9]{2}:[0-9]{2}))"
)


def parse_instant(text: str) -> Instant:
    """The instant of a text in RFC 3339 (`2025-01-31T09:00:00Z`) or Unix seconds (`1738314000`, `1738314000.25`).

    Digits beyond microseconds are dropped. Raises `ValueError`.
    """
    if unix := _UNIX.fullmatch(text):
        sign, seconds, fraction = unix.groups()
        at = int(seconds) * SECOND + _microseconds(fraction)
        at = -at if sign else at
    elif stamp := _RFC_3339.fullmatch(text):
        date, minutes, seconds, fraction, offset = stamp.groups()
        # RFC 3339 §5.6 allows a leap second, which Unix time does not have: it is the second after 59.
        leap = seconds == "60"
        moment = datetime.fromisoformat(f"{date}T{minutes}{'59' if leap else seconds}{offset or '+00:00'}")
        at = (moment - _EPOCH) // _MICROSECOND + _microseconds(fraction) + (SECOND if leap else 0)
    else:
        raise ValueError(f"{text[:80]!r} is neither an RFC 3339 date-time nor a number of Unix seconds")
    if not EARLIEST <= at <= LATEST:
        raise ValueError(f"{text[:80]!r} is outside the years 1 to 9999")
    return at


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _positive(rate: float) -> float:
    if not 0 < rate <= MAX_RATE:
        raise UsageError(f"a clock's rate is a number above 0, at most {MAX_RATE:g}, not {rate!r}")
    return float(rate)


def _writable(at: Instant) -> Instant:
    if not EARLIEST <= at <= LATEST:
        raise UsageError("a clock shows the years 1 to 9999")
    return at


def http_date(at: Instant) -> str:
    """An instant as HTTP has it, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7)."""
    return format_datetime(_EPOCH + at // SECOND * timedelta(seconds=1), usegmt=True)
