"""Expressions are look-ups: they find what is there, of any type, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.lifecycle import ABSENT, Context
from mock_server.lifecycle.expressions import compile_value

ITEM = {"id": "a", "n": 5, "a/b": {"~": [1, {"c": None}]}, "secret": "s"}
CONTEXT = Context(
    {"amount": 1.5, "list": [1, 2]}, {"limit": 20}, {"item_id": "p"}, {b"x-trace": "t"}.get, "http://127.0.0.1:8080"
)


def shown(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "secret"}


def look(value: Any, context: Context = CONTEXT) -> Any:
    return compile_value(value, shown)(ITEM, context)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("$item#/n", 5),
        ("$item#/secret", "s"),
        ("$item", {"id": "a", "n": 5, "a/b": {"~": [1, {"c": None}]}}),
        ("$item#/a~1b/~0/0", 1),
        ("$item#/a~1b/~0/1/c", None),
        ("$request.body", {"amount": 1.5, "list": [1, 2]}),
        ("$request.body#/amount", 1.5),
        ("$request.body#/list/1", 2),
        ("$request.query.limit", 20),
        ("$request.path.item_id", "p"),
        ("$request.header.X-Trace", "t"),
        ("$server", "http://127.0.0.1:8080"),
        ("ft:{$item#/id}/{$item#/n}", "ft:a/5"),
        ("{$item#/a~1b}", '{"~":[1,{"c":null}]}'),
        ("{$item#/a~1b/~0/1/c}", ""),
        ({"url": "{$server}/{$item#/id}", "n": ["$item#/n", "$5"]}, {"url": "http://127.0.0.1:8080/a", "n": [5, "$5"]}),
    ],
)
def test_an_expression_finds_what_is_there(value: Any, found: Any) -> None:
    assert look(value) == found


@pytest.mark.parametrize(
    "value",
    ["$item#/x", "$item#/n/x", "$item#/a~1b/~0/2", "$item#/a~1b/~0/-1", "$request.body#/x", "$request.query.x",
     "$request.path.x", "$request.header.x", "with {$item#/x}", {"a": {"b": "$item#/x"}}, [1, "$item#/x"]],
)  # fmt: skip
def test_one_that_finds_nothing_makes_the_whole_value_absent(value: Any) -> None:
    assert look(value) is ABSENT


@pytest.mark.parametrize("value", ["$request.body", "$request.query.limit", "$request.header.x-trace", "$server"])
def test_without_a_request_nothing_of_it_is_found(value: str) -> None:
    assert look(value, Context()) is ABSENT


@pytest.mark.parametrize(
    "value", ["$other", "$items#/a", "$item.a", "$request", "$request.cookie.a", "$request.query.", "$server#/a",
              "{$x}", "$item#a"],
)  # fmt: skip
def test_an_unknown_root_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"is not an expression|is not a JSON Pointer"):
        compile_value(value, shown)


literals = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text().filter(lambda text: "$" not in text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(literals)
def test_a_literal_is_itself(value: Any) -> None:
    assert look(value) == value
