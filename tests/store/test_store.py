"""What every store does, whatever it is made of: one list of stores, one set of tests."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mock_server.store import Record, Snapshot, Store
from mock_server.store.memory import MemoryStore

STORES: Mapping[str, Callable[[], Store]] = {"memory": MemoryStore}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]()


def fill(store: Store, number: int) -> None:
    for index in range(number):
        store.put("pets", f"p{index}", b"%d" % index, {"parity": str(index % 2)})


def ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]


def test_what_was_put_is_got(store: Store) -> None:
    put = store.put("pets", "a", b"1")
    assert put == store.get("pets", "a")
    assert put is not None
    assert (put.id, put.data, put.serial) == ("a", b"1", 1)
    assert store.get("pets", "b") is None
    assert store.get("people", "a") is None


def test_a_write_keeps_the_serial_and_changes_the_version(store: Store) -> None:
    first = store.put("pets", "a", b"1")
    second = store.put("pets", "a", b"2")
    assert first is not None
    assert second is not None
    assert first.serial == second.serial
    assert first.version < second.version


def test_of_two_writers_who_read_alike_one_wins(store: Store) -> None:
    read = store.put("pets", "a", b"1")
    assert read is not None
    assert store.put("pets", "a", b"2", if_version=read.version) is not None
    assert store.put("pets", "a", b"3", if_version=read.version) is None
    assert not store.delete("pets", "a", if_version=read.version)
    held = store.get("pets", "a")
    assert held is not None
    assert held.data == b"2"
    assert store.delete("pets", "a", if_version=held.version)


def test_version_0_says_that_there_must_be_no_such_item(store: Store) -> None:
    assert store.put("pets", "a", b"1", if_version=0) is not None
    assert store.put("pets", "a", b"2", if_version=0) is None
    assert store.put("pets", "b", b"2", if_version=1) is None
    assert store.next_serial("pets") == 2


def test_an_item_made_again_does_not_look_unchanged(store: Store) -> None:
    first = store.put("pets", "a", b"1")
    store.delete("pets", "a")
    second = store.put("pets", "a", b"1")
    assert first is not None
    assert second is not None
    assert first.version != second.version
    assert first.serial < second.serial


def test_next_serial_is_what_the_next_item_gets(store: Store) -> None:
    for name in ("a", "b", "c"):
        promised = store.next_serial("pets")
        record = store.put("pets", name, b"")
        assert record is not None
        assert record.serial == promised
    store.delete("pets", "c")
    assert store.next_serial("pets") == 4
    assert store.next_serial("people") == 1


def test_pages_go_from_the_newest_to_the_oldest(store: Store) -> None:
    fill(store, 10)
    seen: list[str] = []
    before = None
    while page := store.scan("pets", before=before, limit=3):
        seen += ids(page)
        before = page[-1].serial
    assert seen == [f"p{index}" for index in reversed(range(10))]


def test_a_deleted_item_is_still_a_place_to_go_on_from(store: Store) -> None:
    fill(store, 5)
    held = store.get("pets", "p2")
    assert held is not None
    store.delete("pets", "p2")
    assert ids(store.scan("pets", before=held.serial, limit=9)) == ["p1", "p0"]
    assert ids(store.scan("pets", after=held.serial, limit=1)) == ["p3"]


def test_after_gives_the_nearest_newer_ones(store: Store) -> None:
    fill(store, 6)
    assert ids(store.scan("pets", after=1, limit=2)) == ["p2", "p1"]
    assert ids(store.scan("pets", after=1, before=5, limit=2)) == ["p3", "p2"]


def test_a_key_finds_only_its_items(store: Store) -> None:
    fill(store, 6)
    assert ids(store.scan("pets", key=("parity", "0"), limit=9)) == ["p4", "p2", "p0"]
    assert ids(store.scan("pets", key=("parity", "0"), before=5, limit=1)) == ["p2"]
    assert ids(store.scan("pets", key=("parity", "0"), after=1, limit=1)) == ["p2"]
    assert store.scan("pets", key=("parity", "2"), limit=9) == []
    assert store.scan("pets", key=("colour", "0"), limit=9) == []
    assert store.count("pets", key=("parity", "1")) == 3


def test_a_write_replaces_the_keys(store: Store) -> None:
    fill(store, 3)
    store.put("pets", "p0", b"", {"parity": "1", "colour": "red"})
    assert ids(store.scan("pets", key=("parity", "0"), limit=9)) == ["p2"]
    assert ids(store.scan("pets", key=("parity", "1"), limit=9)) == ["p1", "p0"]
    assert ids(store.scan("pets", key=("colour", "red"), limit=9)) == ["p0"]
    store.put("pets", "p0", b"")
    assert store.scan("pets", key=("colour", "red"), limit=9) == []


def test_rollback_brings_back_everything_any_number_of_times(store: Store) -> None:
    fill(store, 3)
    store.set_meta("clock", {"at": 1})
    snapshot = store.snapshot()
    before = store.scan("pets", limit=9)
    for _ in range(2):
        store.delete("pets", "p1")
        store.put("pets", "p0", b"changed", {})
        store.put("people", "x", b"")
        store.set_meta("clock", {"at": 2})
        store.rollback(snapshot)
        assert store.scan("pets", limit=9) == before
        assert store.collections() == ["pets"]
        assert store.meta("clock") == {"at": 1}
        assert store.next_serial("pets") == 4
        assert ids(store.scan("pets", key=("parity", "0"), limit=9)) == ["p2", "p0"]


def test_reset_leaves_a_new_store(store: Store) -> None:
    fill(store, 3)
    store.set_meta("clock", {"at": 1})
    store.reset()
    assert store.collections() == []
    assert store.meta("clock") is None
    assert store.next_serial("pets") == 1


def test_what_was_read_cannot_change_what_is_stored(store: Store) -> None:
    value = {"at": 1}
    store.set_meta("clock", value)
    value["at"] = 2
    read = store.meta("clock")
    assert read == {"at": 1}
    read["at"] = 3
    assert store.meta("clock") == {"at": 1}


def test_a_snapshot_of_another_kind_of_store_is_refused() -> None:
    with pytest.raises(TypeError):
        MemoryStore().rollback("snapshot")


class Naive(NamedTuple):
    """The simplest store that could be right: everything in one dictionary, every question a search."""

    items: dict[tuple[str, str], tuple[Record, Mapping[str, str]]]
    last: dict[str, int]

    def found(self, collection: str, key: tuple[str, str] | None) -> list[Record]:
        held = [
            record
            for (name, _), (record, keys) in self.items.items()
            if name == collection and (key is None or keys.get(key[0]) == key[1])
        ]
        return sorted(held, reverse=True)

    def copy(self) -> "Naive":
        return Naive(self.items.copy(), self.last.copy())


COLLECTIONS = st.sampled_from(["pets", "people"])
IDS = st.sampled_from("abcdef")
KEYS = st.dictionaries(st.sampled_from(["colour", "owner"]), st.sampled_from(["", "x", "y"]))
KEY = st.none() | st.tuples(st.sampled_from(["colour", "owner", "none"]), st.sampled_from(["", "x", "y"]))
SERIALS = st.none() | st.integers(0, 15)


class AgainstNaive(RuleBasedStateMachine):
    """A store and the naive one are done the same to, and are asked the same."""

    snapshots = Bundle("snapshots")
    make: Callable[[], Store]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make()
        self.naive = Naive({}, {})

    @rule(collection=COLLECTIONS, item_id=IDS, data=st.binary(max_size=3), keys=KEYS, condition=st.integers(-1, 2))
    def put(self, collection: str, item_id: str, data: bytes, keys: dict[str, str], condition: int) -> None:
        held, _ = self.naive.items.get((collection, item_id), (None, None))
        version = held.version if held else 0
        if_version = None if condition < 0 else version + condition
        written = self.store.put(collection, item_id, data, keys, if_version)
        if if_version not in (None, version):
            assert written is None
            return
        last = self.naive.last.get(collection, 0)
        serial = held.serial if held else last + 1
        self.naive.last[collection] = max(serial, last)
        assert written is not None
        assert written.version > version
        assert written == Record(serial, item_id, data, written.version, tuple(keys.items()))
        self.naive.items[collection, item_id] = (written, keys)

    @rule(collection=COLLECTIONS, item_id=IDS, condition=st.integers(-1, 1))
    def delete(self, collection: str, item_id: str, condition: int) -> None:
        held, _ = self.naive.items.get((collection, item_id), (None, None))
        if_version = None if condition < 0 else (held.version if held else 1) + condition
        expected = held is not None and if_version in (None, held.version)
        assert self.store.delete(collection, item_id, if_version) is expected
        if expected:
            del self.naive.items[collection, item_id]

    @rule(collection=COLLECTIONS, key=KEY, before=SERIALS, after=SERIALS, limit=st.integers(0, 5))
    def scan(
        self, collection: str, key: tuple[str, str] | None, before: int | None, after: int | None, limit: int
    ) -> None:
        held = self.naive.found(collection, key)
        if before is not None:
            held = [record for record in held if record.serial < before]
        if after is not None:
            held = [record for record in held if record.serial > after]
        nearest = held[max(0, len(held) - limit) :] if before is None and after is not None else held[:limit]
        assert self.store.scan(collection, key=key, before=before, after=after, limit=limit) == nearest

    @rule(target=snapshots)
    def snapshot(self) -> tuple[Snapshot, Naive]:
        return self.store.snapshot(), self.naive.copy()

    @rule(snapshot=snapshots)
    def rollback(self, snapshot: tuple[Snapshot, Naive]) -> None:
        self.store.rollback(snapshot[0])
        self.naive = snapshot[1].copy()

    @rule()
    def reset(self) -> None:
        self.store.reset()
        self.naive = Naive({}, {})

    @invariant()
    def everything_is_alike(self) -> None:
        for collection in ("pets", "people"):
            for key in (None, *((name, value) for name in ("colour", "owner") for value in ("", "x", "y"))):
                held = self.naive.found(collection, key)
                assert self.store.scan(collection, key=key, limit=9) == held
                assert self.store.scan(collection, key=key, after=0, limit=2) == held[-2:]
                assert self.store.count(collection, key=key) == len(held)
            assert self.store.next_serial(collection) == self.naive.last.get(collection, 0) + 1
            for item_id in "abcdef":
                record, _ = self.naive.items.get((collection, item_id), (None, None))
                assert self.store.get(collection, item_id) == record
        assert self.store.collections() == sorted({collection for collection, _ in self.naive.items})


class MemoryAgainstNaive(AgainstNaive):
    make = MemoryStore


TestMemoryAgainstNaive = MemoryAgainstNaive.TestCase
TestMemoryAgainstNaive.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
