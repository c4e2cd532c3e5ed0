"""The store in memory: dictionaries for the look-ups, sorted lists for the order. For one thread."""

# ruff: noqa: D102  (the protocol says what the methods do)

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import orjson
from sortedcontainers import SortedList

from mock_server.store import NO_KEYS, Keys, Record, Snapshot
from mock_server.types import JsonObject

_NO_SERIAL = 1 << 63
"""Above every serial."""


class _Collection:
    """One collection: its records by id, and their ids in serial order.

    `order` holds (serial, id), `indexes` (value, serial, id) by index name, so that equal values stand in serial order.
    """

    __slots__ = ("indexes", "last_serial", "order", "records", "writes")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.order = SortedList()
        self.indexes: dict[str, SortedList] = {}
        self.last_serial = 0
        self.writes = 0

    def copy(self) -> "_Collection":
        twin = _Collection()
        twin.records = self.records.copy()
        twin.order = self.order.copy()
        twin.indexes = {name: index.copy() for name, index in self.indexes.items()}
        twin.last_serial = self.last_serial
        twin.writes = self.writes
        return twin

    def put(self, item_id: str, data: bytes, keys: Mapping[str, str], if_version: int | None) -> Record | None:
        held = self.records.get(item_id)
        if if_version is not None and if_version != (0 if held is None else held.version):
            return None
        self.writes += 1
        given = tuple(keys.items()) if keys else ()
        if held is None:
            serial = self.last_serial = self.last_serial + 1
            self.order.add((serial, item_id))
            self._enter(serial, item_id, given)
        else:
            serial, item_id = held.serial, held.id
            if given != held.keys:
                self._leave(held)
                self._enter(serial, item_id, given)
        record = self.records[item_id] = Record(serial, item_id, data, self.writes, given)
        return record

    def delete(self, item_id: str, if_version: int | None) -> bool:
        held = self.records.get(item_id)
        if held is None or (if_version is not None and if_version != held.version):
            return False
        self.writes += 1
        self._leave(held)
        self.order.remove((held.serial, item_id))
        del self.records[item_id]
        return True

    def _enter(self, serial: int, item_id: str, keys: Keys) -> None:
        for name, value in keys:
            index = self.indexes.get(name)
            if index is None:
                index = self.indexes[name] = SortedList()
            index.add((value, serial, item_id))

    def _leave(self, held: Record) -> None:
        for name, value in held.keys:
            self.indexes[name].remove((value, held.serial, held.id))

    def between(self, key: tuple[str, str] | None, low: int, high: int, *, newest_first: bool) -> Iterator[Record]:
        """The records with serials above `low` and below `high`."""
        records = self.records
        if key is None:
            found = self.order.irange((low + 1,), (high,), reverse=newest_first)
        else:
            index = self.indexes.get(key[0])
            value = key[1]
            found = iter(()) if index is None else index.irange((value, low + 1), (value, high), reverse=newest_first)
        return (records[entry[-1]] for entry in found)


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
        return None if held is None else held.records.get(item_id)

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
        low, high = after or 0, _NO_SERIAL if before is None else before
        if after is not None and before is None:
            nearest = list(islice(held.between(key, low, high, newest_first=False), limit))
            nearest.reverse()
            return nearest
        return list(islice(held.between(key, low, high, newest_first=True), limit))

    def count(self, collection: str, *, key: tuple[str, str] | None = None) -> int:
        held = self._collections.get(collection)
        if held is None:
            return 0
        if key is None:
            return len(held.records)
        index = held.indexes.get(key[0])
        if index is None:
            return 0
        first, end = index.bisect((key[1],)), index.bisect((key[1], _NO_SERIAL))
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
