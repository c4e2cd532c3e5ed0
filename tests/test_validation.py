"""Violations say where, what was expected and what came, and no more; schemas mean what OpenAPI says they mean."""

import json
import timeit
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.errors import DocumentError, Location
from mock_server.spec.document import lookup
from mock_server.validation import Schemas

NAMES = st.text("ab/~ 07", min_size=1, max_size=3)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab07", max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


def told(schema: Any, instance: Any, **components: Any) -> list[str]:
    """The violations of a schema, as text."""
    schemas = Schemas({"components": {"schemas": components}})
    return [str(violation) for violation in schemas.of(schema).violations(instance)]


STRING = {"type": "string"}
CLOSED = {"properties": {"name": {}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "instance", "message"),
    [
        (STRING, 5, "expected string, got integer 5"),
        ({"type": "integer"}, "abc", "expected integer, got string 'abc'"),
        ({"type": ["null", "string"]}, True, "expected string or null, got boolean true"),
        ({"type": "object"}, [1, 2], "expected object, got array of 2 items"),
        ({"required": ["file_id"]}, {}, "required member 'file_id' is missing"),
        (CLOSED, {"nmae": 1}, "unknown member 'nmae'; did you mean 'name'?"),
        ({"enum": ["on", "off"]}, "oof", "expected one of 'on', 'off', got string 'oof'; did you mean 'off'?"),
        ({"enum": [1]}, 2, "expected 1, got integer 2"),
        ({"enum": [*range(12)]}, None, "expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more, got null"),
        ({"const": "a"}, "b", "expected 'a', got string 'b'"),
        ({"minLength": 3}, "ab", "expected at least 3 characters, got 2"),
        ({"maxLength": 1}, "ab", "expected at most 1 character, got 2"),
        ({"minItems": 1}, [], "expected at least 1 item, got 0"),
        ({"minProperties": 2}, {"a": 1}, "expected at least 2 members, got 1"),
        ({"minimum": 3}, 2, "expected at least 3, got 2"),
        ({"exclusiveMaximum": 3}, 3, "expected less than 3, got 3"),
        ({"multipleOf": 5}, 7, "expected a multiple of 5, got 7"),
        ({"pattern": "^a"}, "b", "expected a match of ^a, got string 'b'"),
        ({"pattern": "^(?!b)"}, "b", "expected a match of ^(?!b), got string 'b'"),
        ({"format": "date"}, "x", "expected format date such as 2025-07-01, got string 'x'"),
        ({"format": "byte"}, "x", "expected format byte such as aGVsbG8=, got string 'x'"),
        ({"format": "int32"}, 1 << 31, "expected at most 2147483647, got 2147483648"),
        ({"uniqueItems": True}, [1, 2, 1], "expected unique items, items 0 and 2 are equal"),
        ({"propertyNames": {"pattern": "^a"}}, {"b": 1}, "member name 'b': expected a match of ^a, got string 'b'"),
        ({"not": {"type": "null"}}, None, "is what must not be, got null"),
        ({"contains": STRING}, [1], "the array does not contain as many matching items as it must, or contains more"),
        ({"anyOf": [STRING, {"type": "null"}]}, 3, "expected string or null, got integer 3"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "c", "expected one of 'a', 'b', got string 'c'"),
        ({"oneOf": [STRING, {"minLength": 1}]}, "a", "expected exactly one of 2 alternatives to match, but 2 do"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "required member 'b' is missing"),
        ({"unevaluatedProperties": False}, {"a": 1}, "unknown member 'a'"),
        (False, 1, "is not allowed"),
    ],
)  # fmt: skip
def test_a_message_says_what_was_expected_and_what_came(schema: Any, instance: Any, message: str) -> None:
    assert told(schema, instance) == [f"body: {message}"]


def test_every_violation_is_told_in_order_of_its_place() -> None:
    schema = {
        "required": ["name", "size"],
        "properties": {"tags": {"items": STRING}, "a/b~": STRING},
        "additionalProperties": False,
    }
    assert told(schema, {"tags": [*"abcdefghijk", 1, 2], "x": 1, "a/b~": 0}) == [
        "body: required member 'name' is missing",
        "body: required member 'size' is missing",
        "body: unknown member 'x'",
        "body/a~1b~0: expected string, got integer 0",
        "body/tags/11: expected string, got integer 1",
        "body/tags/12: expected string, got integer 2",
    ]


