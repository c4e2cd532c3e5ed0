"""Stored items as they were last seen: as reads write nothing, each look would make all of an item's moves again."""

from typing import Final

from mock_server.lifecycle.engine import Lifecycle
from mock_server.lifecycle.item import Item, decode
from mock_server.types import Instant

SIZE: Final = 2048
"""How many items are remembered, of some two kilobytes each."""


class Recall:
    """`Lifecycle.at` of stored bytes, remembered by them; the same answer, sooner.

    Bytes that are kept are looked up by a hash that Python computes once, so a settled item costs neither decoding nor
    catching up. What is remembered longest goes first.
    """

    def __init__(self, lifecycle: Lifecycle, size: int = SIZE) -> None:
        self._lifecycle = lifecycle
        self._size = size
        self._items: dict[bytes, Item] = {}

    def at(self, data: bytes, now: Instant) -> Item:
        """The item that was encoded as `data`, brought up to `now`."""
        item = self._items.get(data)
        # A clock that was put back shows what was before the last entry: that is found from the beginning.
        if item is not None and item.entered_at <= now < item.due_at:
            return item
        if item is None or now < item.entered_at:
            item = decode(data)
        item = self._items[data] = self._lifecycle.at(item, now)
        if len(self._items) > self._size:
            del self._items[next(iter(self._items))]
        return item
