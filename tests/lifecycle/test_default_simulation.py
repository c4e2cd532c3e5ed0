"""A lifecycle without a simulation is simulated plainly, and keeps its contract."""

from typing import Any

from mock_server.lifecycle import Lifecycle, verify
from mock_server.types import SECOND
from tests.lifecycle.stories import BEGIN, THING, Maker, begun, compiled, seen

STATES: dict[str, Any] = {
    "pending": {"next": ["running"]},
    "running": {"next": ["ready", "failed"]},
    "ready": {"schema": {"required": ["trail"], "properties": {"percent": {"const": 100}, "text": {"type": "null"},
                                                               "level": {"minimum": 7, "maximum": 9}}}},
    "failed": {"schema": {"properties": {"text": {"type": "string"}}}},
}  # fmt: skip


def plain(**words: Any) -> Lifecycle:
    contract = {"property": "status", "initial": ["pending"], "states": STATES, "finishesWithin": "5s", **words}
    return compiled({"timestamps": {"created": "created_at", "updated": "updated_at"}, "lifecycle": contract})


def test_each_state_lasts_two_seconds_and_the_first_way_is_taken() -> None:
    lifecycle = plain()
    item = begun(lifecycle)
    moments = (0, 1.999999, 2, 3.999999, 4, 999)
    states = [seen(lifecycle, item, BEGIN + int(at * SECOND))[0] for at in moments]
    assert states == ["pending", "pending", "running", "running", "ready", "ready"]


def test_numbers_that_never_fall_are_ramped_to_their_bounds() -> None:
    lifecycle = plain(
        nonDecreasing=["percent", "done", "updated_at", "total"], atMost={"done": "total"}, immutable=["total"]
    )
    item = begun(lifecycle, total=40)
    told = [seen(lifecycle, item, BEGIN + at * SECOND)[1] for at in (0, 1, 2, 3, 4)]
    assert [values["percent"] for values in told] == [0, 25, 50, 75, 100]
    assert [values["done"] for values in told] == [0, 10, 20, 30, 40]


def test_a_maximum_and_a_chain_of_bounds_are_kept() -> None:
    properties = {
        **THING["properties"],
        "percent": {"type": "number", "maximum": 1},
        "level": {"type": "integer", "maximum": 9},
    }
    contract = {"property": "status", "initial": "pending", "states": STATES | {"ready": {}},
                "nonDecreasing": ["level", "percent", "done"],
                "atMost": {"done": "level", "counter": "done"}}  # fmt: skip
    lifecycle = compiled({"lifecycle": contract}, schema={**THING, "properties": properties})
    values = seen(lifecycle, begun(lifecycle), BEGIN + 4 * SECOND)[1]
    assert (values["percent"], values["level"], values["done"]) == (1, 9, 9)


def test_each_states_schema_is_kept() -> None:
    values = seen(lifecycle := plain(), begun(lifecycle), BEGIN + 9 * SECOND)[1]
    assert (values["percent"], values["text"]) == (100, None)
    assert 7 <= values["level"] <= 9
    assert type(values["trail"]) is str


def test_it_keeps_the_contract_it_was_made_from() -> None:
    assert verify(Maker(plain(nonDecreasing=["percent", "updated_at"], immutable=["id", "total"])), 10) == []
