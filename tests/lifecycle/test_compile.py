"""What only compiling shows is refused with its place, all at once."""

import pytest

from mock_server.errors import DocumentError
from tests.lifecycle.stories import begun, compiled


def test_every_mistake_is_told_with_its_pointer() -> None:
    words = {
        "lifecycle": {
            "initial": "one",
            "states": {"one": {"next": ["two"], "schema": {"pattern": "("}}, "two": {}},
            "actions": {"do/it": {"from": ["one"]}},
        },
        "simulation": {
            "states": {
                "one": {
                    "draw": {"level": {"type": "integer", "minimum": 5, "maximum": 4}},
                    "set": {"note": "$items#/id"},
                    "ramp": {"done": {"to": 5}},
                    "leave": [{"to": "too", "when": {"name": {"pattern": "["}}}],
                }
            },
            "actions": {"do/it": [{"set": {"/counts/failed": "$response.body"}}]},
        },
    }
    with pytest.raises(DocumentError) as refused:
        compiled(words, hooks={"thre": lambda values, context: None})
    told = {problem.location.pointer: problem.message for problem in refused.value.problems if problem.location}
    base = "/x-resources/things"
    assert set(told) == {
        base,
        f"{base}/lifecycle/states/one/schema",
        f"{base}/simulation/states/one/draw/level",
        f"{base}/simulation/states/one/set/note",
        f"{base}/simulation/states/one/ramp",
        f"{base}/simulation/states/one/leave/0",
        f"{base}/simulation/states/one/leave/0/when/name",
        f"{base}/simulation/actions/do~1it/0/set/~1counts~1failed",
    }
    assert told[f"{base}/simulation/states/one/leave/0"] == "there is no state 'too'; did you mean 'two'?"
    assert "'thre'" in told[base]


def test_a_draw_without_a_type_has_the_propertys() -> None:
    words = {
        "lifecycle": {"initial": "one", "states": {"one": {}}},
        "simulation": {"states": {"one": {"draw": {"level": {"minimum": 5, "maximum": 400}}}}},
    }
    assert all(type(begun(compiled(words), seed=seed).values["level"]) is int for seed in range(5))
