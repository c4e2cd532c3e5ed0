"""The rulings of the language, one by one, each by an example."""

from typing import Any

import pytest

from mock_server.chance import Chance
from mock_server.errors import Refusal
from mock_server.lifecycle import Context, HookContext, Lifecycle, decode, encode
from mock_server.types import SECOND, JsonObject
from tests.lifecycle.stories import BEGIN, THING, begun, compiled, seen, simulated

RISING: JsonObject = {
    "one": {
        "ramp": {"done": {"to": "$item#/total"}},
        "leave": [
            {"to": "two", "after": "10s"},
            {"to": "three", "after": "4s", "when": {"name": {"pattern": "early"}}},
        ],
    },
    "two": {"ramp": {"done": {"to": 5000}}, "leave": [{"to": "three", "after": "10s"}]},
    "three": {},
}


def values_at(lifecycle: Lifecycle, item: Any, seconds: float) -> JsonObject:
    return seen(lifecycle, item, BEGIN + round(seconds * SECOND))[1]


def state_at(lifecycle: Lifecycle, item: Any, seconds: float) -> str:
    return seen(lifecycle, item, BEGIN + round(seconds * SECOND))[0]


# -- 1: ramps ----------------------------------------------------------------------------------------------------------


def test_ruling_1_left_by_the_first_edge_a_ramp_reaches_exactly_its_end() -> None:
    lifecycle = simulated(RISING)
    item = begun(lifecycle)
    assert [values_at(lifecycle, item, at)["done"] for at in (0, 5, 9.999999, 10)] == [0, 500, 999, 1000]


def test_ruling_1_left_another_way_a_ramp_stands_where_it_is() -> None:
    lifecycle = simulated(RISING)
    item = begun(lifecycle, name="early")
    assert state_at(lifecycle, item, 4) == "three"
    assert values_at(lifecycle, item, 400)["done"] == 400


def test_ruling_1_the_next_ramp_starts_where_the_last_one_stood() -> None:
    lifecycle = simulated(RISING)
    item = lifecycle.move(begun(lifecycle), "two", BEGIN + 4 * SECOND)
    assert values_at(lifecycle, item, 4)["done"] == 400
    assert values_at(lifecycle, item, 9)["done"] == 400 + 4600 // 2


def test_ruling_1_numbers_that_are_not_whole_rise_evenly() -> None:
    lifecycle = simulated(
        {"one": {"ramp": {"percent": {"to": 0.5}}, "leave": [{"to": "two", "after": "10s"}]}, "two": {}}
    )
    item = begun(lifecycle)
    assert [values_at(lifecycle, item, at)["percent"] for at in (0, 1, 5, 10)] == [0, 0.05, 0.25, 0.5]


def test_a_number_multiplied_by_times_is_rounded_where_it_is_whole() -> None:
    half = {"ramp": {"done": {"to": 101, "times": {"const": 0.5}}}, "leave": [{"to": "two", "after": "1s"}]}
    lifecycle = simulated({"one": half, "two": {}})
    assert values_at(lifecycle, begun(lifecycle), 1)["done"] == 50


def test_a_ramp_in_a_string_property_writes_decimal_strings() -> None:
    lifecycle = simulated({"one": {"ramp": {"text": {"to": 10}}, "leave": [{"to": "two", "after": "10s"}]}, "two": {}})
    item = begun(lifecycle)
    assert [values_at(lifecycle, item, at)["text"] for at in (0, 3, 10)] == ["0", "3", "10"]


def test_a_ramp_starts_from_the_number_that_is_written_into_it() -> None:
    lifecycle = simulated({"one": {"ramp": {"done": {"to": 100}}, "leave": [{"to": "two", "after": "10s"}]}, "two": {}})
    item = lifecycle.write(begun(lifecycle), {"done": 50}, BEGIN + 2 * SECOND)
    assert [values_at(lifecycle, item, at)["done"] for at in (2, 6, 10)] == [50, 75, 100]


# -- 2: a person's move ------------------------------------------------------------------------------------------------


def test_ruling_2_states_on_the_way_are_entered_and_their_ramps_end() -> None:
    states = {**RISING, "one": {**RISING["one"], "leave": RISING["one"]["leave"][:1]}}
    states["two"] = {**states["two"], "set": {"note": "passed"}}
    lifecycle = simulated(states)
    item = lifecycle.move(begun(lifecycle), "three", BEGIN + 4 * SECOND)
    assert (item.state, item.visit) == ("three", 3)
    assert item.values["note"] == "passed"
    assert item.values["done"] == 5000


