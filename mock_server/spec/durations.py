"""Durations as the lifecycle language writes them: `500ms`, `2s`, `1m30s`, `24h`, `7d`, and ranges `4s..8s`."""

import re
from collections.abc import Mapping
from decimal import Decimal

from mock_server.types import SECOND, Microseconds

_UNITS: Mapping[str, Decimal] = {
    unit: Decimal(seconds) * SECOND
    for unit, seconds in (("ms", "0.001"), ("s", "1"), ("m", "60"), ("h", "3600"), ("d", "86400"))
}
_SPAN = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|[smhd]))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[smhd])")
_MOST = 100 * 366 * 86400 * SECOND  # a century: later instants would leave what date-time can write


def parse(text: str) -> tuple[Microseconds, Microseconds]:
    """The least and the most of a duration, or of a range of them, both possible.

    Raises `ValueError` with what is wrong with it.
    """
    low, dots, high = text.partition("..")
    spans = [_span(low), _span(high)] if dots else [_span(low)]
    if spans[0] > spans[-1]:
        raise ValueError(f"{text} is a range whose end comes before its start")
    return spans[0], spans[-1]


def _span(text: str) -> Microseconds:
    if _SPAN.fullmatch(text) is None:
        raise ValueError(f"{text[:40]!r} is no duration; write one such as 500ms, 2s, 1m30s, 24h or 7d")
    total = sum((Decimal(number) * _UNITS[unit] for number, unit in _PART.findall(text)), Decimal(0))
    if total > _MOST:
        raise ValueError(f"{text[:40]} is longer than a century")
    return int(total.to_integral_value())
