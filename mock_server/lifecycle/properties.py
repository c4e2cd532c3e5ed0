"""What a resource's schema says of its properties, and how they are read and written."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mock_server.chance import Chance
from mock_server.clock import InstantKind, format_instant
from mock_server.generation import compile_generator
from mock_server.lifecycle.expressions import look_up, read_pointer
from mock_server.lifecycle.model import ABSENT, Property, Stamp
from mock_server.spec import shapes
from mock_server.types import SECOND, Json, JsonObject
from mock_server.validation import Schemas

_NUMERIC: Final = frozenset({"integer", "number"})
_ZEROS: Final[tuple[tuple[frozenset[str], Json], ...]] = (
    (_NUMERIC, 0),
    (frozenset({"string"}), ""),
    (frozenset({"boolean"}), False),
    (frozenset({"array"}), []),
    (frozenset({"object"}), {}),
)


class Shape:
    """A resource's properties, as its schema describes them; `hidden` members are known to it, and undescribed."""

    def __init__(self, schema: Json, hidden: Iterable[str], schemas: Schemas) -> None:
        self.schema = schema
        self.hidden = frozenset(hidden)
        self._schemas = schemas
        self._document = schemas.document

    def schema_of(self, name: str) -> Json:
        """The schema of a property, True where nothing is said of it."""
        return _all_of(shapes.at(self._document, [self.schema], path_of(name)) or [])

    def types_of(self, name: str) -> frozenset[str]:
        """The types that a property's schema speaks of; none where it names none."""
        return shapes.types(self._document, [self.schema_of(name)])

    def property(self, name: str) -> Property:
        """How the property is read and written. Raises ValueError for a malformed pointer."""
        types = self.types_of(name)
        return compile_property(name, textual="string" in types and not types & _NUMERIC)

    def stamp(self, name: str) -> Stamp:
        """How a time is written into the property: Unix seconds, or text in the format that the schema names."""
        put = compile_property(name, textual=False).put
        if self.types_of(name) & _NUMERIC:
            return lambda values, at: put(values, at // SECOND)
        formats = {part.get("format") for part in shapes.parts(self._document, self.schema_of(name))}
        if "date" in formats:
            return lambda values, at: put(values, str(format_instant(at, "date-time"))[:10])
        kind: InstantKind = "date-time-rfc-2822" if "date-time-rfc-2822" in formats else "date-time"
        return lambda values, at: put(values, format_instant(at, kind))

    def first_values(self, names: Iterable[str]) -> JsonObject:
        """What a new item has in those properties before anything has set them (ruling 7).

        A nested one comes within its whole parent, if the parent is required and may not be null.
        """
        first: JsonObject = {}
        for name in names:
            self._begin(first, self.schema, path_of(name))
        return first

    def _begin(self, first: JsonObject, parent: Json, path: tuple[str, ...]) -> None:
        token, *below = path
        stated = shapes.properties(self._document, parent).get(token)
        if not stated:
            return
        schema = _all_of(stated)
        if self._schemas.of(schema).is_valid(None):
            first.setdefault(token, None)
        elif token in self._required(parent):
            value = first.setdefault(token, self._zero(schema))
            if below and isinstance(value, dict):
                self._begin(value, schema, tuple(below))

    def _zero(self, schema: Json) -> Json:
        types = shapes.types(self._document, [schema])
        zero = next((zero for kinds, zero in _ZEROS if types & kinds), None)
        if zero == {}:
            zero = {}
            for name in sorted(self._required(schema)):
                self._begin(zero, schema, (name,))
        # Where the schema forbids the zero (an enum, a minimum), any value that it allows is better.
        valid = self._schemas.of(schema).is_valid(zero)
        return zero if valid else compile_generator(schema, self._schemas)(Chance("first values"))

    def _required(self, schema: Json) -> set[str]:
        """The members that an object must have: `required` here and in all of `allOf`, in no alternatives."""
        found: set[str] = set()
        waiting, seen = [schema], set()
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict) and id(part) not in seen:
                seen.add(id(part))
                found.update(part.get("required", ()))
                waiting += [self._schemas.resolve(part), *part.get("allOf", ())]
        return found


def _all_of(schemas: Sequence[Json]) -> Json:
    return True if not schemas else schemas[0] if len(schemas) == 1 else {"allOf": list(schemas)}


def path_of(name: str) -> tuple[str, ...]:
    """The members that lead to a property: its name, or a JSON Pointer's tokens. Raises ValueError."""
    return read_pointer(name) if name.startswith("/") else (name,)


def compile_property(name: str, *, textual: bool) -> Property:
    """How a property is read and written; `textual`: numbers are kept in it as decimal strings."""
    path = path_of(name)
    put = _put_top(path[0]) if len(path) == 1 else _put_nested(path)
    return Property(
        name, _get_top(path[0]) if len(path) == 1 else _get_nested(path), _put_text(put) if textual else put
    )


def number(value: Json) -> int | float | None:
    """The number that a value is, or has as a decimal string; whole ones are ints. None where it is none."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        try:
            value = float(value) if not value.lstrip("-").isdecimal() else int(value)
        except ValueError:
            return None
    if type(value) is float:
        return int(value) if value.is_integer() else value if value - value == 0 else None
    return value if type(value) is int else None


def _get_top(token: str) -> Callable[[JsonObject], Json]:
    return lambda values: values.get(token)


def _get_nested(path: tuple[str, ...]) -> Callable[[JsonObject], Json]:
    def get(values: JsonObject) -> Json:
        found = look_up(values, path)
        return None if found is ABSENT else found

    return get


def _put_top(token: str) -> Callable[[JsonObject, Json], None]:
    def put(values: JsonObject, value: Json) -> None:
        values[token] = value

    return put


def _put_nested(path: tuple[str, ...]) -> Callable[[JsonObject, Json], None]:
    *parents, last = path

    def put(values: JsonObject, value: Json) -> None:
        for token in parents:
            # Stored items share their containers: the ones on the way are copied before they change.
            child = values.get(token)
            values[token] = values = dict(child) if isinstance(child, dict) else {}
        values[last] = value

    return put


def _put_text(put: Callable[[JsonObject, Json], None]) -> Callable[[JsonObject, Json], None]:
    def put_text(values: JsonObject, value: Json) -> None:
        put(values, str(value) if type(value) is int or type(value) is float else value)

    return put_text
