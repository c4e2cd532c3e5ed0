"""The laws can fail: each is seen to, on an engine with a fault put into it. A law that cannot fail checks nothing."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mock_server.chance import Chance
from mock_server.lifecycle import Context, Item, Lifecycle, choices, engine, item, ramps
from mock_server.lifecycle import compile as compiling
from mock_server.lifecycle.model import NEVER, Edge, Entry, State, no_find
from mock_server.lifecycle.properties import number
from mock_server.lifecycle.ramps import Ramp
from mock_server.types import Instant, JsonObject
from tests.lifecycle import laws
from tests.lifecycle.stories import Story, stories

Law = Callable[[Story], None]
Fault = Callable[[pytest.MonkeyPatch], None]


def breaks(law: Law) -> bool:
    """Whether some random story breaks the law."""
    searching = settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        searching(given(stories())(law))()
    except AssertionError:
        return True
    return False


def entering_when_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A passed state is entered when somebody looks, not when it was due."""

    def at(self: Lifecycle, item: Item, now: Instant) -> Item:
        while item.due_at <= now:
            moved = next(self.moves(item, item.due_at))
            late = now - moved.entered_at
            due_at = moved.due_at if moved.due_at == NEVER else moved.due_at + late
            item = moved._replace(entered_at=now, changed_at=now, due_at=due_at)
        return item

    patch.setattr(Lifecycle, "at", at)


def judging_conditions_at_each_look(patch: pytest.MonkeyPatch) -> None:
    """`when` is judged by whoever looks, not at entry and after writes only."""
    right = Lifecycle.at

    def at(self: Lifecycle, item: Item, now: Instant) -> Item:
        item = right(self, item, now)
        state = self.states[item.state]
        entry = Entry(item.seed, item.state, item.visit, item.writes, now, Context(), False, no_find)
        values = self.values(item, now)
        if not state.leave:
            return item
        way, due_at = choices.choose_way(state, values, entry, item.entered_at, item.steer)
        return item._replace(way=way, due_at=due_at)

    patch.setattr(Lifecycle, "at", at)


def chance_without_a_key(patch: pytest.MonkeyPatch) -> None:
    """Each draw is a new one, so that no two looks agree."""
    turn = count()
    patch.setattr(Entry, "stream", lambda self, *purpose: Chance(next(turn)))


