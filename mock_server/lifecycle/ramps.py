"""Numbers on their way up: values that depend on the time of looking, between two moves (rulings 1, 4 and 10)."""

from typing import NamedTuple

from mock_server.lifecycle.choices import delay
from mock_server.lifecycle.model import NEVER, Entry, Rise, State
from mock_server.lifecycle.properties import number
from mock_server.types import Instant, JsonObject


class Ramp(NamedTuple):
    """A number that rises from `start` at `start_at` to `to` at `end_at`; `place` is its index in `State.rises`.

    `start < to`, always. Whole numbers count in whole steps.
    """

    place: int
    start: int | float
    to: int | float
    start_at: Instant
    end_at: Instant

    def level(self, now: Instant) -> tuple[int | float, Instant]:
        """The number at `now`, and when it last changed."""
        _, start, to, start_at, end_at = self
        if now >= end_at:
            return to, end_at
        elapsed = now - start_at
        if elapsed <= 0:
            return start, start_at
        span = to - start
        duration = end_at - start_at
        if type(span) is not int:
            return min(to, start + span * (elapsed / duration)), now
        steps = span * elapsed // duration
        # The first instant with this many steps: the division above, turned round and rounded up.
        return start + steps, start_at - (-steps * duration // span)

    def next_step_at(self, now: Instant) -> Instant:
        """When the number changes next, `NEVER` once it is at `to`; of one that is not whole, when it gets there."""
        if now >= self.end_at:
            return NEVER
        span = self.to - self.start
        if type(span) is not int:
            return self.end_at
        steps = int(self.level(now)[0] - self.start) + 1
        return self.start_at - (-steps * (self.end_at - self.start_at) // span)


def begin(state: State, values: JsonObject, entry: Entry) -> tuple[Ramp, ...]:
    """The ramps of a state just entered, over its first `leave` edge's delay; what is no number yet is shown as 0.

    One that would not rise is none: a number never falls by itself.
    """
    end_at = entry.at + delay(state.leave[0], 0, entry)
    ramps = []
    for place, rise in enumerate(state.rises):
        to = _target(rise, values, entry)
        if to is None:
            continue
        start = number(rise.property.get(values))
        if start is None:
            start = 0
            rise.property.put(values, start)
        if start < to:
            ramps.append(Ramp(place, start, to, entry.at, end_at))
    return tuple(ramps)


def resume(ramps: tuple[Ramp, ...], state: State, values: JsonObject, now: Instant) -> tuple[Ramp, ...]:
    """The ramps after `values` were written: one whose property has another number now goes on from there."""
    resumed = []
    for ramp in ramps:
        written = number(state.rises[ramp.place].property.get(values))
        if written == ramp.level(now)[0]:
            resumed.append(ramp)
        elif written is not None and written < ramp.to and now < ramp.end_at:
            resumed.append(Ramp(ramp.place, written, ramp.to, now, ramp.end_at))
    return tuple(resumed)


def finish(ramps: tuple[Ramp, ...], state: State, values: JsonObject) -> None:
    """Put the ramps' ends into the values, of a state that is left as soon as it is entered (ruling 2)."""
    for ramp in ramps:
        state.rises[ramp.place].property.put(values, ramp.to)


def _target(rise: Rise, values: JsonObject, entry: Entry) -> int | float | None:
    """Where the ramp leads to, rounded where `to` or the property is whole; None where that is no number."""
    to = number(rise.to(values, entry.context))
    if to is None:
        return None
    whole = rise.whole or type(to) is int
    if rise.times:
        to *= number(rise.times(entry.stream("times", rise.property.name))) or 0
    return round(to) if whole else to
