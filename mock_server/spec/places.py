"""Where the parts of a text stand: line numbers in the shape of the document they belong to."""

from collections.abc import Sequence

MAXIMUM_DEPTH = 256
"""How many levels of objects and arrays a document may have; what walks documents may recurse this far."""


class TextError(Exception):
    """A text that cannot be read: what is wrong, the line (from 1), and the tokens of the JSON Pointer to it."""

    def __init__(self, message: str, line: int | None, tokens: Sequence[str] = ()) -> None:
        self.message = message
        self.line = line
        self.tokens = tuple(tokens)
        super().__init__(message)


class Place:
    """One value's place: the line of its key, or its own where it has none, and the places of what is in it."""

    __slots__ = ("children", "line")

    def __init__(self, line: int) -> None:
        self.line = line
        self.children: dict[str, Place] | list[Place] | None = None

    def line_of(self, tokens: Sequence[str]) -> int:
        """The line of the deepest part of a pointer that is there."""
        place = self
        for token in tokens:
            children = place.children
            if isinstance(children, dict):
                if token not in children:
                    break
                place = children[token]
            elif isinstance(children, list):
                if not token.isdecimal() or int(token) >= len(children):
                    break
                place = children[int(token)]
            else:
                break
        return place.line


class Places:
    """Collects the places of one document from the order in which its values begin and end."""

    def __init__(self) -> None:
        self.root = Place(1)
        self._open: list[Place] = []
        self._key: tuple[str, int] | None = None

    @property
    def expects_key(self) -> bool:
        """Whether the next scalar is a key: the innermost open value is an object whose last member is complete."""
        return self._key is None and bool(self._open) and isinstance(self._open[-1].children, dict)

    @property
    def depth(self) -> int:
        """How many objects and arrays are open."""
        return len(self._open)

    @property
    def tokens(self) -> list[str]:
        """The pointer to the value that comes next."""
        tokens = []
        for place in self._open:
            if isinstance(place.children, list):
                tokens.append(str(len(place.children) - (place is not self._open[-1])))
            elif place is not self._open[-1]:
                tokens.append(next(reversed(place.children or {"": place})))
            elif self._key is not None:
                tokens.append(self._key[0])
        return tokens

    def key(self, name: str, line: int) -> bool:
        """A member's name was read. False: the object has such a member already."""
        self._key = (name, line)
        children = self._open[-1].children
        return not (isinstance(children, dict) and name in children)

    def value(self, line: int, same_as: Place | None = None) -> Place:
        """A value begins; an alias has inside what the anchored value has."""
        place = Place(line if self._key is None else self._key[1])
        if same_as is not None:
            place.children = same_as.children
        if not self._open:
            self.root = place
        elif self._key is not None:
            children = self._open[-1].children
            assert isinstance(children, dict)
            children[self._key[0]] = place
            self._key = None
        else:
            entries = self._open[-1].children
            assert isinstance(entries, list)
            entries.append(place)
        return place

    def open(self, place: Place, children: "dict[str, Place] | list[Place]") -> None:
        """The value that began is an object or array: what follows is in it."""
        place.children = children
        self._open.append(place)

    def close(self) -> None:
        """The innermost object or array is complete."""
        self._open.pop()
