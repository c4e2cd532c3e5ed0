"""Reading documents: what is accepted, what it becomes, and where mistakes are told to be."""

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import DocumentError
from mock_server.spec.document import Source, decode, join, locate, lookup, read, split

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FLOATS | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


class Dumper(yaml.SafeDumper):
    """PyYAML's, but strings are quoted (some that it leaves plain are numbers in YAML 1.2) and floats are Python's."""


def write_string(dumper: Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')


def write_float(dumper: Dumper, value: float) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(value))


Dumper.add_representer(str, write_string)
Dumper.add_representer(float, write_float)


def mistake(text: str, name: str = "a.yaml") -> str:
    with pytest.raises(DocumentError) as caught:
        read(Source(name, text))
    (problem,) = caught.value.problems
    return str(problem)


def check_places(error: DocumentError) -> None:
    assert error.problems
    assert all(problem.location is not None and problem.location.line for problem in error.problems)


@given(VALUES)
def test_a_value_written_as_json_is_read_as_itself(value: Any) -> None:
    for name in ("a.json", "a.yaml"):
        found = read(Source(name, json.dumps(value)))
        assert json.dumps(found) == json.dumps(value)  # unlike ==, this tells 1 from 1.0 and true


@given(VALUES, st.integers(1, 4))
def test_indented_json_is_read_as_itself(value: Any, indent: int) -> None:
    found = read(Source("a.yaml", json.dumps(value, indent=indent, ensure_ascii=False)))
    assert json.dumps(found) == json.dumps(value)


@given(VALUES)
def test_json_that_the_yaml_reader_gets_is_read_as_itself(value: Any) -> None:
    found = read(Source("a.yaml", "# what follows looks like YAML\n" + json.dumps(value, ensure_ascii=False)))
    assert json.dumps(found) == json.dumps(value)


@given(VALUES, st.booleans())
def test_a_value_written_as_yaml_is_read_as_itself(value: Any, flow: bool) -> None:
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    found = read(Source("a.yaml", text))
    assert json.dumps(found) == json.dumps(value)


@given(VALUES)
def test_every_part_of_a_written_value_is_found_on_a_line_that_shows_it(value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False)
    source = Source("a.yaml", text)
    todo = [("", value)]
    while todo:
        pointer, part = todo.pop()
        place = locate(source, pointer)
        assert place.line is not None
        assert 1 <= place.line <= text.count("\n") + 1
        assert lookup(value, pointer) is part
        children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        todo += [(join(pointer, token), child) for token, child in children]


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail_otherwise_than_with_a_line(text: str) -> None:
    for name in ("a.yaml", "a.json"):
        try:
            read(Source(name, text))
        except DocumentError as error:
            check_places(error)


@given(st.text("{}[]:,&*!-?<>'\"\\ \n\tab1.e#|~\ufeff", max_size=60))
def test_no_text_of_yaml_marks_makes_the_reader_fail_otherwise(text: str) -> None:
    for name in ("a.yaml", "a.json"):
        source = Source(name, text)
        try:
            read(source)
        except DocumentError as error:
            check_places(error)
        assert locate(source, "/a/0/b").line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # YAML 1.2.2 §10.3.2; PyYAML's own loaders read many of these by YAML 1.1
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None), ("nUll", "nUll"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"), ("tRUE", "tRUE"),
        ("0", 0), ("-19", -19), ("+12", 12), ("0o7", 7), ("0o14", 12), ("0x3A", 58), ("0xff", 255),
        ("012", 12), ("0123", 123), ("-0o7", "-0o7"), ("0o8", "0o8"), ("0b11", "0b11"), ("1_000", "1_000"),
        ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("2020-01-01", "2020-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("0.", 0.0), ("-0.0", -0.0), (".5", 0.5), ("+12e03", 12000.0), ("-2E+05", -200000.0), ("1e3", 1000.0),
        ("1.5", 1.5), ("3.1.0", "3.1.0"), (".", "."), ("-x", "-x"), ("+", "+"), ("e3", "e3"), ("1e", "1e"),
        ("12abc", "12abc"), ("=", "="), ("<<", "<<"), ("18446744073709551616", 18446744073709551616),
        ("'12'", "12"), ('"true"', "true"), ("!!str 12", "12"), ("! 12", "12"), ("!!int '12'", 12),
        ("!!float 1", 1.0), ("!!null ''", None), ("!!bool 'true'", True), ("|\n  12\n", "12\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    assert repr(read(Source("a.yaml", f"k: {text}"))["k"]) == repr(value)


def test_keys_are_text_as_it_is_written() -> None:
    text = "200: a\n1.0: b\ntrue: c\n~: d\n0x1F: e\n2020-01-01: f\non: g\n"
    assert list(read(Source("a.yaml", text))) == ["200", "1.0", "true", "~", "0x1F", "2020-01-01", "on"]


def test_a_byte_order_mark_is_no_part_of_a_document() -> None:
    assert read(Source("a.yaml", "\ufeffa: 1")) == {"a": 1}
    assert read(Source("a.json", '\ufeff{"a": 1}')) == {"a": 1}
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read(decode("a.yaml", "a: é".encode(encoding))) == {"a": "é"}


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    with pytest.raises(DocumentError, match=r"a\.yaml:2 /: this is not UTF-8 text"):
        decode("a.yaml", b"a: 1\nb: \xff\n")


def test_aliases_become_values_of_their_own() -> None:
    found = read(Source("a.yaml", "a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n"))
    assert found == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}, {"b": [1]}]}
    found["a"]["b"].append(2)
    assert found["c"] == found["d"][0] == found["d"][1] == {"b": [1]}
    found["d"][0]["b"].append(3)
    assert found["d"][1] == {"b": [1]}


