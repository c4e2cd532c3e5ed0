"""Texts to values: what a schema says a parameter's text is, a number, a boolean or only text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isinf
from typing import Final, TypeAlias

from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas

Typed: TypeAlias = Callable[[str], Json]
"""The value of a decoded text; text that fits nothing else stays text, for the validator to complain of."""

_ANY: Final = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})

# What is meant where no type is stated.
_TELLING: Final = {"array": {"items", "prefixItems"}, "object": {"properties", "additionalProperties"}}

# Bounded: int() takes quadratic time, and an integer of more digits is beyond every format.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WORDS: Final[Mapping[str, Json]] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema says of its values: the types they can have, and the shapes of their parts.

    `others` is the shape of properties that are not named; None where the schema does not speak of them.
    """

    types: frozenset[str]
    typed: Typed
    items: "Shape | None" = None
    properties: Mapping[str, "Shape"] = field(default_factory=dict)
    others: "Shape | None" = None

    @property
    def is_scalar(self) -> bool:
        """Whether a value can be something else than an array or object."""
        return not self.types <= {"array", "object"}

    def member(self, name: str) -> "Shape":
        """The shape of the property `name`."""
        return self.properties.get(name) or self.others or TEXT

    @property
    def item(self) -> "Shape":
        """The shape of an array's items."""
        return self.items or TEXT


TEXT: Final = Shape(frozenset({"string"}), str)
"""The shape of what no schema speaks of."""


def shape_of(schema: Json, schemas: Schemas, seen: frozenset[str] = frozenset()) -> Shape:
    """The shape of a schema. `seen` are the references that led to it: one that leads to itself is text there."""
    types = _types(schema, schemas, seen)
    if types == _ANY:
        words = {word for part, _ in _parts(schema, schemas, seen) for word in part}
        types = frozenset(type_ for type_, telling in _TELLING.items() if words & telling)
        if not types:
            return TEXT
    items: Shape | None = None
    others: Shape | None = None
    properties: dict[str, Shape] = {}
    for part, path in _parts(schema, schemas, seen):
        if items is None and "items" in part:
            items = shape_of(part["items"], schemas, path)
        for name, member in part.get("properties", {}).items():
            properties.setdefault(name, shape_of(member, schemas, path))
        if others is None and part.get("additionalProperties"):
            others = shape_of(part["additionalProperties"], schemas, path)
    return Shape(types, _typed(schema, types, schemas), items, properties, others)


def _typed(schema: Json, types: frozenset[str], schemas: Schemas) -> Typed:
    readings: list[Typed] = []
    if "number" in types:
        readings.append(_number)
    elif "integer" in types:
        readings.append(_integer)
    if "boolean" in types:
        readings.append(lambda text: _WORDS.get(text, text))
    if not readings and "null" not in types:
        return str
    if "string" not in types:
        if "null" in types:
            readings.append(lambda text: None if text in ("", "null") else text)

        def typed(text: str) -> Json:
            values = (reading(text) for reading in readings)
            return next((value for value in values if value is not text), text)

        return typed if len(readings) > 1 else readings[0]
    if not readings:
        return str
    validator = schemas.of(schema)

    def fitting(text: str) -> Json:
        """The first reading that the schema allows: `5` is an integer, unless only the string is in its enum."""
        values = [reading(text) for reading in readings]
        return next((value for value in values if value is not text and validator.is_valid(value)), text)

    return fitting


def _integer(text: str) -> Json:
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> Json:
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _NUMBER.fullmatch(text) else float("inf")
    return text if isinf(number) else number


def _types(schema: Json, schemas: Schemas, seen: frozenset[str]) -> frozenset[str]:
    """The types that a schema's values can have."""
    if not isinstance(schema, dict):
        return _ANY
    types = _ANY
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        types &= _types(schemas.resolve({"$ref": reference}), schemas, seen | {reference})
    if "type" in schema:
        stated = schema["type"]
        types &= _widened(stated if isinstance(stated, list) else [stated])
    if "const" in schema:
        types &= _widened([_type_of(schema["const"])])
    if "enum" in schema:
        types &= _widened(map(_type_of, schema["enum"]))
    for member in schema.get("allOf", ()):
        types &= _types(member, schemas, seen)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            types &= frozenset().union(*(_types(member, schemas, seen) for member in schema[word]))
    return types


def _widened(types: Iterable[str]) -> frozenset[str]:
    """Types, and integers where numbers are meant: JSON Schema's `number` includes them."""
    found = frozenset(types)
    return found | {"integer"} if "number" in found else found


def _type_of(value: Json) -> str:
    if value is None:
        return "null"
    return _TYPE_NAMES[type(value)]


_TYPE_NAMES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _parts(schema: Json, schemas: Schemas, seen: frozenset[str]) -> Iterator[tuple[JsonObject, frozenset[str]]]:
    """A schema and those that apply beside it, each with the references that led there."""
    if not isinstance(schema, dict):
        return
    yield schema, seen
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        yield from _parts(schemas.resolve({"$ref": reference}), schemas, seen | {reference})
    for word in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(word, ()):
            yield from _parts(member, schemas, seen)