def test_ruling_2_without_a_legal_way_a_move_is_refused_naming_the_legal_ones() -> None:
    lifecycle = simulated(RISING)
    item = lifecycle.move(begun(lifecycle), "two", BEGIN)
    with pytest.raises(Refusal, match="no legal way leads from 'two' to 'one', only to 'three'") as refused:
        lifecycle.move(item, "one", BEGIN)
    assert refused.value.status_code == 409


def test_ruling_2_a_forced_move_has_the_effects_of_its_target_only() -> None:
    lifecycle = simulated({"one": {}, "two": {"set": {"note": "two"}}, "three": {"set": {"trail": "three"}}})
    item = lifecycle.move(begun(lifecycle), "three", BEGIN, force=True)
    assert (item.state, item.values["trail"], item.values.get("note")) == ("three", "three", None)


def test_ruling_2_a_step_has_the_effects_of_the_edge_that_leads_there() -> None:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "after": "1h", "set": {"note": "by the edge"}}]}, "two": {}})
    assert lifecycle.move(begun(lifecycle), "two", BEGIN).values["note"] == "by the edge"


def test_a_move_to_a_state_that_is_not_there_asks_what_was_meant() -> None:
    lifecycle = simulated(RISING)
    with pytest.raises(Refusal, match="did you mean 'three'") as refused:
        lifecycle.move(begun(lifecycle), "tree", BEGIN)
    assert refused.value.status_code == 409


# -- 3: re-entry and chance --------------------------------------------------------------------------------------------

DRAWN = {"level": {"type": "integer", "minimum": 0, "maximum": 1_000_000}}


def test_ruling_3_a_self_edge_draws_and_waits_anew() -> None:
    lifecycle = simulated({"one": {"draw": DRAWN, "leave": [{"to": "one", "after": "1s..1h"}]}})
    first = begun(lifecycle)
    second = lifecycle.at(first, first.due_at)
    assert second.visit == 2
    assert second.values["level"] != first.values["level"]
    assert second.due_at - second.entered_at != first.due_at - first.entered_at


def test_ruling_3_an_action_without_to_does_not_re_enter() -> None:
    lifecycle = simulated(
        {"one": {"draw": DRAWN, "leave": [{"to": "two", "after": "10s"}]}, "two": {}},
        actions={"poke": {"from": ["one"]}},
        simulation={"actions": {"poke": [{"add": {"counter": 1}}]}},
    )
    item = begun(lifecycle)
    poked = lifecycle.act(item, "poke", {}, Context(), BEGIN + 5 * SECOND)
    assert (poked.values["level"], poked.due_at, poked.visit) == (item.values["level"], item.due_at, item.visit)
    assert poked.values["counter"] == 1


def test_ruling_3_an_action_draws_anew_each_time() -> None:
    lifecycle = simulated(
        {"one": {}},
        actions={"poke": {"from": ["one"]}},
        simulation={"actions": {"poke": [{"draw": DRAWN}]}},
    )
    first = lifecycle.act(begun(lifecycle), "poke", {}, Context(), BEGIN)
    second = lifecycle.act(first, "poke", {}, Context(), BEGIN)
    assert first.values["level"] != second.values["level"]


def test_ruling_3_the_state_and_the_edge_draw_the_same_property_apart() -> None:
    edge = {"to": "two", "after": "1s", "draw": {"counter": DRAWN["level"]}}
    lifecycle = simulated({"one": {"leave": [edge]}, "two": {"draw": {**DRAWN, "counter": DRAWN["level"]}}})
    values = values_at(lifecycle, begun(lifecycle), 1)
    assert values["counter"] != values["level"]


# -- 4: catching up ----------------------------------------------------------------------------------------------------


def test_ruling_4_a_passed_state_is_entered_when_it_was_due() -> None:
    states = {"one": {"leave": [{"to": "two", "after": "2s"}]}, "two": {"leave": [{"to": "three", "after": "3s"}]}}
    lifecycle = simulated({**states, "three": {}})
    item = lifecycle.at(begun(lifecycle), BEGIN + 3600 * SECOND)
    assert (item.state, item.entered_at) == ("three", BEGIN + 5 * SECOND)
    assert item.values["updated_at"] == "2025-06-15T15:06:45.000Z"


