"""Generated values are valid, fixed by the chance, and as complete as references allow."""

import timeit
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mock_server.chance import Chance
from mock_server.errors import DocumentError
from mock_server.generation import compile_generator
from mock_server.generation.conjunction import Unsatisfiable
from mock_server.generation.scalars import number
from mock_server.validation import Schemas

FORMATS = [
    *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri"),
    *(
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ),
    *("byte", "base64url", "char", "date-time-rfc-2822", "http-date", "password", "binary", "unheard-of"),
]
NAMES = st.sampled_from([*"abcd", "x-1", "enum", "properties"])


def bounds(low: str, high: str, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """A pair of keywords, in order."""
    return st.tuples(st.integers(0, most), st.integers(0, most)).flatmap(
        lambda pair: st.sampled_from([{}, {low: min(pair)}, {high: max(pair)}, {low: min(pair), high: max(pair)}])
    )


strings = st.one_of(
    bounds("minLength", "maxLength", 30),
    st.sampled_from(FORMATS).map(lambda name: {"format": name}),
    st.sampled_from(["^[a-z]{3}$", "^x-", r"\d+", "^(?!a)[a-c]{2}$"]).map(lambda pattern: {"pattern": pattern}),
).map(lambda words: {"type": "string", **words})
numbers = st.builds(
    lambda kind, words, step: {"type": kind, **words, **step},
    st.sampled_from(["integer", "number"]),
    st.one_of(
        bounds("minimum", "maximum", 100),
        st.floats(-5, 5, allow_nan=False).map(lambda low: {"exclusiveMinimum": low, "exclusiveMaximum": low + 3}),
        st.sampled_from(["int32", "int64", "float"]).map(lambda name: {"format": name}),
    ),
    st.sampled_from([{}, {}, {"multipleOf": 1}, {"multipleOf": 0.5}]),
)
scalars = st.one_of(
    strings,
    numbers,
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, True, {"enum": ["a", 1, None]}, {"const": {"x": [1]}}]),
    st.sampled_from([{"type": ["string", "null"]}, {"type": ["integer", "boolean"]}, {"type": "string", "example": 5}]),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda properties, required, extra: {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name in required],
            **extra,
        },
        st.dictionaries(NAMES, inner, max_size=4),
        st.sets(NAMES),
        st.one_of(
            st.just({}),
            st.just({"additionalProperties": False}),
            inner.map(lambda schema: {"additionalProperties": schema}),
            st.just({"minProperties": 2}),
            st.just({"patternProperties": {"^x-": {"type": "integer"}}}),
        ),
    )


def arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda items, size, extra: {"type": "array", "items": items, **size, **extra},
        inner,
        bounds("minItems", "maxItems", 4),
        st.sampled_from([{}, {"prefixItems": [{"type": "string"}]}]),
    )


def closed(name: str, schema: Any) -> Any:
    """An alternative that no other fits."""
    return {"type": "object", "required": [name], "properties": {name: schema}, "additionalProperties": False}


def choices(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        st.tuples(inner, inner).map(lambda pair: {"oneOf": [closed("left", pair[0]), closed("right", pair[1])]}),
        st.tuples(inner, inner).map(
            lambda pair: {"allOf": [{"properties": {"a": pair[0]}}, {"type": "object", "properties": {"b": pair[1]}}]}
        ),
        inner.map(lambda schema: {"if": {"type": "string"}, "then": {"minLength": 1}, "else": schema}),
        st.just({"not": {"type": "string"}}),
        st.just({"$ref": "#/components/schemas/Tree"}),
    )


SCHEMAS = st.recursive(scalars, lambda inner: st.one_of(objects(inner), arrays(inner), choices(inner)), max_leaves=8)
TREE = {
    "type": "object",
    "required": ["label"],
    "properties": {
        "label": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "parent": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Tree"}]},
    },
}
DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Tree": TREE,
            "Endless": {
                "type": "object",
                "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Endless"}},
            },
            "Self": {"$ref": "#/components/schemas/Self"},
            "Expression": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["left", "right"],
                        "properties": {name: {"$ref": "#/components/schemas/Expression"} for name in ("left", "right")},
                    },
                    {"type": "number"},
                ]
            },
            "User": {
                "type": "object",
                "required": ["id", "password"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "password": {"type": "string", "writeOnly": True},
                },
            },
        }
    }
}
SCHEMAS_OF_DOCUMENT = Schemas(DOCUMENT)


