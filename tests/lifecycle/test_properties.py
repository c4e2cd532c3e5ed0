"""Properties are read and written as their schemas say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.lifecycle.properties import Shape, compile_property, number
from mock_server.types import SECOND
from mock_server.validation import Schemas

AT = 1_738_314_000_250_000


def shape(**properties: Any) -> Shape:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return Shape({"$ref": "#/components/schemas/X"}, ["hidden"], Schemas({"components": {"schemas": {"X": schema}}}))


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "integer"}, AT // SECOND),
        ({"type": ["number", "null"]}, AT // SECOND),
        ({"type": "string", "format": "date-time"}, "2025-01-31T09:00:00.250Z"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "2025-01-31T09:00:00.250Z"),
        ({"type": "string", "format": "date-time-rfc-2822"}, "Fri, 31 Jan 2025 09:00:00 +0000"),
        ({"type": "string", "format": "date"}, "2025-01-31"),
        ({"type": "string"}, "2025-01-31T09:00:00.250Z"),
    ],
)
def test_a_time_is_written_as_the_schema_says(schema: Any, written: Any) -> None:
    values: dict[str, Any] = {}
    shape(at=schema).stamp("at")(values, AT)
    assert values == {"at": written}


def test_a_time_in_a_nested_property_is_written_there() -> None:
    given_values = {"meta": {"a": 1}}
    values = dict(given_values)
    shape(meta={"properties": {"at": {"type": "integer"}}}).stamp("/meta/at")(values, AT)
    assert values == {"meta": {"a": 1, "at": AT // SECOND}}
    assert given_values == {"meta": {"a": 1}}


def test_a_schema_combined_of_others_is_seen_whole() -> None:
    combined = {"allOf": [{"properties": {"n": {"type": "string"}}}, {"properties": {"n": {"minLength": 2}}}]}
    known = shape(outer=combined)
    assert known.types_of("/outer/n") == {"string"}
    assert known.schema_of("/outer/n") == {"allOf": [{"type": "string"}, {"minLength": 2}]}
    assert known.schema_of("hidden") is True


def test_numbers_in_string_properties_are_decimal_strings() -> None:
    values: dict[str, Any] = {}
    put = shape(n={"type": ["string", "null"]}).property("n").put
    for value, kept in ((5, "5"), (0.5, "0.5"), (None, None), ("x", "x"), (True, True)):
        put(values, value)
        assert values["n"] == kept


@pytest.mark.parametrize(
    ("value", "read"),
    [(5, 5), (5.0, 5), (5.5, 5.5), ("5", 5), ("-5.50", -5.5), ("05", 5), (True, None), (None, None), ("", None),
     ("x", None), ("nan", None), ("inf", None), ([], None), ({}, None)],
)  # fmt: skip
def test_numbers_are_read_from_numbers_and_decimal_strings(value: Any, read: Any) -> None:
    found = number(value)
    assert found == read
    assert type(found) is type(read)


names = st.text(max_size=3)


@given(
    st.lists(names, min_size=1, max_size=3),
    st.recursive(st.integers(), lambda x: st.dictionaries(names, x, max_size=2)),
)
def test_what_is_put_is_got(path: list[str], present: Any) -> None:
    name = "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in path)
    values = {path[0]: present}
    before = repr(present)
    target = compile_property(name, textual=False)
    target.put(values, 42)
    assert target.get(values) == 42
    assert repr(present) == before


def test_first_values_follow_the_schema() -> None:
    known = shape(
        a={"type": ["string", "null"]}, b={"type": "string"}, c={"type": "boolean"}, d={"type": "array"},
        e={"type": "object"}, f={}, g={"type": "integer", "minimum": 3, "maximum": 3},
        h={"$ref": "#/components/schemas/X/properties/b"},
    )  # fmt: skip
    assert known.first_values("abcdefgh") == {
        "a": None, "b": "", "c": False, "d": [], "e": {}, "f": None, "g": 3, "h": "",
    }  # fmt: skip


def test_first_values_leave_out_what_is_not_required() -> None:
    optional = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"properties": {"c": {"type": "integer"}}, "type": "object"}},
    }
    known = Shape(optional, ["hidden"], Schemas({}))
    assert known.first_values(["a", "/b/c", "hidden", "unknown"]) == {}