def test_ruling_4_conditions_are_not_judged_between_entry_and_write() -> None:
    states = {
        "one": {
            "ramp": {"done": {"to": 100}},
            "leave": [{"to": "two", "after": "10s"}, {"to": "three", "when": {"done": {"minimum": 50}}}],
        },
        "two": {},
        "three": {},
    }
    lifecycle = simulated(states)
    item = begun(lifecycle)
    assert state_at(lifecycle, item, 9) == "one"
    assert lifecycle.write(item, {}, BEGIN + 6 * SECOND).state == "three"


def test_a_condition_that_comes_true_late_moves_the_item_at_the_write() -> None:
    lifecycle = simulated(
        {"one": {"leave": [{"to": "two", "after": "1s", "when": {"plan": {"const": "pro"}}}]}, "two": {}}
    )
    item = lifecycle.write(begun(lifecycle), {"plan": "pro"}, BEGIN + 60 * SECOND)
    assert (item.state, item.entered_at) == ("two", BEGIN + 60 * SECOND)


# -- 5: actions --------------------------------------------------------------------------------------------------------

CAPTURE: JsonObject = {
    "held": {"leave": [{"to": "lost", "after": "10s"}]},
    "lost": {},
    "taken": {},
}
CAPTURING: JsonObject = {"capture": {"from": ["held"], "to": ["taken"], "otherwise": 400}}


def test_ruling_5_a_move_due_at_that_instant_goes_before_the_action() -> None:
    lifecycle = simulated(CAPTURE, actions=CAPTURING)
    item = begun(lifecycle)
    assert lifecycle.act(item, "capture", {}, Context(), BEGIN + 10 * SECOND - 1).state == "taken"
    with pytest.raises(Refusal, match="'capture' is not possible: the item is 'lost'") as refused:
        lifecycle.act(item, "capture", {}, Context(), BEGIN + 10 * SECOND)
    assert (refused.value.status_code, refused.value.source) == (400, "state")


def test_ruling_5_members_are_taken_over_before_edges_are_judged() -> None:
    lifecycle = simulated(
        CAPTURE,
        actions={"capture": {"from": ["held"], "to": ["taken", "lost"]}},
        simulation={"actions": {"capture": [{"to": "lost", "when": {"plan": {"const": "bad"}}}, {"to": "taken"}]}},
    )
    assert lifecycle.act(begun(lifecycle), "capture", {"plan": "bad"}, Context(), BEGIN).state == "lost"
    assert lifecycle.act(begun(lifecycle), "capture", {"plan": "good"}, Context(), BEGIN).state == "taken"


def test_ruling_5_a_refusal_keeps_nothing() -> None:
    lifecycle = simulated(
        CAPTURE,
        actions=CAPTURING,
        simulation={"actions": {"capture": [{"to": "taken", "when": {"plan": {"const": "good"}}}]}},
    )
    item = begun(lifecycle, plan="old")
    with pytest.raises(Refusal):
        lifecycle.act(item, "capture", {"plan": "bad"}, Context(), BEGIN)
    assert item.values["plan"] == "old"


def test_the_default_refusal_of_an_action_is_409() -> None:
    lifecycle = simulated(CAPTURE, actions={"capture": {"from": ["lost"], "to": ["taken"]}})
    with pytest.raises(Refusal) as refused:
        lifecycle.act(begun(lifecycle), "capture", {}, Context(), BEGIN)
    assert refused.value.status_code == 409


def test_an_otherwise_that_is_no_error_leaves_the_item_as_it_is() -> None:
    lifecycle = simulated(CAPTURE, actions={"capture": {"from": ["lost"], "to": ["taken"], "otherwise": 200}})
    item = begun(lifecycle)
    assert lifecycle.act(item, "capture", {"plan": "bad"}, Context(), BEGIN) == item