def test_what_an_alias_of_an_alias_holds_is_its_own_too() -> None:
    found = read(Source("a.yaml", "a: &x [1]\nb: &y {k: *x}\nc: *y\n"))
    found["c"]["k"].append(2)
    assert found == {"a": [1], "b": {"k": [1]}, "c": {"k": [1, 2]}}


def test_an_anchor_may_be_used_again_for_something_else() -> None:
    assert read(Source("a.yaml", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n")) == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<<: {b: 1}\nb: 2", {"b": 2}),
        ("b: 2\n<<: {b: 1, c: 1}", {"b": 2, "c": 1}),
        ("<<: [{b: 1}, {b: 2, c: 2}]", {"b": 1, "c": 2}),
        ("'<<': {b: 1}", {"<<": {"b": 1}}),
    ],
)
def test_merge_keys_add_what_is_not_there(text: str, value: Any) -> None:
    assert read(Source("a.yaml", text)) == value


def test_merged_mappings_stay_as_they_were() -> None:
    found = read(Source("a.yaml", "a: &x {l: [1]}\nb: {<<: *x}\nc: {<<: *x}\n"))
    found["b"]["l"].append(2)
    assert found["a"] == found["c"] == {"l": [1]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3 /a: the key 'a' is here twice"),
        ("200: a\n'200': b\n", "a.yaml:2 /200: the key '200' is here twice"),
        ("a:\n  - b: 1\n    b: 2\n", "a.yaml:3 /a/0/b: the key 'b' is here twice"),
        ("a: {<<: {b: 1},\n <<: {c: 1}}", "a.yaml:2 /a/<<: the key"),
        ("a: *x", "a.yaml:1 /a: nothing complete above is anchored as &x"),
        ("a: &x\n  b: *x\n", "a.yaml:2 /a/b: nothing complete above is anchored as &x"),
        ("a:\n  b: .inf\n", "a.yaml:2 /a/b: .inf is no JSON value"),
        ("a: [1, .NaN]", "a.yaml:1 /a/1: .NaN is no JSON value"),
        ("a: 1e999", "a.yaml:1 /a: 1e999 is too large"),
        ("a: " + "1" * 5000, "a.yaml:1 /a: this number has 5000 digits"),
        ("a: !!python/object:os.system x", "a.yaml:1 /a: the tag !!python/object:os.system is not part of JSON's data"),
        ("a: !secret x", "a.yaml:1 /a: the tag !secret"),
        ("a: !!timestamp 2020-01-01", "a.yaml:1 /a: the tag !!timestamp"),
        ("a: !!binary aGk=", "a.yaml:1 /a: the tag !!binary"),
        ("a: !!set {b}", "a.yaml:1 /a: the tag !!set"),
        ("a: !!int x", "a.yaml:1 /a: 'x' is not what its tag !!int says"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2 /: a second document starts here"),
        ("? [a]\n: b\n", "a.yaml:1 /: a key must be plain text"),
        ("a: &k [1]\n*k : 2\n", "a.yaml:2 /: a key must be plain text"),
        ("a:\n  <<: 1\n", "/a/<<: the merge key << takes a mapping"),
        ("a:\n\tb: 1\n", "a.yaml:2 /: this is not YAML"),
        ("a:\n\tb: 1\n", "indent with spaces, not tabs"),
        ("a: 1\nb: 'x\n", "this is not YAML: while scanning a quoted scalar"),
        ("a: 1\nb\0: 1\n", "a.yaml:2 /: this is not YAML"),
        ("a: b: c\n", "a.yaml:1 /: this is not YAML: mapping values are not allowed"),
    ],
)
def test_a_mistake_in_yaml_is_told_with_its_place(text: str, told: str) -> None:
    assert told in mistake(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1,\n "a": 2}', "a.json:2 /a: the key 'a' is here twice"),
        ('{"a": [{"b": 1,\n\n"\\u0062": 2}]}', "a.json:3 /a/0/b: the key 'b' is here twice"),
        ('{"a": [1,\nNaN]}', "a.json:2 /a/1: NaN is no number"),
        ('{"a": -Infinity}', "a.json:1 /a: -Infinity is no number"),
        ('{"a":\n 1e999}', "a.json:2 /a: 1e999 is no number"),
        ('{"a": ' + "1" * 5000 + "}", "a.json:1 /a: this number has 5000 digits"),
        ('{"a": "\\ud800"}', "a.json:1 /a: half of a surrogate pair"),
        ('{"a": 1,}', "a.json:1 /: this is not JSON"),
        ('{"a": 1\n', "a.json:2 /: this is not JSON"),
        ("{'a': 1}", "a.json:1 /: this is not JSON"),
        ("", "a.json:1 /: this is not JSON"),
    ],
)
def test_a_mistake_in_json_is_told_with_its_place(text: str, told: str) -> None:
    assert told in mistake(text, "a.json")