def leaving_too_early(patch: pytest.MonkeyPatch) -> None:
    """A delay that is drawn runs out before its range begins."""
    right = choices.delay
    patch.setattr(choices, "delay", lambda edge, place, entry: right(edge, place, entry) // 2)


def delays_in_microseconds(patch: pytest.MonkeyPatch) -> None:
    """A delay is drawn to the microsecond."""

    def delay(edge: Edge, place: int, entry: Entry) -> int:
        low, high = edge.after
        return entry.stream("after", place).between(low, high)

    patch.setattr(choices, "delay", delay)


def falling_half_way(patch: pytest.MonkeyPatch) -> None:
    """A ramp's number falls back half way."""
    right = Ramp.level

    def level(self: Ramp, now: Instant) -> tuple[int | float, Instant]:
        half = (self.start_at + self.end_at) // 2
        return (self.start, self.start_at) if half <= now < self.end_at else right(self, now)

    patch.setattr(Ramp, "level", level)


def stopping_a_step_short(patch: pytest.MonkeyPatch) -> None:
    """A ramp does not get to its end."""
    right = Ramp.level

    def level(self: Ramp, now: Instant) -> tuple[int | float, Instant]:
        return right(self, min(now, self.end_at - 1))

    patch.setattr(Ramp, "level", level)


def telling_now_as_the_last_step(patch: pytest.MonkeyPatch) -> None:
    """`updated` moves on with whoever looks."""
    right = Ramp.level
    patch.setattr(Ramp, "level", lambda self, now: (right(self, now)[0], min(now, self.end_at)))


def falling_ramps(patch: pytest.MonkeyPatch) -> None:
    """A ramp leads down where its end lies below its start."""

    def begin(state: State, values: JsonObject, entry: Entry) -> tuple[Ramp, ...]:
        end_at = entry.at + choices.delay(state.leave[0], 0, entry)
        found = []
        for place, rise in enumerate(state.rises):
            to = ramps._target(rise, values, entry)
            start = number(rise.property.get(values)) or 0
            if to is not None and to != start:
                found.append(Ramp(place, start, to, entry.at, end_at))
        return tuple(found)

    patch.setattr(engine, "begin", begin)


def leaving_by_a_way_that_is_not_there(patch: pytest.MonkeyPatch) -> None:
    """Every edge leads to the last state, whatever it says."""
    right = Lifecycle._entered

    def entered(self: Lifecycle, id: str, draft: JsonObject, edge: Edge, entry: Entry, *rest: Any) -> Item:
        last = list(self.states)[-1]
        return right(self, id, draft, edge._replace(to=last), entry._replace(state=last), *rest)

    patch.setattr(Lifecycle, "_entered", entered)


def moving_people_anywhere(patch: pytest.MonkeyPatch) -> None:
    """A person's move asks for no legal way."""
    right = Lifecycle.move
    patch.setattr(Lifecycle, "move", lambda self, item, to, now: right(self, item, to, now, force=True))


def forgetting_the_effects(patch: pytest.MonkeyPatch) -> None:
    """`set` sets nothing."""
    patch.setattr(compiling, "compile_set", lambda target, value: lambda values, entry: None)


def changing_what_is_immutable(patch: pytest.MonkeyPatch) -> None:
    """A request's members are taken over whatever they name (ruling 9)."""

    def draft(self: Lifecycle, item: Item, now: Instant, members: JsonObject) -> JsonObject:
        return {**self.values(item, now), **members}

    patch.setattr(Lifecycle, "_draft", draft)


def rising_above_the_bound(patch: pytest.MonkeyPatch) -> None:
    """A ramp's end is multiplied by what was not drawn."""
    right = ramps._target
    patch.setattr(ramps, "_target", lambda *given: None if (to := right(*given)) is None else to * 3 + 1)


def writing_while_reading(patch: pytest.MonkeyPatch) -> None:
    """Looking writes the ramps' numbers into the item."""
    right = Lifecycle.values

    def values(self: Lifecycle, item: Item, now: Instant) -> JsonObject:
        found = right(self, item, now)
        item.values.update(found)
        return item.values

    patch.setattr(Lifecycle, "values", values)


def sharing_containers(patch: pytest.MonkeyPatch) -> None:
    """A nested property is written into the container that stored items share."""

    def put_nested(path: tuple[str, ...]) -> Callable[[JsonObject, Any], None]:
        def put(values: JsonObject, value: Any) -> None:
            for token in path[:-1]:
                values = values.setdefault(token, {})
            values[path[-1]] = value

        return put

    patch.setattr("mock_server.lifecycle.properties._put_nested", put_nested)


def losing_the_ramps_in_the_store(patch: pytest.MonkeyPatch) -> None:
    """Items come back without what was going on."""
    right = item.decode
    patch.setattr(laws, "decode", lambda data: right(data)._replace(ramps=()))


def forgetting_the_steps_between(patch: pytest.MonkeyPatch) -> None:
    """The next change told is the next move, not the next step of a ramp."""
    patch.setattr(Ramp, "next_step_at", lambda self, now: NEVER)


def forgetting_the_preference(patch: pytest.MonkeyPatch) -> None:
    """`Prefer: lifecycle=` is taken for granted, and forgotten."""
    patch.setattr(Lifecycle, "_steered", lambda self, to, natural: (natural, ()))


def drawing_another_seed(patch: pytest.MonkeyPatch) -> None:
    """An item that is created twice is not the same twice."""
    turn = count()
    right = Lifecycle.create

    def create(self: Lifecycle, id: str, values: JsonObject, chance: Chance, *rest: Any, **more: Any) -> Item:
        return right(self, id, values, Chance(next(turn)), *rest, **more)

    patch.setattr(Lifecycle, "create", create)


MUTANTS: list[tuple[Law, Fault]] = [
    (laws.observing_changes_nothing, entering_when_looked_at),
    (laws.observing_changes_nothing, judging_conditions_at_each_look),
    (laws.observing_changes_nothing, chance_without_a_key),
    (laws.catching_up_is_stepping, entering_when_looked_at),
    (laws.catching_up_is_stepping, judging_conditions_at_each_look),
    (laws.nothing_changes_before_it_is_due, forgetting_the_steps_between),
    (laws.ramps_never_fall, falling_half_way),
    (laws.ramps_never_fall, stopping_a_step_short),
    (laws.ramps_never_fall, falling_ramps),
    (laws.the_last_step_is_the_update, telling_now_as_the_last_step),
    (laws.only_legal_moves, leaving_by_a_way_that_is_not_there),
    (laws.only_legal_moves, moving_people_anywhere),
    (laws.contract_is_kept, forgetting_the_effects),
    (laws.contract_is_kept, changing_what_is_immutable),
    (laws.contract_is_kept, rising_above_the_bound),
    (laws.contract_is_kept, falling_ramps),
    (laws.the_same_seed_tells_the_same_story, drawing_another_seed),
    (laws.the_same_seed_tells_the_same_story, chance_without_a_key),
    (laws.nothing_given_is_changed, writing_while_reading),
    (laws.nothing_given_is_changed, sharing_containers),
    (laws.an_item_survives_the_store, losing_the_ramps_in_the_store),
    (laws.delays_are_whole_and_within_their_range, leaving_too_early),
    (laws.delays_are_whole_and_within_their_range, delays_in_microseconds),
    (laws.what_is_preferred_is_reached, forgetting_the_preference),
]


@pytest.mark.parametrize(("law", "fault"), MUTANTS, ids=[f"{law.__name__}-{fault.__name__}" for law, fault in MUTANTS])
def test_a_fault_in_the_engine_breaks_the_law(law: Law, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert breaks(law)


def test_every_law_is_seen_to_fail() -> None:
    lawful = {law for name, law in vars(laws).items() if callable(law) and _judges_a_story(law)}
    assert lawful == {law for law, _ in MUTANTS}


def _judges_a_story(law: Any) -> bool:
    return getattr(law, "__annotations__", {}) == {"story": Story, "return": None}
