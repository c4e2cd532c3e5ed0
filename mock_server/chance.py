"""Chance as an argument: every random choice comes from a key, so the same key always chooses the same."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_RESOLUTION = 1 << 53  # the whole numbers that a float holds exactly


class Chance:
    """An endless stream of choices, fixed by its key.

    `Chance(seed, "session", "item", "state", 1)` and an equal one made later, in another process, choose alike.
    """

    __slots__ = ("_bits", "_block", "_key")

    def __init__(self, *key: str | int) -> None:
        # A tuple's text tells the parts apart: ("ab", "c") and ("a", "bc") differ, 1 and "1" too.
        self._key = repr(key).encode()
        self._bits = 1
        self._block = 0

    def derive(self, *key: str | int) -> "Chance":
        """An independent stream for a part of what this one is for."""
        child = Chance(*key)
        child._key = self._key + child._key
        return child

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1."""
        # 64 spare bits make the bias of the remainder too small to see.
        while self._bits < bound << 64:
            # Each block of 512 bits is a hash of its own; 64 bytes are blake2b's default size.
            digest = blake2b(self._key if not self._block else b"%d%b" % (self._block, self._key)).digest()
            self._bits = self._bits << 512 | int.from_bytes(digest, "little")
            self._block += 1
        self._bits, chosen = divmod(self._bits, bound)
        return chosen

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def fraction(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return self.below(_RESOLUTION) / _RESOLUTION

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]
