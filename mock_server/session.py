"""A session: one isolated world of items, with its own clock and seed.

What the operations of a document do to items, and what a test does to them from outside, is done here; the rules are
the lifecycle's, the keeping is the store's.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple

from mock_server.chance import Chance
from mock_server.clock import Clock
from mock_server.errors import Refusal, did_you_mean
from mock_server.lifecycle import Context, Item, Lifecycle, Recall, decode, encode
from mock_server.resources import Resource
from mock_server.store import Record, Snapshot, Store
from mock_server.types import Instant, Json, JsonObject

_ATTEMPTS = 1000  # at a new id, where clients choose some, or those that the pattern allows are few


class _Row(NamedTuple):
    serial: int
    item: Item
    values: JsonObject


class Page(NamedTuple):
    """Some items of a collection as they are at `now`, newest first, and the cursors around them."""

    now: Instant
    items: list[Item]
    values: list[JsonObject]
    """Each item's members, hidden ones too."""
    start_cursor: str | None
    end_cursor: str | None
    has_next: bool
    has_previous: bool


class Session:
    """Items, a clock and a seed.

    Every method that reads takes the clock's time once; none of them writes. `name` and `seed` key all chance.
    """

    def __init__(
        self, resources: Mapping[str, Resource], store: Store, *, clock: Clock, seed: int = 0, name: str = "default"
    ) -> None:
        self.resources = resources
        self._recalls = {name: Recall(resource.lifecycle) for name, resource in resources.items()}
        self.store = store
        self.name = name
        self.seed = seed
        self._clock = clock
        self._started = clock
        store.set_meta("clock", clock.record())

    @property
    def clock(self) -> Clock:
        """The session's clock."""
        return self._clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self.store.set_meta("clock", clock.record())
        self._clock = clock

    def now(self) -> Instant:
        """The session's virtual time."""
        return self._clock.now()

    def advance(self, by: timedelta) -> Instant:
        """Move the clock forward by `by`; gives the new time."""
        self.clock = self._clock.advanced(by)
        return self.now()

    def resource(self, name: str) -> Resource:
        """The resource called `name`; a `Refusal` (404) with the nearest name where there is none."""
        if name not in self.resources:
            raise Refusal(404, f"no resource is called {name!r}{did_you_mean(name, self.resources)}", source="state")
        return self.resources[name]

    def create(
        self, name: str, members: JsonObject, context: Context | None = None, *, steer: str | None = None
    ) -> JsonObject:
        """A new item with the client's `members`; gives its values, hidden ones too.

        `steer` names the state that the item shall end in (`Prefer: lifecycle=`).
        """
        resource = self.resources[name]
        identity = resource.identity
        now = self.now()
        values: JsonObject = members
        for attempt in range(_ATTEMPTS):
            serial = self.store.next_serial(name)
            chance = Chance(self.seed, self.name, name, serial, attempt)
            values = resource.new_values(chance, members)
            if identity not in members:
                values[identity] = resource.new_id(chance, serial + attempt)
            key = key_text(values[identity])
            item = resource.lifecycle.create(
                key, values, chance, now, context or Context(), steer=steer, find=self._values_of
            )
            if self.store.put(name, key, encode(item), self._keys(resource, item.values), if_version=0) is not None:
                return resource.lifecycle.values(item, now)
            if identity in members:
                break
        raise Refusal(409, f"{name} already has an item with {identity} {values[identity]!r}", source="state")

    def find(self, name: str, key: str) -> JsonObject:
        """An item's values, hidden ones too; a `Refusal` (404, or what its state says) where it is not there."""
        resource = self.resource(name)
        now = self.now()
        item = self._present(resource, key, now)[1]
        return resource.lifecycle.values(item, now)

    def item(self, name: str, key: str) -> tuple[Item, Instant]:
        """An item as it stands now, with its state, and now; a `Refusal` as `find`."""
        now = self.now()
        return self._present(self.resource(name), key, now)[1], now

    def write(self, name: str, key: str, members: JsonObject, context: Context | None = None) -> JsonObject:
        """Set some of an item's members; gives its values."""
        asked = context or Context()
        return self._change(
            name, key, lambda lifecycle, item, now: lifecycle.write(item, members, now, asked, find=self._values_of)
        )

    def act(self, name: str, key: str, operation_id: str, members: JsonObject, context: Context) -> JsonObject:
        """Do what the action `operation_id` does to an item; a `Refusal` where its state does not allow it."""
        return self._change(
            name,
            key,
            lambda lifecycle, item, now: lifecycle.act(item, operation_id, members, context, now, find=self._values_of),
        )

    def move(self, name: str, key: str, to: str, *, force: bool = False) -> JsonObject:
        """Move an item to the state `to`, through the states between; a `Refusal` (409) where no way leads there."""
        return self._change(
            name, key, lambda lifecycle, item, now: lifecycle.move(item, to, now, force=force, find=self._values_of)
        )

    def delete(self, name: str, key: str) -> JsonObject:
        """Take an item out of its collection; gives its last values."""
        values = self.find(name, key)
        self.store.delete(name, key)
        return values

    def page(self, name: str, filters: Mapping[str, Json], *, size: int, after: str | None = None) -> Page:
        """Up to `size` items whose members equal `filters` (property -> value), newest first, older than `after`.

        A cursor that this session did not give is a `Refusal` (404).
        """
        resource = self.resource(name)
        now = self.now()
        start = None if after is None else self._position(name, after)
        if resource.identity in filters:
            found = self._matching(resource, self._one(resource, filters), filters, now)
            rows = [row for row in found if start is None or row.serial < start]
            return self._made_page(name, now, rows[:size], len(rows) > size, has_previous=False)
        key, rest = _index(resource, filters)
        rows = self._scanned(resource, key, rest, before=start, limit=size + 1, now=now)
        newer = bool(rows or start) and self._is_newer(resource, key, rest, rows[0].serial if rows else start, now)
        return self._made_page(name, now, rows[:size], len(rows) > size, has_previous=newer)

    def total(self, name: str, filters: Mapping[str, Json]) -> int:
        """How many items a resource has whose members equal `filters`; what no index tells is counted one by one."""
        resource = self.resource(name)
        key, rest = _index(resource, filters)
        if not rest and not resource.lifecycle.can_be_gone:
            return self.store.count(name, key=key)
        now = self.now()
        return sum(len(self._matching(resource, [record], filters, now)) for record in self._records(name))

    def count(self, name: str) -> int:
        """How many items a resource has."""
        return self.store.count(name)

    def states(self, name: str) -> dict[str, int]:
        """How many items of a resource are in each state now."""
        resource = self.resource(name)
        now = self.now()
        counted: dict[str, int] = {}
        for record in self._records(name):
            state = self._recalls[resource.name].at(record.data, now).state
            if state:
                counted[state] = counted.get(state, 0) + 1
        return counted

    def snapshot(self) -> Snapshot:
        """Everything as it is: items and clock."""
        return self.store.snapshot()

    def rollback(self, snapshot: Snapshot) -> None:
        """Everything as it was when `snapshot` was taken."""
        self.store.rollback(snapshot)
        record = self.store.meta("clock")
        if record is not None:
            self._clock = Clock.from_record(record)

    def reset(self) -> None:
        """No items; the clock as it was at the start, or running on if it never stood still."""
        self.store.reset()
        self.clock = self._started

    def adopt(self, resources: Mapping[str, Resource]) -> list[str]:
        """Go on with other resources, keeping the items that still fit; gives a line for each kind dropped."""
        now = self.now()
        kept: list[tuple[str, Record, dict[str, str]]] = []
        lost: list[tuple[str, str]] = []
        # All is judged before anything is changed: a document that fails here leaves everything as it was.
        for name in self.store.collections():
            resource = resources.get(name)
            for record in self._records(name):
                item = decode(record.data)
                if resource is None or not resource.fits(item, now):
                    lost.append((name, record.id))
                else:
                    kept.append((name, record, self._keys(resource, item.values)))
        for name, key in lost:
            self.store.delete(name, key)
        for name, record, keys in kept:
            if tuple(keys.items()) != record.keys:
                self.store.put(name, record.id, record.data, keys)
        self.resources = resources
        self._recalls = {name: Recall(resource.lifecycle) for name, resource in resources.items()}
        counts = Counter(name for name, _ in lost)
        return [f"dropped {count} {name} that no longer fit" for name, count in counts.items()]

    # -- inside ------------------------------------------------------------------------------------------------------

    def _present(self, resource: Resource, key: str, now: Instant) -> tuple[Record, Item]:
        record = self.store.get(resource.name, key)
        if record is None:
            raise Refusal(404, f"{resource.name} has no item with {resource.identity} {key[:80]!r}", source="state")
        item = self._recalls[resource.name].at(record.data, now)
        status_code = resource.lifecycle.gone(item)
        if status_code is not None:
            raise Refusal(
                status_code, f"{resource.name} item {key!r} is {item.state}: it is no longer there", source="state"
            )
        return record, item

    def _change(self, name: str, key: str, change: Callable[[Lifecycle, Item, Instant], Item]) -> JsonObject:
        resource = self.resource(name)
        while True:
            now = self.now()
            record, item = self._present(resource, key, now)
            changed = change(resource.lifecycle, item, now)
            # Another writer came first: it starts again from what that one left (lifecycle.md, ruling 5).
            keys = self._keys(resource, changed.values)
            if self.store.put(name, key, encode(changed), keys, if_version=record.version) is not None:
                return resource.lifecycle.values(changed, now)

    def _values_of(self, name: str, key: str) -> JsonObject | None:
        """`find` for hooks, to whom a missing item is no error."""
        record = self.store.get(name, key)
        if record is None:
            return None
        now = self.now()
        lifecycle = self.resources[name].lifecycle
        item = self._recalls[name].at(record.data, now)
        return None if lifecycle.gone(item) is not None else lifecycle.values(item, now)

    def _keys(self, resource: Resource, values: JsonObject) -> dict[str, str]:
        return {name: key_text(values[name]) for name in resource.keys if name in values}

    def _one(self, resource: Resource, filters: Mapping[str, Json]) -> list[Record]:
        record = self.store.get(resource.name, key_text(filters[resource.identity]))
        return [] if record is None else [record]

    def _matching(
        self, resource: Resource, records: list[Record], filters: Mapping[str, Json], now: Instant
    ) -> list[_Row]:
        """The records, brought up to now, that are there and whose members equal `filters`."""
        lifecycle = resource.lifecycle
        rows = []
        for record in records:
            item = self._recalls[resource.name].at(record.data, now)
            if lifecycle.gone(item) is not None:
                continue
            values = lifecycle.values(item, now)
            if all(key_text(values.get(name)) == key_text(wanted) for name, wanted in filters.items()):
                rows.append(_Row(record.serial, item, values))
        return rows

    def _scanned(
        self, resource: Resource, key: tuple[str, str] | None, rest: Mapping[str, Json], *,
        before: int | None, limit: int, now: Instant,
    ) -> list[_Row]:  # fmt: skip
        rows: list[_Row] = []
        while len(rows) < limit:
            records = self.store.scan(resource.name, key=key, before=before, limit=limit)
            rows += self._matching(resource, records, rest, now)
            if len(records) < limit:
                break
            before = records[-1].serial
        return rows[:limit]

    def _is_newer(
        self, resource: Resource, key: tuple[str, str] | None, rest: Mapping[str, Json], than: int | None, now: Instant
    ) -> bool:
        while True:
            records = self.store.scan(resource.name, key=key, after=than, limit=16)
            if self._matching(resource, records, rest, now):
                return True
            if len(records) < 16:
                return False
            than = records[0].serial

    def _records(self, name: str) -> Iterator[Record]:
        """All of a collection, newest first, some at a time."""
        before: int | None = None
        while records := self.store.scan(name, before=before, limit=1000):
            yield from records
            before = records[-1].serial

    def _made_page(self, name: str, now: Instant, rows: list[_Row], has_next: bool, *, has_previous: bool) -> Page:
        start = self._cursor(name, rows[0].serial) if rows else None
        end = self._cursor(name, rows[-1].serial) if rows else None
        return Page(now, [row.item for row in rows], [row.values for row in rows], start, end, has_next, has_previous)

    def _cursor(self, name: str, serial: int) -> str:
        number = serial.to_bytes(8, "big")
        return urlsafe_b64encode(number + self._mark(name, number)).decode().rstrip("=")

    def _position(self, name: str, cursor: str) -> int:
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
        except ValueError:
            raw = b""
        number, mark = raw[:8], raw[8:]
        position = int.from_bytes(number, "big")
        if mark != self._mark(name, number) or self._cursor(name, position) != cursor:
            raise Refusal(404, f"{cursor[:80]!r} is not a cursor that a page of {name} gave", source="state")
        return position

    def _mark(self, name: str, number: bytes) -> bytes:
        key = f"{self.seed}\x00{self.name}\x00{name}".encode()
        return blake2b(number, digest_size=4, key=blake2b(key, digest_size=32).digest()).digest()


def key_text(value: Json) -> str:
    """A member's value as a filter or an index sees it: text, with JSON's names for true, false and null."""
    if type(value) is str:
        return value
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _index(resource: Resource, filters: Mapping[str, Json]) -> tuple[tuple[str, str] | None, dict[str, Json]]:
    """The filter that the store answers by index, and those that remain."""
    for name, value in filters.items():
        if name in resource.keys:
            return (name, key_text(value)), {key: value for key, value in filters.items() if key != name}
    return None, dict(filters)