def test_an_action_reads_its_request() -> None:
    edge = {
        "to": "taken",
        "set": {"counter": "$request.body#/amount", "note": "$request.header.X-Note", "trail": "{$server}/x"},
    }
    lifecycle = simulated(CAPTURE, actions=CAPTURING, simulation={"actions": {"capture": [edge]}})
    context = Context({"amount": 7}, header={b"x-note": "said"}.get, server="http://other")
    values = lifecycle.act(begun(lifecycle), "capture", {}, context, BEGIN).values
    assert (values["counter"], values["note"], values["trail"]) == (7, "said", "http://other/x")


def test_an_expression_that_finds_nothing_leaves_the_property_as_it_is() -> None:
    edge = {"to": "taken", "set": {"counter": "$request.body#/amount", "note": {"a": "$item#/nothing"}}}
    lifecycle = simulated(CAPTURE, actions=CAPTURING, simulation={"actions": {"capture": [edge]}})
    values = lifecycle.act(begun(lifecycle, counter=3, note="n"), "capture", {}, Context(), BEGIN).values
    assert (values["counter"], values["note"]) == (3, "n")


def test_the_server_is_known_in_later_states() -> None:
    lifecycle = simulated(
        {"one": {"leave": [{"to": "two", "after": "1s"}]}, "two": {"set": {"note": "{$server}/{$item#/id}"}}}
    )
    item = decode(encode(begun(lifecycle, context=Context(server="http://there"))))
    assert values_at(lifecycle, item, 1)["note"] == "http://there/thing_1"


# -- 6, 7 and 9: members -----------------------------------------------------------------------------------------------


def test_ruling_7_first_values_are_null_absent_or_zero() -> None:
    touched = ["text", "counter", "done", "percent", "tags", "/counts/completed", "plan"]
    lifecycle = simulated({"one": {"set": dict.fromkeys(touched)}})
    assert lifecycle.first_values == {
        "status": "",  # required: shown by the state at once
        "text": None,  # may be null
        "done": 0,
        "percent": 0,
        "counts": {"completed": 0, "failed": 0},  # whole, since its parent is required
    }
    assert lifecycle.touched == {"status", "text", "counter", "done", "percent", "tags", "counts", "plan"}


def test_ruling_7_a_zero_that_the_schema_forbids_is_a_value_that_it_allows() -> None:
    schema = {**THING, "properties": {**THING["properties"], "done": {"enum": ["low", "high"]}}}
    lifecycle = compiled({"lifecycle": {"initial": "one", "states": {"one": {}}},
                          "simulation": {"states": {"one": {"set": {"done": "high"}}}}}, schema=schema)  # fmt: skip
    assert lifecycle.first_values["done"] in ("low", "high")


def test_ruling_9_what_is_immutable_and_what_the_engine_keeps_stays_through_writes() -> None:
    lifecycle = simulated({"one": {}}, immutable=["name", "/counts/failed"])
    item = begun(lifecycle)
    written = lifecycle.write(
        item,
        {"name": "new", "id": "new", "status": "new", "created_at": 1, "updated_at": "", "note": "new",
         "counts": {"completed": 5, "failed": 5}},
        BEGIN + SECOND,
    )  # fmt: skip
    assert written.values == {**item.values, "note": "new", "counts": {"completed": 5, "failed": 0},
                              "updated_at": "2025-06-15T15:06:41.000Z"}  # fmt: skip


# -- 10: updated -------------------------------------------------------------------------------------------------------


def test_ruling_10_updated_is_the_last_write_move_or_whole_step() -> None:
    schema = {**THING, "properties": {**THING["properties"], "updated_at": {"type": "number"}}}
    lifecycle = compiled(
        {
            "timestamps": {"created": "created_at", "updated": "updated_at"},
            "lifecycle": {"property": "status", "initial": "one", "states": {"one": {"next": ["two"]}, "two": {}}},
            "simulation": {"states": {"one": {"ramp": {"done": {"to": 2}}, "leave": [{"to": "two", "after": "20s"}]}}},
        },
        schema=schema,
    )
    item = begun(lifecycle)
    moments = (0, 9, 10, 19, 20, 99)
    assert [values_at(lifecycle, item, at)["updated_at"] - BEGIN // SECOND for at in moments] == [0, 0, 10, 10, 20, 20]
    written = lifecycle.write(item, {}, BEGIN + 13 * SECOND)
    assert values_at(lifecycle, written, 15)["updated_at"] - BEGIN // SECOND == 13


def test_ruling_10_the_steps_of_a_hidden_member_are_no_update() -> None:
    lifecycle = simulated({"one": {"ramp": {"plan": {"to": 100}}, "leave": [{"to": "two", "after": "10s"}]}, "two": {}})
    item = begun(lifecycle)
    assert values_at(lifecycle, item, 5)["plan"] == 50
    assert values_at(lifecycle, item, 5)["updated_at"] == values_at(lifecycle, item, 0)["updated_at"]


# -- 11 to 14: delays, ways --------------------------------------------------------------------------------------------


def test_ruling_11_a_delay_is_drawn_at_entry_and_stays() -> None:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "after": "4s..8s"}]}, "two": {}})
    delays = {begun(lifecycle, seed=seed).due_at - BEGIN for seed in range(40)}
    assert len(delays) > 20
    assert all(4 * SECOND <= each <= 8 * SECOND and each % 1000 == 0 for each in delays)
    item = begun(lifecycle)
    assert lifecycle.write(item, {"name": "x"}, BEGIN + SECOND).due_at == item.due_at