def test_surrogate_pairs_and_tabs_of_json_are_read() -> None:
    assert read(Source("a.yaml", '{\n\t"a":\t"\\ud83d\\ude00", "b": "\\/"}')) == {"a": "😀", "b": "/"}


def test_yaml_flow_mappings_are_not_taken_for_broken_json() -> None:
    assert read(Source("a.yaml", "{a: b, c: [d]}")) == {"a": "b", "c": ["d"]}


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":['])
def test_deep_nesting_is_refused_quickly(name: str, opening: str) -> None:
    started = time.perf_counter()
    assert "nested deeper than 256 levels" in mistake(opening * 100_000, name)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_256_levels_are_read_and_257_are_not(name: str) -> None:
    assert read(Source(name, "[" * 256 + "]" * 256)) is not None
    assert "nested deeper" in mistake("[" * 257 + "]" * 257, name)


def test_depth_counts_what_aliases_stand_for() -> None:
    text = "a: &x " + "[" * 200 + "]" * 200 + "\nb: " + "[" * 100 + "*x" + "]" * 100
    assert "with the alias *x this is nested deeper" in mistake(text)


def test_a_few_aliases_cannot_stand_for_billions() -> None:
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    started = time.perf_counter()
    assert "the aliases stand for more than" in mistake("\n".join(lines))
    assert time.perf_counter() - started < 2


def test_a_pointer_is_looked_up_as_rfc_6901_says() -> None:
    # The examples of §5 and §6.
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, 'k"l': 6, " ": 7, "m~n": 8}
    table = {"": document, "/foo": ["bar", "baz"], "/foo/0": "bar", "/": 0, "/a~1b": 1, "/c%d": 2, "/ ": 7, "/m~0n": 8}
    fragments = {
        "#": document,
        "#/foo/0": "bar",
        "#/": 0,
        "#/a~1b": 1,
        "#/c%25d": 2,
        "#/e%5Ef": 3,
        "#/k%22l": 6,
        "#/%20": 7,
    }
    for pointer, value in (table | fragments).items():
        assert lookup(document, pointer) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/x", "/foo/0/1", "foo", "#foo"])
def test_a_pointer_to_nothing_is_no_value(pointer: str) -> None:
    with pytest.raises(LookupError):
        lookup({"foo": ["bar", "baz"]}, pointer)


@given(st.lists(TEXT | st.integers(0, 99), max_size=5))
def test_a_joined_pointer_splits_into_its_tokens(tokens: list[str | int]) -> None:
    assert split(join("", *tokens)) == [str(token) for token in tokens]


def test_a_place_is_the_line_of_the_deepest_part_that_is_there() -> None:
    for name, text in (
        ("a.yaml", "a:\n- 1\n- b/c: 2\n  q:\n    z: 3\nd: {}\n"),
        ("a.json", '{"a": [\n1, {\n"b/c": 2,\n"q":\n{"z": 3}}],\n"d": {}}'),
    ):
        source = Source(name, text)
        places = {
            pointer: locate(source, pointer).line
            for pointer in ("", "/a", "/a/0", "/a/1", "/a/1/b~1c", "/a/1/q/z", "/a/1/x", "/a/2", "/d/x", "/x")
        }
        assert list(places.values()) == (
            [1, 1, 2, 3, 3, 5, 3, 1, 6, 1] if name == "a.yaml" else [1, 1, 2, 2, 3, 5, 2, 1, 6, 1]
        )


def test_a_place_inside_an_alias_is_where_it_is_anchored() -> None:
    source = Source("a.yaml", "a: &x\n  b: 1\nc: *x\n")
    assert locate(source, "/c").line == 3
    assert locate(source, "/c/b").line == 2
