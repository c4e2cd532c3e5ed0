"""What several schemas ask for at once, as one schema: `allOf`, and a `$ref` with words beside it.

The result is for making values, not for judging them: what two schemas say that no one schema can (two `oneOf`s) is
kept under `MORE` or, where luck may help (two patterns), left to the validator.
"""

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import lcm
from typing import Any, Final

from mock_server.types import Json, JsonObject

MORE: Final = "x-more"
"""Schemas that hold besides, each with one choice in it."""

DEEPEST: Final = 40
"""References that deep, a schema that goes on requiring more is taken to be endless."""

# Words that say nothing about which values are valid.
SILENT: Final = frozenset(
    {"$comment", "$defs", "$id", "$schema", "$anchor", "definitions", "deprecated", "description", "discriminator"}
    | {"externalDocs", "title", "xml", "default", "readOnly", "writeOnly", "example", "examples"}
)


class Unsatisfiable(Exception):
    """No value can be made: why, and where in the value."""

    def __init__(self, reason: str, path: tuple[str, ...] = ()) -> None:
        self.reason = reason
        self.path = path
        super().__init__(reason)

    def within(self, name: str) -> "Unsatisfiable":
        """The same, one level further out."""
        return Unsatisfiable(self.reason, (name, *self.path))


def flat(
    schema: Json, target: Callable[[str], Json], depth: int = 0, cost: Callable[[str], int] = lambda reference: 1
) -> tuple[JsonObject, int]:
    """A schema as one object without `$ref` and `allOf`, and how deep that has led: each reference adds its `cost`.

    `target` is what a reference leads to. Raises Unsatisfiable.
    """
    if schema is True:
        return {}, depth
    if not isinstance(schema, dict):
        raise Unsatisfiable("nothing is allowed there")
    result = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
    deepest = depth
    if isinstance(reference := schema.get("$ref"), str):
        deepest += cost(reference)
        if deepest > DEEPEST:
            raise Unsatisfiable("it requires itself without end")
        referred, deepest = flat(target(reference), target, deepest, cost)
        result = both(referred, result)
    for part in schema.get("allOf", ()):
        also, reached = flat(part, target, depth, cost)
        deepest = max(deepest, reached)
        result = both(result, also)
    return result, deepest


def both(first: JsonObject, second: JsonObject) -> JsonObject:
    """One schema for what two flat ones (no `$ref`, no `allOf`) say together. Raises Unsatisfiable."""
    result = {**first}
    for word, value in second.items():
        if word not in first or first[word] == value:
            result[word] = value
        elif word in _RULES:
            result[word] = _RULES[word](first[word], value)
        elif word in ("oneOf", "anyOf", "if"):
            words = ("if", "then", "else") if word == "if" else (word,)
            group = {name: second[name] for name in words if name in second}
            result[MORE] = [*result.get(MORE, []), group]
    if "if" in first and "if" in second:  # its `then` and `else` went with the second `if`
        for word in ("then", "else"):
            result.pop(word, None)
            result.update({word: first[word]} if word in first else {})
    if "properties" in first or "properties" in second:
        result["properties"] = _properties(first, second)
    return result


def all_of(*parts: Json) -> Json:
    """A schema for all of `parts`; those that ask for nothing are left out."""
    saying = [part for part in parts if part is not True and part != {}]
    if len(saying) > 1:
        return {"allOf": saying}
    return saying[0] if saying else True


def _properties(first: JsonObject, second: JsonObject) -> JsonObject:
    mine, yours = first.get("properties", {}), second.get("properties", {})
    result = {}
    for name in [*mine, *(name for name in yours if name not in mine)]:
        result[name] = all_of(of_member(first, name), of_member(second, name))
    return result


def of_member(schema: JsonObject, name: str) -> Json:
    """What an object's flat schema says about its member `name`."""
    parts = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    for pattern, member in schema.get("patternProperties", {}).items():
        if matches(pattern, name):
            parts.append(member)
    return all_of(*parts) if parts else schema.get("additionalProperties", True)


def matches(pattern: str, text: str) -> bool:
    """Whether a name matches, as far as Python can tell; the validator judges in the end."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _types(first: Json, second: Json) -> Json:
    mine, yours = as_list(first), as_list(second)
    common = [name for name in mine if name in yours or (name == "integer" and "number" in yours)]
    common += [name for name in yours if name == "integer" and "number" in mine and name not in common]
    if not common:
        raise Unsatisfiable(f"it must be {' or '.join(mine)} and {' or '.join(yours)} at once")
    return common


def as_list(value: Json) -> list[Any]:
    """`value` itself if it is a list, else a list of it."""
    return value if isinstance(value, list) else [value]


def _options(first: list[Json], second: list[Json]) -> list[Json]:
    common = [option for option in first if option in second]
    if not common:
        raise Unsatisfiable("no value is in both of two enumerations")
    return common


def _constant(first: Json, second: Json) -> Json:
    raise Unsatisfiable(f"it must be {first!r} and {second!r} at once")


def _multiple(first: float, second: float) -> float:
    one, other = Fraction(str(first)), Fraction(str(second))
    common = Fraction(lcm(one.numerator * other.denominator, other.numerator * one.denominator))
    common /= one.denominator * other.denominator
    return int(common) if common.denominator == 1 else float(common)


def _each(first: JsonObject, second: JsonObject) -> JsonObject:
    shared = {name: all_of(first[name], second[name]) for name in first if name in second}
    return {**first, **second, **shared}


def _union(first: Iterable[Json], second: Iterable[Json]) -> list[Json]:
    return list(dict.fromkeys([*first, *second]))


def _lists(first: JsonObject, second: JsonObject) -> JsonObject:
    return {name: _union(first.get(name, []), second.get(name, [])) for name in [*first, *second]}


def _positions(first: list[Json], second: list[Json]) -> list[Json]:
    shared = [all_of(mine, yours) for mine, yours in zip(first, second, strict=False)]
    return shared + first[len(shared) :] + second[len(shared) :]


_RULES: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "type": _types,
    "enum": _options,
    "const": _constant,
    "required": _union,
    "additionalProperties": all_of,
    "unevaluatedProperties": all_of,
    "propertyNames": all_of,
    "items": all_of,
    "contains": all_of,
    "not": lambda first, second: {"anyOf": [first, second]},
    "prefixItems": _positions,
    "patternProperties": _each,
    "dependentSchemas": _each,
    "dependentRequired": _lists,
    "multipleOf": _multiple,
    "uniqueItems": lambda first, second: first or second,
    "readOnly": lambda first, second: first or second,
    "writeOnly": lambda first, second: first or second,
    MORE: lambda first, second: first + second,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
}
