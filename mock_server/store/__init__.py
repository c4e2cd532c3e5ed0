"""The store: items by collection and id, newest first, as bytes that it does not look into."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, TypeAlias

from mock_server.types import JsonObject

FORMAT: Final = 1
"""The version of what is stored, `Item` bytes included: a store that outlives a process refuses another's."""

NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})

Snapshot: TypeAlias = object
"""What `snapshot` gives and `rollback` takes; how it is made is the store's own affair."""


Keys: TypeAlias = tuple[tuple[str, str], ...]
"""The index names and values that one item is found by."""


class Record(NamedTuple):
    """A stored item; `keys` are what `put` was given.

    `serial` numbers the items of a collection from 1 in the order of their creation, and is not used again when one
    is deleted; `version` grows with every write to the collection, so that an item that was deleted and made again
    does not look unchanged.
    """

    serial: int
    id: str
    data: bytes
    version: int
    keys: Keys = ()


class Store(Protocol):
    """Where the items of one session are kept.

    What `get`, `put`, `delete` and `scan` cost does not depend on how many items there are. A collection exists
    while it has been written to; one that has not is empty. Each method is one transaction; what has to be true of
    the record that was read before is said with `if_version`.
    """

    def get(self, collection: str, item_id: str) -> Record | None:
        """The item, or None where there is none."""

    def put(
        self,
        collection: str,
        item_id: str,
        data: bytes,
        keys: Mapping[str, str] = NO_KEYS,
        if_version: int | None = None,
    ) -> Record | None:
        """Write an item whole, and give it as it is then; a new one gets the collection's next serial.

        `keys` are the values `scan` and `count` find it by, by index name; they replace those it had. Nothing is
        written, and None given, where the stored version is not `if_version`: 0 says that there must be no such item.
        """

    def delete(self, collection: str, item_id: str, if_version: int | None = None) -> bool:
        """Take an item away; False where there is none, or its version is not `if_version`."""

    def scan(
        self,
        collection: str,
        *,
        key: tuple[str, str] | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[Record]:
        """At most `limit` items, newest first, of those whose index `key[0]` has the value `key[1]`.

        `before` and `after` are serials, of items that may be gone: only older ones than `before`, only newer ones
        than `after`. Given are the newest of them; where only `after` is said, the nearest to it.
        """

    def count(self, collection: str, *, key: tuple[str, str] | None = None) -> int:
        """How many items `scan` would find without limit."""

    def collections(self) -> list[str]:
        """The names of the collections that have items, in alphabetical order."""

    def next_serial(self, collection: str) -> int:
        """The serial of the next new item; with `put(..., if_version=0)` and another try, one writer gets it."""

    def meta(self, name: str) -> JsonObject | None:
        """What `set_meta` last wrote: the world's clock, its seed."""

    def set_meta(self, name: str, value: JsonObject) -> None:
        """Keep a fact about the world as a whole."""

    def snapshot(self) -> Snapshot:
        """All that is stored, as it is now; good for any number of `rollback`s of this store."""

    def rollback(self, snapshot: Snapshot) -> None:
        """Make everything as it was, serials and versions too."""

    def reset(self) -> None:
        """Forget everything, as a new store has."""