def test_names_that_look_like_numbers_stay_names() -> None:
    schema = {"properties": {"7": STRING, "007": STRING}, "additionalProperties": {"type": "null"}}
    instance = {"007": 1, "7": 1, "+7": 1, "0": 1, "00": 1}
    assert {message.split(":")[0] for message in told(schema, instance)} == {f"body/{name}" for name in instance}
    nested = {"type": "object", "additionalProperties": {"additionalProperties": STRING}}
    assert told(nested, {"0": {}, "00": {"1": "a", "01": 2}}) == ["body/00/01: expected string, got integer 2"]


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_every_pointer_leads_to_what_is_wrong(instance: Any) -> None:
    node = {"type": ["object", "array", "string"], "items": {"$ref": "#/components/schemas/Node"}, "maxLength": 2}
    node["additionalProperties"] = {"$ref": "#/components/schemas/Node"}
    validator = Schemas({"components": {"schemas": {"Node": node}}}).at("/components/schemas/Node")
    violations = validator.violations(instance)
    assert (not violations) == validator.is_valid(instance)
    for violation in violations:
        value = lookup(instance, violation.pointer)
        assert len(value) > 2 if violation.rule == "maxLength" else not isinstance(value, dict | list | str)
    assert len(set(violations)) == len(violations)


def test_the_alternative_that_was_meant_is_the_one_that_is_told() -> None:
    def kind(name: str, **properties: Any) -> Any:
        return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": name}, **properties}}

    schema = {
        "properties": {"u": {"oneOf": [kind("circle", radius={"type": "number"}), kind("square", side=STRING), STRING]}}
    }
    assert told(schema, {"u": {"kind": "circle", "radius": "big"}}) == [
        "body/u/radius: expected number, got string 'big'"
    ]
    assert told(schema, {"u": {"kind": "oval"}})[0].startswith(
        "body/u: fits none of 3 alternatives: expected 'circle', got"
    )


@settings(max_examples=100, deadline=None)
@given(
    st.text(min_size=300, max_size=400), st.sampled_from(["type", "enum", "const", "pattern", "format", "not", "anyOf"])
)
def test_a_long_value_is_never_echoed(text: str, word: str) -> None:
    words: dict[str, Any] = {"type": "integer", "enum": ["a"], "const": 1, "pattern": "^(?!)", "format": "date"}
    words |= {"not": {}, "anyOf": [{"const": 1}, {"const": 2}]}
    for message in told({word: words[word]}, text):
        assert len(message) < 400 and text[:60] not in message
    for message in told({"additionalProperties": False}, {text: 1}):
        assert len(message) < 200


@pytest.mark.parametrize("name", ["password", "api_key", "clientSecret", "Authorization", "access-token", "card_cvc"])
@pytest.mark.parametrize(
    "schema", [{"type": "integer"}, {"enum": ["a"]}, {"pattern": "^q"}, {"const": 1}, {"format": "uuid"}]
)
def test_a_secret_is_never_echoed(name: str, schema: Any) -> None:
    (message,) = told({"properties": {name: schema}}, {name: "hunter2"})
    assert message.startswith(f"body/{name}: expected") and "hunter2" not in message


def test_the_place_is_told_for_parameters_too() -> None:
    validator = Schemas({}).of({"type": "integer"})
    assert [violation.place for violation in validator.violations("x", "query")] == ["query"]


DIRECTED = {
    "components": {
        "schemas": {
            "Id": {**STRING, "readOnly": True},
            "Base": {"properties": {"id": {"$ref": "#/components/schemas/Id"}, "pin": {**STRING, "writeOnly": True}}},
            "Thing": {
                "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "pin", "name"]}],
                "properties": {"name": STRING},
            },
        }
    }
}


@pytest.mark.parametrize(
    ("direction", "missing"),
    [(None, ["id", "name", "pin"]), ("request", ["name", "pin"]), ("response", ["id", "name"])],
)
def test_what_does_not_travel_in_a_direction_is_not_required_in_it(direction: Any, missing: list[str]) -> None:
    schemas = Schemas(DIRECTED)
    expected = [f"required member {name!r} is missing" for name in missing]
    by_pointer = schemas.at("/components/schemas/Thing", direction=direction)
    loose = schemas.of({"$ref": "#/components/schemas/Thing"}, direction=direction)
    for validator in (by_pointer, loose):
        assert sorted(violation.message for violation in validator.violations({})) == expected
        assert validator.is_valid({"id": "1", "pin": "2", "name": "3"})


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"format": "int32"}, -(1 << 31), -(1 << 31) - 1),
        ({"format": "int64"}, (1 << 63) - 1, 1 << 63),
        ({"format": "int32", "minimum": 0, "maximum": 10}, 10, 11),
        ({"format": "date-time"}, "2025-07-01T10:52:37Z", "yesterday"),
        ({"format": "byte"}, "aGVsbG8=", "aGVsbG8"),
        ({"format": "date-time-rfc-2822"}, "Tue, 01 Jul 2025 10:52:37 GMT", "1 July"),
        ({"format": "something-new"}, "x", None),
        ({"pattern": "^(?!admin)"}, "user", "administrator"),
        ({"patternProperties": {"^(?!x)": STRING}}, {"x": 1, "y": "1"}, {"y": 1}),
        ({"$ref": "#/components/schemas/A b{c}"}, "x", 1),
        (
            {"properties": {"enum": {"format": "int32"}, "example": STRING}},
            {"enum": 1, "example": ""},
            {"enum": 1 << 40},
        ),
        ({"enum": [{"format": "int32", "minimum": "x"}]}, {"format": "int32", "minimum": "x"}, 1),
        ({"type": "integer"}, 1.0, 1.5),
    ],
)
def test_schemas_mean_what_openapi_says(schema: Any, valid: Any, invalid: Any) -> None:
    validator = Schemas({"components": {"schemas": {"A b{c}": STRING, "S": schema}}}).of(schema)
    assert validator.is_valid(valid)
    assert invalid is None or not validator.is_valid(invalid)


