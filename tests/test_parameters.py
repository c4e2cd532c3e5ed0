"""Parameters: what a client writes by a style and a schema is what the operation gets."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Refusal
from mock_server.messages import Request
from mock_server.parameters import Arguments, compile_parameters
from mock_server.spec import Parameter
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas

STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
COMPONENTS: JsonObject = {
    "Size": {"type": "integer", "default": 20, "maximum": 100},
    "Tree": {
        "type": "object",
        "properties": {"size": {"type": "integer"}, "below": {"$ref": "#/components/schemas/Tree"}},
    },
}


class Reader:
    """An operation with some parameters, each `(name, location, schema, other members...)`."""

    def __init__(self, *parameters: tuple[str, Any, Json, dict[str, Any]]) -> None:
        document: JsonObject = {"schemas": [], "components": {"schemas": COMPONENTS}}
        declared = []
        for index, (name, location, schema, words) in enumerate(parameters):
            document["schemas"].append(schema)
            style = words.get("style", STYLES[location])
            declared.append(
                Parameter(
                    name=name,
                    location=location,
                    required=words.get("required", location == "path"),
                    style=style,
                    explode=words.get("explode", style == "form"),
                    schema=schema,
                    schema_pointer=f"/schemas/{index}",
                    media_type=words.get("media_type"),
                    pointer=f"/parameters/{index}",
                )
            )
        self._read = compile_parameters(declared, Schemas(document), 422)

    def __call__(
        self, query: str = "", *, path: Mapping[str, str] | None = None, fields: Sequence[tuple[str, str]] = ()
    ) -> Arguments:
        assert self._read is not None
        raw = [(name.encode(), value.encode("latin-1")) for name, value in fields]
        return self._read(path or {}, Request("GET", "/", query=query.encode(), fields=raw))

    def refusal(self, *args: Any, **kwargs: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            self(*args, **kwargs)
        assert caught.value.source == "validation"
        return caught.value

    def told(self, *args: Any, **kwargs: Any) -> list[tuple[str, str, str]]:
        return [(one.place, one.pointer, one.rule) for one in self.refusal(*args, **kwargs).violations]


def query(schema: Json, name: str = "x", **words: Any) -> Reader:
    return Reader((name, "query", schema, words))


INTEGER, STRING = {"type": "integer"}, {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
OPEN = {"type": "object", "additionalProperties": STRING}

# -- what is written is what is read -----------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SOME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
LISTS = st.lists(TEXT, min_size=1, max_size=4)
OBJECTS = st.dictionaries(SOME, TEXT, min_size=1, max_size=4)


def encoded(text: str) -> str:
    return quote(text, safe="")


def in_turn(value: Mapping[str, str]) -> list[str]:
    return [encoded(part) for pair in value.items() for part in pair]


def pairs(value: Mapping[str, str]) -> list[str]:
    return [f"{encoded(name)}={encoded(text)}" for name, text in value.items()]


def dotless(text: str) -> str:
    return encoded(text).replace(".", "%2E")


@given(TEXT)
def test_a_string_is_read_as_it_was_written(text: str) -> None:
    assert query(STRING)(f"x={encoded(text)}").query == {"x": text}
    plus = quote(text, safe=" ").replace(" ", "+")
    assert query(STRING)(f"x={plus}").query == {"x": text}
    for style, before in (("simple", ""), ("label", "."), ("matrix", ";x=")):
        reader = Reader(("x", "path", STRING, {"style": style}))
        assert reader(path={"x": before + encoded(text)}).path == {"x": text}


@given(LISTS, st.booleans())
def test_an_array_in_a_query_is_read_as_it_was_written(value: list[str], explode: bool) -> None:
    parts = [encoded(part) for part in value]
    for style, joints in {"form": ",", "spaceDelimited": ["%20", "+"], "pipeDelimited": ["|", "%7C", "%7c"]}.items():
        for joint in joints:
            written = "&".join(f"x={part}" for part in parts) if explode else "x=" + joint.join(parts)
            if style == "form" or explode or not any(sign in part for part in value for sign in " |"):
                assert query(STRINGS, style=style, explode=explode)(written).query == {"x": value}


@given(LISTS, OBJECTS, st.booleans())
def test_an_array_or_object_in_a_path_is_read_as_it_was_written(
    value: list[str], members: dict[str, str], explode: bool
) -> None:
    array = [dotless(part) for part in value]
    names = [(dotless(name), dotless(text)) for name, text in members.items()]
    exploded = [f"{name}={text}" for name, text in names]
    turns = [part for pair in names for part in pair]
    written = {
        "simple": (",".join(array), ",".join(exploded if explode else turns)),
        "label": (
            "." + (".".join(array) if explode else ",".join(array)),
            "." + (".".join(exploded) if explode else ",".join(turns)),
        ),
        "matrix": (
            "".join(f";value={part}" for part in array) if explode else ";value=" + ",".join(array),
            "".join(f";{part}" for part in exploded) if explode else ";value=" + ",".join(turns),
        ),
    }
    for style, (as_array, as_object) in written.items():
        words = {"style": style, "explode": explode}
        assert Reader(("value", "path", STRINGS, words))(path={"value": as_array}).path == {"value": value}
        if style != "matrix" or "value" not in members:  # where a name would be taken for the parameter's
            assert Reader(("value", "path", OPEN, words))(path={"value": as_object}).path == {"value": members}


@given(OBJECTS)
def test_an_object_in_a_query_is_read_as_it_was_written(value: dict[str, str]) -> None:
    assert query(OPEN, explode=False)("x=" + ",".join(in_turn(value))).query == {"x": value}
    deep = "&".join(f"x%5B{encoded(name)}%5D={encoded(text)}" for name, text in value.items())
    if not any(sign in name for name in value for sign in "[]"):
        assert query(OPEN, style="deepObject")(deep).query == {"x": value}
    if "x" not in value:
        assert query(OPEN)("&".join(pairs(value))).query == {"x": value}


@given(
    st.lists(
        st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",= "), min_size=1), min_size=1
    )
)
def test_a_header_array_may_be_spread_over_lines(value: list[str]) -> None:
    reader = Reader(("X-Names", "header", STRINGS, {}))
    assert reader(fields=[("x-names", " , ".join(value))]).header == {"X-Names": value}
    assert reader(fields=[("x-names", part) for part in value]).header == {"X-Names": value}


@given(TEXT, LISTS)
def test_a_cookie_is_read_as_it_was_written(text: str, value: list[str]) -> None:
    reader = Reader(("a", "cookie", STRING, {}), ("b", "cookie", STRINGS, {"explode": False}))
    written = f"other=1; a={encoded(text)}; b={','.join(map(encoded, value))}"
    assert reader(fields=[("cookie", written)]).cookie == {"a": text, "b": value}


@given(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_numbers_and_booleans_are_read_as_their_schema_says(whole: int, number: float, boolean: bool) -> None:
    assert query(INTEGER)(f"x={whole}").query["x"] == whole
    assert query({"type": "number"})(f"x={quote(repr(number))}").query["x"] == number
    assert query({"type": "boolean"})(f"x={str(boolean).lower()}").query["x"] is boolean
    assert query(STRING)(f"x={whole}").query["x"] == str(whole)


@given(st.binary(max_size=40), st.lists(st.sampled_from([*"x[]=&%,+a1", "%7B", "x[a]", "x[a][]", "%ff", "x[0]"])))
def test_no_query_raises_anything_but_a_refusal(raw: bytes, parts: list[str]) -> None:
    schemas = [INTEGER, STRINGS, OPEN, {"$ref": "#/components/schemas/Tree"}, {}]
    for text in (raw.decode("latin-1"), "".join(parts)):
        for schema in schemas:
            for words in ({}, {"explode": False}, {"style": "deepObject"}, {"media_type": "application/json"}):
                try:
                    query(schema, **words)(text)
                    status_code = 200
                except Refusal as refusal:
                    status_code = refusal.status_code
                assert status_code in (200, 400, 422)


# -- schemas -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": ["integer", "string"]}, "5", 5),
        ({"type": ["integer", "string"]}, "five", "five"),
        ({"type": ["integer", "string"], "enum": ["5", 6]}, "5", "5"),
        ({"anyOf": [INTEGER, {"type": "boolean"}]}, "true", True),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "null"]}, "", None),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"allOf": [{"$ref": "#/components/schemas/Size"}]}, "7", 7),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": True}, "true", True),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "-2.5e1", -25.0),
        ({}, "5", "5"),
        (True, "5", "5"),
        ({"minLength": 1}, "5", "5"),
        ({"items": INTEGER}, "5", [5]),
        ({"anyOf": [STRING, STRINGS]}, "a", "a"),
        ({"anyOf": [STRING, STRINGS]}, "a&x=b", ["a", "b"]),
        ({"type": "array", "items": {"type": ["integer", "string"]}}, "1&x=a", [1, "a"]),
    ],
)
def test_a_text_is_typed_by_its_schema(schema: Json, text: str, value: Json) -> None:
    read = query(schema)(f"x={text}").query["x"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["", "abc", "1.5", "1e2", "0x10", "007", "%2B5", "5_0", "٣", "9" * 5000])
def test_what_is_no_integer_is_refused(text: str) -> None:
    assert query(INTEGER).told(f"x={text}") == [("query", "x", "type")]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "1.", ".5", "1 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert query({"type": "number"}).told(f"x={text}") == [("query", "x", "type")]


def test_a_default_stands_in_for_what_is_not_given() -> None:
    reader = Reader(
        ("size", "query", {"$ref": "#/components/schemas/Size"}, {}),
        ("names", "query", {"type": "array", "default": ["a"]}, {}),
        ("other", "query", STRING, {}),
    )
    assert reader().query == {"size": 20, "names": ["a"]}
    reader().query["names"].append("b")
    assert reader().query["names"] == ["a"]
    assert reader("size=5").query["size"] == 5


def test_every_wrong_parameter_is_told_at_once() -> None:
    reader = Reader(
        ("id", "path", INTEGER, {}),
        ("size", "query", {"$ref": "#/components/schemas/Size"}, {}),
        ("after", "query", STRING, {"required": True}),
        ("X-Kind", "header", {"enum": ["a"]}, {}),
        ("c", "cookie", INTEGER, {"required": True}),
    )
    refusal = reader.refusal("size=1000", path={"id": "x"}, fields=[("x-kind", "b")])
    assert refusal.status_code == 422
    assert [(one.place, one.pointer, one.rule) for one in refusal.violations] == [
        ("path", "id", "type"),
        ("query", "size", "maximum"),
        ("query", "after", "required"),
        ("header", "X-Kind", "enum"),
        ("cookie", "c", "required"),
    ]


def test_a_wrong_part_of_a_value_is_told_with_its_place() -> None:
    assert query({"type": "array", "items": INTEGER}).told("x=1&x=b") == [("query", "x/1", "type")]


@pytest.mark.parametrize("text", ["%", "%2", "%zz", "%ff", "%C3%28"])
def test_what_is_not_percent_encoded_utf_8_is_a_bad_request(text: str) -> None:
    for refusal in (query(STRING).refusal(f"x={text}"), Reader(("x", "path", STRING, {})).refusal(path={"x": text})):
        assert refusal.status_code == 400
        assert [one.pointer for one in refusal.violations] == ["x"]
    assert query(STRING).refusal(f"{text}=1").status_code == 400
    assert query(STRING)(f"other={text}&x=1").query == {"x": "1"}


def test_a_single_value_given_twice_is_refused() -> None:
    assert query(STRING).told("x=1&x=2") == [("query", "x", "repeated")]
    assert query(STRINGS, explode=False).told("x=1&x=2") == [("query", "x", "repeated")]
    assert query(OPEN, explode=False).told("x=a,1,a,2") == [("query", "x", "repeated")]
    header = Reader(("X-Kind", "header", STRING, {}))
    assert header.told(fields=[("x-kind", "a"), ("x-kind", "b")]) == [("header", "X-Kind", "repeated")]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"explode": False}, "x=a"),
        ({"explode": False}, "x=a,1,b"),
        ({"style": "deepObject"}, "x[a]=1&x[a][b]=2"),
        ({"style": "deepObject"}, "x[a][b]=2&x[a]=1"),
        ({"style": "deepObject"}, "x" + "[a]" * 17 + "=1"),
    ],
)
def test_an_object_that_is_not_written_in_its_style_is_refused(words: dict[str, Any], text: str) -> None:
    assert query(OPEN, **words).told(text) == [("query", "x", "style")]


def test_a_path_value_without_its_style_s_sign_is_refused() -> None:
    assert Reader(("x", "path", STRING, {"style": "label"})).told(path={"x": "a"}) == [("path", "x", "style")]


def test_undeclared_query_parameters_are_passed_over() -> None:
    assert query(STRING)("y=1&x=2&=3&z&&").query == {"x": "2"}


def test_an_exploded_object_leaves_other_parameters_alone() -> None:
    reader = Reader(("filter", "query", OPEN, {}), ("size", "query", INTEGER, {}))
    assert reader("a=1&size=5&b=2").query == {"filter": {"a": "1", "b": "2"}, "size": 5}
    closed = Reader(("filter", "query", {"type": "object", "properties": {"a": INTEGER}}, {}))
    assert closed("a=1&b=2").query == {"filter": {"a": 1}}
    assert closed("b=2").query == {}


def test_deep_objects_are_typed_all_the_way_down() -> None:
    reader = query({"$ref": "#/components/schemas/Tree"}, style="deepObject")
    assert reader("x[size]=1&x[other]=2").query == {"x": {"size": 1, "other": "2"}}
    nested = {
        "type": "object",
        "properties": {
            "range": {"type": "object", "properties": {"gte": INTEGER}},
            "ids": {"type": "array", "items": INTEGER},
        },
    }
    reader = query(nested, style="deepObject")
    assert reader("x[range][gte]=5&x[ids][]=1&x[ids][]=2").query == {"x": {"range": {"gte": 5}, "ids": [1, 2]}}
    assert reader("x[ids][1]=2&x[ids][0]=1").query == {"x": {"ids": [1, 2]}}
    assert reader("x[ids]=1&x[ids]=2").query == {"x": {"ids": [1, 2]}}
    either = query({"anyOf": [INTEGER, {"type": "object", "additionalProperties": INTEGER}]}, style="deepObject")
    assert either("x=5").query == {"x": 5}
    assert either("x[gte]=5").query == {"x": {"gte": 5}}


def test_a_parameter_with_content_is_read_as_json() -> None:
    reader = query({"type": "object", "required": ["a"]}, media_type="application/json")
    assert reader("x=" + encoded('{"a": [1, 2]}')).query == {"x": {"a": [1, 2]}}
    assert reader.told("x=%7B%7D") == [("query", "x", "required")]
    assert reader.told("x=%7B") == [("query", "x", "json")]
    assert query(STRING, media_type="text/plain")("x=1,2").query == {"x": "1,2"}


def test_the_value_of_a_parameter_named_like_a_secret_is_not_told() -> None:
    refusal = query({"type": "string", "pattern": "^a"}, name="api_key").refusal("api_key=hunter2")
    assert "hunter2" not in " ".join(map(str, refusal.violations))


def test_header_names_are_found_in_any_case() -> None:
    assert Reader(("X-Kind", "header", STRING, {}))(fields=[("x-kind", " a ")]).header == {"X-Kind": "a"}


def test_nothing_declared_needs_nothing_read() -> None:
    assert compile_parameters((), Schemas({}), 422) is None