def test_ruling_14_two_hundred_moves_fit_in_an_instant_and_no_more() -> None:
    chain = {f"s{number}": {"leave": [{"to": f"s{number + 1}"}]} for number in range(200)}
    assert begun(simulated({**chain, "s200": {}})).state == "s200"
    with pytest.raises(Refusal, match="never settles: 200 moves in one instant"):
        begun(simulated({**chain, "s200": {"leave": [{"to": "s201"}]}, "s201": {}}))


def test_the_first_edge_with_when_goes_before_plain_ones() -> None:
    states = {
        "one": {"leave": [{"to": "two"}, {"to": "three", "when": {"name": {"pattern": "x"}}}]},
        "two": {},
        "three": {},
    }
    assert begun(simulated(states), name="plain").state == "two"
    assert begun(simulated(states), name="x").state == "three"


def test_weights_decide_among_plain_edges() -> None:
    ways = [{"to": "two", "weight": 3}, {"to": "three", "weight": 1}]
    lifecycle = simulated({"one": {"leave": ways}, "two": {}, "three": {}})
    ends = [begun(lifecycle, seed=seed).state for seed in range(400)]
    assert 250 < ends.count("two") < 350


def test_without_edges_that_hold_an_item_waits() -> None:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "when": {"plan": {"const": 1}}}]}, "two": {}})
    item = begun(lifecycle)
    assert (state_at(lifecycle, item, 1e9), lifecycle.next_move_at(item, BEGIN)) == ("one", None)


def test_the_first_initial_edge_that_holds_makes_the_item() -> None:
    lifecycle = simulated(
        {"one": {}, "two": {}},
        initial=["one", "two"],
        simulation={"initial": [{"to": "two", "when": {"plan": {"type": "string"}}, "set": {"note": "by the edge"}}]},
    )
    assert begun(lifecycle).state == "one"
    item = begun(lifecycle, plan="pro")
    assert (item.state, item.values["note"]) == ("two", "by the edge")


def test_values_enter_in_order_is_draw_set_add_edge_hook() -> None:
    calls: list[JsonObject] = []

    def hook(values: JsonObject, context: HookContext) -> JsonObject:
        calls.append(values)
        assert context.request is None
        assert context.at == BEGIN + SECOND
        return {"trail": values["trail"] + " hook", "/counts/completed": 9}

    lifecycle = compiled(
        {
            "lifecycle": {
                "initial": "one",
                "states": {"one": {"next": ["two"]}, "two": {"is": {"status": "shown", "note": "is", "counter": 1}}},
            },
            "simulation": {
                "states": {
                    "one": {"leave": [{"to": "two", "after": "1s", "set": {"trail": "{$item#/trail} edge"}}]},
                    "two": {
                        "draw": {"level": {"const": 5}},
                        "set": {"trail": "{$item#/note} {$item#/level} set"},
                        "add": {"counter": 2},
                        "ramp": {"done": {"to": 10}},
                        "leave": [{"to": "one", "after": "10s"}],
                    },
                }
            },
        },
        hooks={"two": hook},
    )
    item = begun(lifecycle)
    counts = item.values["counts"]
    values = values_at(lifecycle, item, 1)
    assert values["trail"] == "is 5 set edge hook"
    assert (values["counter"], values["counts"]) == (3, {"completed": 9, "failed": 0})
    assert counts == {"completed": 0, "failed": 0}
    assert calls[0]["counter"] == 3