def required(name: str, schema: Any) -> Any:
    """An object that must have one member."""
    return {"type": "object", "required": [name], "properties": {name: schema}}


def generated(schema: Any, seed: int = 0, **keywords: Any) -> Any:
    return compile_generator(schema, SCHEMAS_OF_DOCUMENT, **keywords)(Chance(seed))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, st.integers(0, 1 << 30))
def test_a_generated_value_is_valid(schema: Any, seed: int) -> None:
    generate = compile_generator(schema, SCHEMAS_OF_DOCUMENT)
    validator = SCHEMAS_OF_DOCUMENT.of(schema)
    value = generate(Chance(seed))
    assert not validator.violations(value)
    assert generate(Chance(seed)) == value == compile_generator(schema, Schemas(DOCUMENT))(Chance(seed))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": [1, 2, 3]}},
        {"type": "array", "contains": {"const": 7}, "minContains": 2, "items": {"type": "integer"}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}], "items": False},
        {"type": "object", "propertyNames": {"pattern": "^x-[a-z]{3}$"}, "minProperties": 2},
        {"type": "object", "patternProperties": {"^s_": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"], "maxProperties": 1},
        {"properties": {"k": {"type": "integer"}}, "if": {"required": ["k"]}, "then": {"required": ["z"]}},
        {"type": "object", "dependentRequired": {"a": ["b"]}, "properties": {"a": {}}},
        {"dependentSchemas": {"a": {"properties": {"b": {"const": 1}}, "required": ["b"]}}, "properties": {"a": {}}},
        {"allOf": [{"type": "number", "minimum": 5}, {"type": "integer", "maximum": 5}]},
        {"allOf": [{"multipleOf": 4, "type": "integer"}, {"multipleOf": 6}], "minimum": 1},
        {"allOf": [{"oneOf": [{"const": 1}, {"const": 2}]}, {"anyOf": [{"const": 2}, {"const": 3}]}]},
        {"allOf": [{"pattern": "^a"}, {"pattern": "b$"}], "anyOf": [{"const": "x"}, {"const": "ab"}]},
        {"allOf": [{"properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"maximum": 3}}}], "required": ["a"]},
        {"$ref": "#/components/schemas/Tree", "required": ["children"], "properties": {"children": {"minItems": 1}}},
        {"oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "null"}}}]},
        {"type": "number", "minimum": 0.123, "maximum": 0.124},
        {"type": "number", "minimum": 1.5, "maximum": 1.5},
        {"type": "number", "multipleOf": 0.1},
        {"type": "number", "maximum": -1e300},
        {"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 6},
        {"type": "string", "pattern": "^a+$", "minLength": 20, "maxLength": 21},
        {"not": {"enum": ["x"]}},
        {"type": "integer", "not": {"multipleOf": 2}},
        {"type": "string", "pattern": "^[ab]$", "not": {"const": "a"}},
        {"allOf": [{"pattern": "^[ab]+$"}, {"pattern": "^.{1,4}$"}], "type": "string"},
        {"allOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
        {"type": "object", "unevaluatedProperties": False, "properties": {"a": {}}},
        {"type": "string", "example": 5},
        {"type": "object", "required": ["undeclared"]},
        {"additionalProperties": {"type": "integer"}, "required": ["undeclared"], "type": "object"},
    ],
)  # fmt: skip
def test_every_word_is_satisfied(schema: Any) -> None:
    is_valid = SCHEMAS_OF_DOCUMENT.of(schema).is_valid
    generate = compile_generator(schema, SCHEMAS_OF_DOCUMENT)
    assert all(is_valid(generate(Chance(seed))) for seed in range(50))


@given(numbers, st.integers(0, 1 << 30))
def test_a_number_is_within_its_bounds_before_it_is_checked(schema: Any, seed: int) -> None:
    try:
        make = number(schema, integral=schema["type"] == "integer")
    except Unsatisfiable:
        assume(False)
    assert SCHEMAS_OF_DOCUMENT.of(schema).is_valid(make(Chance(seed)))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_satisfied(name: str) -> None:
    schema = {"type": "string", "format": name}
    is_valid = SCHEMAS_OF_DOCUMENT.of(schema).is_valid
    generate = compile_generator(schema, SCHEMAS_OF_DOCUMENT)
    assert all(is_valid(generate(Chance(seed))) for seed in range(100))


def test_an_object_has_all_its_declared_members() -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in "abc"}, "required": ["a"]}
    assert set(generated(schema)) == {*"abc"}


def test_references_that_lead_back_end() -> None:
    tree = generated({"$ref": "#/components/schemas/Tree"})
    assert isinstance(tree["label"], str) and tree["children"] and len(str(tree)) < 10_000
    assert isinstance(generated({"$ref": "#/components/schemas/Expression"}), dict)


def test_an_alternative_to_null_is_preferred() -> None:
    assert isinstance(generated({"type": ["null", "string"]}), str)


def test_what_does_not_travel_in_a_direction_is_not_made() -> None:
    user = {"$ref": "#/components/schemas/User"}
    assert set(generated(user)) == {"id", "password"}
    assert set(generated(user, direction="request")) == {"password"}
    assert set(generated(user, direction="response")) == {"id"}


def test_a_valid_example_is_used_and_an_invalid_one_is_not() -> None:
    assert generated({"type": "string", "example": "Ada"}) == "Ada"
    assert generated({"type": "string", "examples": [5, "Ada"]}) == "Ada"
    assert isinstance(generated({"type": "string", "example": 5}), str)


def test_each_call_gives_a_value_of_its_own() -> None:
    generate = compile_generator({"const": {"x": [1]}}, SCHEMAS_OF_DOCUMENT)
    generate(Chance(1))["x"].append(2)
    assert generate(Chance(1)) == {"x": [1]}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (False, "nothing is allowed there"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "no integer is within its bounds"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "at least 3 and at most 2 characters"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "it must be string and integer at once"),
        (required("a", required("b", False)), "for /a/b: nothing is allowed"),
        ({"enum": [1], "type": "string"}, "no|nothing"),
        ({"type": "string", "pattern": "(a)\\1"}, "cannot be drawn from"),
        ({"$ref": "#/components/schemas/Endless"}, "it requires itself without end"),
        ({"$ref": "#/components/schemas/Self"}, "it requires itself without end"),
        ({"type": "array", "items": False, "minItems": 1}, "nothing is allowed there"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_satisfied_is_refused_with_its_reason(schema: Any, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        compile_generator(schema, Schemas(DOCUMENT))


def test_many_references_to_one_another_compile_and_generate_fast() -> None:
    """Forty types that each refer to all of them: without bounds, the values would outgrow any memory."""
    names = [f"T{index}" for index in range(40)]
    properties = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = Schemas(
        {"components": {"schemas": {name: {"type": "object", "properties": properties} for name in names}}}
    )
    seconds = timeit.timeit(
        lambda: compile_generator({"$ref": "#/components/schemas/T0"}, schemas)(Chance(1)), number=1
    )
    assert seconds < 10


def test_a_chain_of_references_is_followed_to_its_end() -> None:
    chain = {f"T{index}": required("next", {"$ref": f"#/components/schemas/T{index + 1}"}) for index in range(30)}
    schemas = Schemas({"components": {"schemas": {**chain, "T30": {"type": "integer"}}}})
    value = compile_generator({"$ref": "#/components/schemas/T0"}, schemas)(Chance(1))
    for _ in range(30):
        value = value["next"]
    assert isinstance(value, int)


def test_a_string_of_a_pattern_costs_microseconds() -> None:
    generate = compile_generator({"type": "string", "pattern": "^adaud_[A-Za-z0-9]{13}$"}, SCHEMAS_OF_DOCUMENT)
    chance = Chance("cost")
    assert min(timeit.repeat(lambda: generate(chance), number=2000, repeat=5)) / 2000 < 30e-6
