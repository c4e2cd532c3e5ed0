"""What a schema says of an object's members, however it is put together: `$ref`, `allOf`, alternatives."""

from collections.abc import Iterable, Iterator, Sequence

from mock_server.spec.document import lookup
from mock_server.types import Json, JsonObject

_IN_PLACE = ("allOf", "anyOf", "oneOf")
_CONDITIONAL = ("then", "else")


def parts(document: JsonObject, schema: Json) -> Iterator[JsonObject]:
    """The schema and every one that applies, or may apply, to the same value; each once."""
    todo, seen = [schema], set()
    while todo:
        part = todo.pop(0)
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            try:
                todo.append(lookup(document, reference))
            except LookupError:
                pass  # told by structure.check
        for keyword in _IN_PLACE:
            alternatives = part.get(keyword)
            if isinstance(alternatives, list):
                todo += alternatives
        todo += [part[keyword] for keyword in _CONDITIONAL if keyword in part]


def properties(document: JsonObject, schema: Json) -> dict[str, list[Json]]:
    """The declared properties of an object, each with every schema that speaks of it."""
    found: dict[str, list[Json]] = {}
    for part in parts(document, schema):
        declared = part.get("properties")
        if isinstance(declared, dict):
            for name, value in declared.items():
                found.setdefault(name, []).append(value)
    return found


def types(document: JsonObject, schemas: Iterable[Json]) -> frozenset[str]:
    """The types that schemas name for one value, `const` and `enum` included; none named: empty."""
    found: set[str] = set()
    for schema in schemas:
        for part in parts(document, schema):
            named = part.get("type", [])
            found.update([named] if isinstance(named, str) else named)
            if "type" not in part:
                values = [part["const"]] if "const" in part else part.get("enum", [])
                found.update(type_of(value) for value in values)
    return frozenset(found)


def type_of(value: Json) -> str:
    """The JSON Schema type of a value; a number is a `number`."""
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return {str: "string", int: "number", float: "number", dict: "object", list: "array"}[type(value)]


def entries(document: JsonObject, schemas: Iterable[Json]) -> list[Json]:
    """The schemas of an array's entries."""
    return [part["items"] for schema in schemas for part in parts(document, schema) if "items" in part]


def at(document: JsonObject, schemas: Sequence[Json], tokens: Sequence[str]) -> list[Json] | None:
    """The schemas of what is at a pointer below values of `schemas`.

    Empty where nothing is said, as inside an object that declares no properties; None where the properties are
    declared, and none is this.
    """
    current = list(schemas)
    for token in tokens:
        if not current:
            return []
        declared: dict[str, list[Json]] = {}
        for schema in current:
            for name, values in properties(document, schema).items():
                declared.setdefault(name, []).extend(values)
        if token in declared:
            current = declared[token]
        elif token.isdecimal() and (items := entries(document, current)):
            current = items
        elif declared or types(document, current) - {"object", "array"}:
            return None
        else:
            current = []
    return current
