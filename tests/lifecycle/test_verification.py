"""A simulation that can break its own contract is told, with the seed; one that keeps it is not."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mock_server.lifecycle import HookContext, Lifecycle, verify
from mock_server.types import JsonObject
from tests.lifecycle.stories import Maker, compiled, lifecycles, simulated


def told(lifecycle: Lifecycle, seeds: int = 10, **members: Any) -> list[str]:
    return [str(problem) for problem in verify(Maker(lifecycle, members), seeds)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lifecycles())
def test_a_simulation_that_keeps_its_contract_is_not_told(lifecycle: Lifecycle) -> None:
    assert told(lifecycle, seeds=2) == []


def step(**target: Any) -> JsonObject:
    return {"one": {"leave": [{"to": "two", "after": "1s"}]}, "two": target}


@pytest.mark.parametrize(
    ("lifecycle", "pointer", "message"),
    [
        (simulated({"one": {"next": [], "leave": [{"to": "two", "after": "1s"}]}, "two": {}}),
         "simulation/states/one", "no legal way leads to 'two'"),
        (simulated({"one": {"set": {"done": 5}, **step()["one"]}, "two": {"set": {"done": 1}}}, nonDecreasing=["done"]),
         "lifecycle/nonDecreasing", "done falls from 5 to 1 in 'two'"),
        (simulated({"one": {"set": {"text": "10"}, **step()["one"]}, "two": {"set": {"text": "9"}}},
                   nonDecreasing=["text"]),
         "lifecycle/nonDecreasing", "text falls from '10' to '9' in 'two'"),
        (simulated(step(set={"name": "other"}), immutable=["name"]),
         "lifecycle/immutable", "name changes in 'two'"),
        (simulated(step(set={"done": 1001}), atMost={"done": "total"}),
         "lifecycle/atMost", "done is 1001 in 'two', more than total, 1000"),
        (simulated(step(schema={"required": ["note"]})),
         "lifecycle/states/two/schema", "the representation breaks the schema in 'two': required member"),
        (simulated(step(set={"counter": "many"})),
         "schema", "/counter breaks the schema in 'two': expected integer"),
        (simulated(step(), finishesWithin="500ms"),
         "lifecycle/finishesWithin", "left alone, an item is still 'one'"),
        (simulated({"one": {"leave": [{"to": "two", "when": {"plan": {"const": 1}}}]}, "two": {}}, finishesWithin="1h"),
         "lifecycle/finishesWithin", "left alone, an item can stay 'one' for ever"),
        (simulated({"one": {"leave": [{"to": "one"}]}}),
         "simulation", "never settles"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_told(lifecycle: Lifecycle, pointer: str, message: str) -> None:
    (problem,) = [problem for problem in verify(Maker(lifecycle), 4) if message in problem.message]
    assert problem.location is not None
    assert problem.location.pointer == f"/x-resources/things/{pointer}"
    assert "with seed 0" in problem.message


def test_each_promise_is_told_once_with_the_first_seed_that_breaks_it() -> None:
    rarely = {
        "draw": {"level": {"type": "integer", "minimum": 0, "maximum": 9}},
        "schema": {"properties": {"level": {"minimum": 2}}},
    }
    (problem,) = told(simulated(step(**rarely)), seeds=40)
    assert "/level breaks the schema in 'two'" in problem
    seed = int(problem.partition("with seed ")[2].partition(":")[0].partition(",")[0])
    assert told(simulated(step(**rarely)), seeds=seed) == []
    assert told(simulated(step(**rarely)), seeds=40) == [problem]


def test_an_edge_that_only_a_condition_leads_to_is_tried() -> None:
    conditional = {"to": "three", "after": "1s", "when": {"name": {"pattern": "^x+$"}}, "set": {"done": -1}}
    states = {"one": {"leave": [{"to": "two", "after": "1s"}, conditional]}, "two": {}, "three": {}}
    problems = told(simulated(states), seeds=1)
    assert any("as 'three' wishes" in problem or "steered to 'three'" in problem for problem in problems)


def test_actions_are_tried_where_they_are_allowed() -> None:
    lifecycle = simulated(
        {"one": {}},
        nonDecreasing=["counter"],
        actions={"poke": {"from": ["one"]}},
        simulation={"actions": {"poke": [{"add": {"counter": -1}}]}},
    )
    assert any("counter falls" in problem for problem in told(lifecycle))


def test_what_a_hook_raises_is_told() -> None:
    def hook(values: JsonObject, context: HookContext) -> JsonObject:
        raise KeyError("rows")

    words = {"lifecycle": {"initial": "one", "states": {"one": {}}}}
    (problem,) = told(compiled(words, hooks={"one": hook}))
    assert "KeyError: 'rows'" in problem
