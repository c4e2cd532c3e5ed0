"""One stored thing, as the lifecycle keeps it: all that an evaluation needs but the lifecycle and the time."""

from typing import NamedTuple

import orjson

from mock_server.lifecycle.ramps import Ramp
from mock_server.types import Instant, JsonObject


class Item(NamedTuple):
    """One item, as of its last entry or write; `Lifecycle.at` and `Lifecycle.values` tell what it is now.

    Immutable, its `values` too: every change makes a new one.
    """

    id: str
    seed: int
    """Its own chance, drawn at creation: what keys every later choice (ruling 3)."""
    values: JsonObject
    """Every member, hidden ones too, as last written; ramps overlay theirs."""
    state: str
    """The state's name, '' for a resource without lifecycle."""
    visit: int
    """How many states it has entered: what makes a second visit's choices differ from the first's."""
    writes: int
    """How many requests have changed it, so that an action that draws, draws anew each time."""
    entered_at: Instant
    changed_at: Instant
    """When it was last entered or written."""
    way: int
    """The `leave` edge that time will take, by index; -1: it waits."""
    due_at: Instant
    """When time takes it, `NEVER` if it waits."""
    steer: tuple[int, ...]
    """The edges still ahead that `Prefer: lifecycle=` asked for (ruling 17); `way` is the first of them."""
    ramps: tuple[Ramp, ...]
    server: str
    """The origin that the creating request used, for `$server` in later states."""


_STEER, _RAMPS = Item._fields.index("steer"), Item._fields.index("ramps")


def encode(item: Item) -> bytes:
    """The item as bytes, for a store."""
    # A copy: what orjson gives takes whole pages of memory, however short it is.
    return bytes(memoryview(orjson.dumps(tuple(item), default=tuple)))


def decode(data: bytes) -> Item:
    """The item that `encode` wrote."""
    fields = orjson.loads(data)
    fields[_STEER] = tuple(fields[_STEER])
    fields[_RAMPS] = tuple([Ramp(*ramp) for ramp in fields[_RAMPS]])
    return Item(*fields)
