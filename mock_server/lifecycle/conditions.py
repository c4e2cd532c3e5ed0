"""`when`: properties and expressions, each held against a JSON Schema."""

from collections.abc import Callable, Iterable
from typing import Final

from mock_server.lifecycle.model import ABSENT, Condition, Context, Value
from mock_server.types import Json, JsonObject

_KEYWORDS_OF: Final = {
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "contains", "prefixItems", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
    ),
}


def typed(schema: Json) -> Json:
    """`schema` with the type that its keywords speak of, where it has none: `{pattern: x}` is false for null.

    So are the schemas that apply to the same value, under `allOf`, `anyOf`, `oneOf` and `not`.
    """
    if not isinstance(schema, dict):
        return schema
    combined = {word: list(map(typed, schema[word])) for word in ("allOf", "anyOf", "oneOf") if word in schema}
    if "not" in schema:
        combined["not"] = typed(schema["not"])
    kinds = [kind for kind, words in _KEYWORDS_OF.items() if not schema.keys().isdisjoint(words)]
    if "type" in schema or not kinds:
        return {**schema, **combined}
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **schema, **combined}


def compile_condition(tests: Iterable[tuple[Value, Callable[[Json], bool]]]) -> Condition:
    """The condition that all `tests` hold: (what to look at, whether a value is right). Absent reads as null."""
    first, *others = tests
    if not others:
        return _test(*first)
    conditions = [_test(look, holds) for look, holds in (first, *others)]
    return lambda values, context: all([condition(values, context) for condition in conditions])


def _test(look: Value, holds: Callable[[Json], bool]) -> Condition:
    def test(values: JsonObject, context: Context) -> bool:
        found = look(values, context)
        return holds(None if found is ABSENT else found)

    return test