def test_a_schema_is_found_by_any_pointer_however_its_names_are_spelled() -> None:
    schemas = Schemas({"paths": {"/a/{b} c%é": {"x": STRING}, "%7B": {"y": {"format": "int32"}}}})
    assert not schemas.at("/paths/~1a~1{b} c%é/x").is_valid(1)
    assert not schemas.at("/paths/%7B/y").is_valid(1 << 40)


def test_the_responses_called_default_hold_schemas() -> None:
    document = {"responses": {"default": {"schema": {"$ref": "#/a b"}}}, "a b": STRING}
    assert not Schemas(document).at("/responses/default/schema").is_valid(1)


def test_one_schema_is_compiled_once() -> None:
    schemas = Schemas({"a": STRING})
    assert schemas.at("/a") is schemas.at("/a") is schemas.at("/a", direction="request")


def test_a_pattern_that_needs_lookaround_is_warned_of_once_with_its_place() -> None:
    schemas = Schemas(
        {"a": {"pattern": "(?=x)"}, "b": {"pattern": "(?=x)"}}, lambda pointer: Location("api.yaml", 7, pointer)
    )
    schemas.of({"pattern": "(?=x)"})
    (warning,) = schemas.warnings
    assert warning.severity == "warning" and str(warning).startswith(
        "api.yaml:7 /a/pattern: the pattern '(?=x)' needs look-around"
    )


def test_a_pattern_that_backtracks_without_end_is_given_up() -> None:
    validator = Schemas({}).of({"pattern": "^(?=(a+)+$)"})
    seconds = timeit.timeit(lambda: validator.is_valid("a" * 40 + "b"), number=1)
    assert seconds < 2


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {"x": {"type": "objekt"}}}, "/s/properties/x/type: 'objekt' is not a type of JSON Schema"),
        ({"pattern": "["}, "/s/pattern: '[' is not a regular expression"),
        ({"minimum": "x"}, "/s/minimum: this schema cannot be compiled: \"x\" is not of type \"number\""),
        ({"$ref": "#/nope"}, "/s: this schema cannot be compiled: Pointer '/nope' does not exist"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_compiled_is_refused_where_it_stands(schema: Any, message: str) -> None:
    schemas = Schemas({"s": schema}, lambda pointer: Location("api.yaml", 7, pointer))
    with pytest.raises(DocumentError) as caught:
        schemas.at("/s")
    assert str(caught.value) == f"api.yaml:7 {message}"
    with pytest.raises(DocumentError):
        schemas.of(schema)


def test_nothing_outside_the_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "string"}')
    for reference in ((tmp_path / "schema.json").as_uri(), "http://127.0.0.1:9/x", "other.yaml#/a"):
        schemas = Schemas({"s": {"$ref": reference}})
        with pytest.raises(DocumentError, match="cannot be compiled"):
            schemas.at("/s")
        with pytest.raises(DocumentError, match="cannot be compiled"):
            schemas.of({"items": {"$ref": reference}})


def test_resolve_follows_references_and_refuses_circles() -> None:
    schemas = Schemas(
        {"a": {"$ref": "#/b"}, "b": STRING, "c": {"$ref": "#/d"}, "d": {"$ref": "#/c"}, "e": {"$ref": "#/f"}}
    )
    assert schemas.resolve({"$ref": "#/a"}) is STRING
    assert schemas.resolve(True) is True
    for circle in ("#/c", "#/e"):
        with pytest.raises(DocumentError):
            schemas.resolve({"$ref": circle})


def test_the_document_is_not_changed() -> None:
    document = {
        "a": {
            "format": "int32",
            "pattern": "(?=x)",
            "properties": {"x": {"$ref": "#/a b", "readOnly": True}},
            "required": ["x"],
        }
    }
    before = json.dumps(document)
    schemas = Schemas({**document, "a b": {}})
    schemas.at("/a", direction="request")
    assert json.dumps(document) == before


def test_is_valid_is_the_compiled_method_itself() -> None:
    validator = Schemas({"a": {"type": "object", "properties": {"x": STRING}}}).at("/a")
    assert type(validator.is_valid).__name__ == "builtin_function_or_method"
