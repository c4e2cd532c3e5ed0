"""The store in memory: dictionaries for the look-ups, sorted lists for the order. For one thread."""

# ruff: noqa: D102  (the protocol says what the methods do)

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeAlias

import orjson
from sortedcontainers import SortedList

from mock_server.store import NO_KEYS, Record, Snapshot
from mock_server.types import JsonObject

Keys: TypeAlias = tuple[tuple[str, str], ...]
"""The index names and values of one item."""

_NO_SERIAL = 1 << 63
"""Above every serial."""


class _Collection:
    """One collection; `indexes` holds (value, serial) by index name, so that equal values stand in serial order."""

    __slots__ = ("indexes", "keys", "last_serial", "order", "records", "serials", "writes")

    def __init__(self) -> None:
        self.serials: dict[str, int] = {}
        self.records: dict[int, Record] = {}
        self.keys: dict[int, Keys] = {}
        self.order = SortedList()
        self.indexes: dict[str, SortedList] = {}
        self.last_serial = 0
        self.writes = 0

    def copy(self) -> "_Collection":
        twin = _Collection()
        twin.serials = self.serials.copy()
        twin.records = self.records.copy()
        twin.keys = self.keys.copy()
        twin.order = self.order.copy()
        twin.indexes = {name: index.copy() for name, index in self.indexes.items()}
        twin.last_serial = self.last_serial
        twin.writes = self.writes
        return twin

    def put(self, item_id: str, data: bytes, keys: Mapping[str, str], if_version: int | None) -> Record | None:
        serial = self.serials.get(item_id)
        if if_version is not None and if_version != (0 if serial is None else self.records[serial].version):
            return None
        if serial is None:
            serial = self.last_serial = self.last_serial + 1
            self.serials[item_id] = serial
            self.order.add(serial)
        else:
            item_id = self.records[serial].id
        self.writes += 1
        record = self.records[serial] = Record(serial, item_id, data, self.writes)
        if keys or serial in self.keys:
            self._index(serial, tuple(keys.items()))
        return record

    def delete(self, item_id: str, if_version: int | None) -> bool:
        serial = self.serials.get(item_id)
        if serial is None or (if_version is not None and if_version != self.records[serial].version):
            return False
        self.writes += 1
        self._index(serial, ())
        self.order.remove(serial)
        del self.records[serial]
        del self.serials[item_id]
        return True

    def _index(self, serial: int, keys: Keys) -> None:
        held = self.keys.get(serial, ())
        if keys == held:
            return
        for name, value in held:
            self.indexes[name].remove((value, serial))
        for name, value in keys:
            index = self.indexes.get(name)
            if index is None:
                index = self.indexes[name] = SortedList()
            index.add((value, serial))
        if keys:
            self.keys[serial] = keys
        else:
            del self.keys[serial]

    def descending(self, key: tuple[str, str] | None, low: int, high: int) -> Iterator[int]:
        """The serials above `low` and below `high`, newest first."""
        if key is None:
            return iter(self.order.irange(low, high, (False, False), reverse=True))
        index = self.indexes.get(key[0])
        if index is None:
            return iter(())
        found = index.irange((key[1], low), (key[1], high), (False, False), reverse=True)
        return (serial for _, serial in found)

    def ascending(self, key: tuple[str, str] | None, low: int) -> Iterator[int]:
        """The serials above `low`, oldest first."""
        if key is None:
            return iter(self.order.irange(low, None, (False, False)))
        index = self.indexes.get(key[0])
        if index is None:
            return iter(())
        return (serial for _, serial in index.irange((key[1], low), (key[1], _NO_SERIAL), (False, False)))


class _World(NamedTuple):
    """A snapshot."""

    collections: dict[str, _Collection]
    meta: dict[str, bytes]


class MemoryStore:
    """A `Store` that lasts as long as its process."""

    __slots__ = ("_collections", "_meta")

    def __init__(self) -> None:
        self._collections: dict[str, _Collection] = {}
        self._meta: dict[str, bytes] = {}

    def get(self, collection: str, item_id: str) -> Record | None:
        held = self._collections.get(collection)
        serial = None if held is None else held.serials.get(item_id)
        return None if held is None or serial is None else held.records[serial]

    def put(
        self,
        collection: str,
        item_id: str,
        data: bytes,
        keys: Mapping[str, str] = NO_KEYS,
        if_version: int | None = None,
    ) -> Record | None:
        held = self._collections.get(collection)
        if held is None:
            held = self._collections[collection] = _Collection()
        return held.put(item_id, data, keys, if_version)

    def delete(self, collection: str, item_id: str, if_version: int | None = None) -> bool:
        held = self._collections.get(collection)
        return held is not None and held.delete(item_id, if_version)

    def scan(
        self,
        collection: str,
        *,
        key: tuple[str, str] | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[Record]:
        held = self._collections.get(collection)
        if held is None:
            return []
        records = held.records
        if after is not None and before is None:
            nearest = [records[serial] for serial in islice(held.ascending(key, after), limit)]
            nearest.reverse()
            return nearest
        low, high = after or 0, _NO_SERIAL if before is None else before
        return [records[serial] for serial in islice(held.descending(key, low, high), limit)]

    def count(self, collection: str, *, key: tuple[str, str] | None = None) -> int:
        held = self._collections.get(collection)
        if held is None:
            return 0
        if key is None:
            return len(held.records)
        index = held.indexes.get(key[0])
        if index is None:
            return 0
        first, end = index.bisect((key[1], 0)), index.bisect((key[1], _NO_SERIAL))
        return int(end - first)

    def collections(self) -> list[str]:
        return sorted(name for name, held in self._collections.items() if held.records)

    def next_serial(self, collection: str) -> int:
        held = self._collections.get(collection)
        return 1 if held is None else held.last_serial + 1

    def meta(self, name: str) -> JsonObject | None:
        text = self._meta.get(name)
        return None if text is None else orjson.loads(text)

    def set_meta(self, name: str, value: JsonObject) -> None:
        self._meta[name] = orjson.dumps(value)

    def snapshot(self) -> Snapshot:
        return _World({name: held.copy() for name, held in self._collections.items()}, self._meta.copy())

    def rollback(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, _World):
            raise TypeError("a snapshot is rolled back by the kind of store that took it")
        self._collections = {name: held.copy() for name, held in snapshot.collections.items()}
        self._meta = snapshot.meta.copy()

    def reset(self) -> None:
        self._collections = {}
        self._meta = {}