def test_a_hook_may_look_others_up_within_a_request_only() -> None:
    def hook(values: JsonObject, context: HookContext) -> JsonObject | None:
        return context.find("files", "file_1")

    words = {"lifecycle": {"initial": "one", "states": {"one": {"next": ["one"]}}},
             "simulation": {"states": {"one": {"leave": [{"to": "one", "after": "1s"}]}}}}  # fmt: skip
    lifecycle = compiled(words, hooks={"one": hook})
    item = begun(lifecycle, find=lambda resource, key: {"note": f"{resource}/{key}"})
    assert item.values["note"] == "files/file_1"
    with pytest.raises(LookupError, match="only within a request that writes"):
        lifecycle.at(item, BEGIN + SECOND)


# -- 12, 17: what is legal, what is preferred --------------------------------------------------------------------------


def test_ruling_12_legal_is_next_or_where_an_action_leads() -> None:
    lifecycle = simulated(CAPTURE, actions=CAPTURING)
    assert lifecycle.legal("held") == ["lost", "taken"]
    assert lifecycle.legal("taken") == []


STEERED: JsonObject = {
    "one": {"leave": [{"to": "two", "after": "2s"}]},
    "two": {
        "ramp": {"done": {"to": 10}},
        "leave": [{"to": "three", "after": "5s"}, {"to": "four", "after": "1s", "when": {"name": {"const": "never"}}}],
    },
    "three": {},
    "four": {},
    "five": {},
}


def test_ruling_17_a_preference_ignores_when_and_keeps_each_delay() -> None:
    lifecycle = simulated(STEERED)
    item = begun(lifecycle, steer="four")
    assert [state_at(lifecycle, decode(encode(item)), at) for at in (0, 2, 2.999, 3, 99)] == [
        "one",
        "two",
        "two",
        "four",
        "four",
    ]


def test_ruling_17_a_preference_lasts_through_writes() -> None:
    lifecycle = simulated(STEERED)
    item = lifecycle.write(begun(lifecycle, steer="four"), {"name": "other"}, BEGIN + 2 * SECOND)
    assert state_at(lifecycle, item, 3) == "four"


def test_ruling_17_a_state_that_no_edge_leads_to_is_refused_naming_those_that_are() -> None:
    with pytest.raises(Refusal, match=r"only to 'one', 'two', 'three', 'four'$") as refused:
        begun(simulated(STEERED), steer="five")
    assert refused.value.status_code == 400


def test_a_state_that_is_gone_says_so() -> None:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "after": "1s"}]}, "two": {"gone": 410}})
    item = begun(lifecycle)
    assert lifecycle.gone(item) is None
    assert lifecycle.gone(lifecycle.at(item, BEGIN + SECOND)) == 410


# -- beside the rulings ------------------------------------------------------------------------------------------------


def test_without_a_lifecycle_there_are_timestamps_only() -> None:
    lifecycle = compiled({"timestamps": {"created": "created_at", "updated": "updated_at"}})
    item = begun(lifecycle)
    assert (item.state, lifecycle.first_values, lifecycle.touched) == ("", {}, frozenset())
    assert item.values["created_at"] == BEGIN // SECOND
    written = lifecycle.write(item, {"name": "new", "id": "new"}, BEGIN + SECOND)
    assert (written.values["name"], written.values["id"]) == ("new", "thing_1")
    assert written.values["updated_at"] > item.values["updated_at"]
    assert lifecycle.gone(written) is None


def test_an_item_of_another_document_is_known_only_where_it_can_go_on() -> None:
    old, new = simulated(STEERED), simulated({"one": {}, "two": {}, "four": {}})
    assert old.knows(begun(old, steer="four"))
    assert not new.knows(begun(old, steer="four"))
    assert not new.knows(old.at(begun(old), BEGIN + 10 * SECOND))
    assert new.knows(begun(new))


def test_the_values_given_are_not_changed() -> None:
    values = {"id": "a", "counts": {"completed": 1}}
    lifecycle = simulated({"one": {"set": {"/counts/completed": 5}}})
    lifecycle.create("a", values, Chance(1), BEGIN)
    assert values == {"id": "a", "counts": {"completed": 1}}
