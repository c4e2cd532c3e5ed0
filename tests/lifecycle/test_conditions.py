"""`when`: an absent value reads as null, and a schema speaks of the type that its keywords do."""

from typing import Any

import pytest

from mock_server.lifecycle.conditions import typed
from tests.lifecycle.stories import begun, simulated


def holds(when: dict[str, Any], **members: Any) -> bool:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "when": when}]}, "two": {}})
    return begun(lifecycle, **members).state == "two"


@pytest.mark.parametrize(
    "schema", [{"pattern": "x"}, {"minLength": 1}, {"minimum": 1}, {"items": True}, {"required": ["a"]}]
)
def test_keywords_of_a_type_are_false_for_null_and_absent(schema: dict[str, Any]) -> None:
    assert not holds({"plan": schema})
    assert not holds({"plan": schema}, plan=None)


@pytest.mark.parametrize("schema", [{"type": "null"}, {"const": None}, {"not": {"pattern": "x"}}, {}])
def test_null_fits_where_the_schema_says_so(schema: dict[str, Any]) -> None:
    assert holds({"plan": schema})


def test_all_conditions_must_hold() -> None:
    when = {"plan": {"const": "pro"}, "$item#/total": {"minimum": 10}, "/counts/failed": {"const": 0}}
    assert holds(when, plan="pro", total=10)
    assert not holds(when, plan="pro", total=9)
    assert not holds(when, plan="free", total=10)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"pattern": "x"}, "string"),
        ({"exclusiveMaximum": 4}, "number"),
        ({"contains": {"pattern": "x"}}, "array"),
        ({"properties": {}}, "object"),
        ({"pattern": "x", "minimum": 1}, ["string", "number"]),
        ({"type": "integer", "minimum": 1}, "integer"),
    ],
)
def test_a_schema_without_type_gets_the_one_its_keywords_speak_of(schema: dict[str, Any], kind: str) -> None:
    assert typed(schema)["type"] == kind


def test_what_is_combined_or_negated_is_typed_likewise() -> None:
    assert typed({"anyOf": [{"pattern": "x"}], "not": {"minimum": 1}}) == {
        "anyOf": [{"pattern": "x", "type": "string"}],
        "not": {"minimum": 1, "type": "number"},
    }
