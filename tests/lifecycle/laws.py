"""The laws of the evaluation, each as a check of one story that raises AssertionError where the law is broken.

`test_engine` holds the engine to them, `test_mutants` sees each of them fail.
"""

import copy
from collections.abc import Iterator

from mock_server.errors import Refusal
from mock_server.lifecycle import Context, Item, Lifecycle, decode, encode
from mock_server.lifecycle.properties import number
from mock_server.types import Instant, JsonObject
from tests.lifecycle.stories import BEGIN, Event, Story, begun, seen

HORIZON = 90_000_000  # a minute and a half, in microseconds
_STEPS = 40


def happen(lifecycle: Lifecycle, item: Item, event: Event, now: Instant) -> Item:
    """The item after an event; a refused one leaves it as it is."""
    members, context = dict(event.members), Context({"fast": True}, server="http://host")
    try:
        if event.verb == "write":
            return lifecycle.write(item, members, now, context)
        if event.verb in lifecycle.actions:
            return lifecycle.act(item, event.verb, members, context, now)
        if event.verb != "look":
            return lifecycle.move(item, event.verb, now)
    except Refusal as refusal:
        if refusal.status_code >= 500:
            raise
    return item


def told(story: Story) -> Iterator[tuple[Item, Instant]]:
    """The item after its creation and after each event, never looked at in between."""
    now = BEGIN
    item = begun(story.lifecycle, seed=story.seed, **story.members)
    yield item, now
    for event in story.events:
        now += event.after
        item = happen(story.lifecycle, item, event, now)
        yield item, now


def moves(lifecycle: Lifecycle, item: Item) -> Iterator[tuple[Item, Item]]:
    """Each move that time makes with an item left alone, one by one: (before, after)."""
    for _ in range(_STEPS):
        if item.way < 0:
            return
        before, item = item, next(lifecycle.moves(item, item.due_at))
        yield before, item


def observing_changes_nothing(story: Story) -> None:
    """Any two schedules of looks agree (ruling 4): looking at every event, keeping what was seen, or never looking."""
    lifecycle = story.lifecycle
    kept = begun(lifecycle, seed=story.seed, **story.members)
    for event, (item, now) in zip((Event(0, "look", {}), *story.events), told(story), strict=True):
        for part in (1, 2, 3):
            kept = decode(encode(lifecycle.at(kept, now - event.after + event.after * part // 3)))
        kept = happen(lifecycle, kept, event, now)
        assert seen(lifecycle, kept, now) == seen(lifecycle, item, now)
    for gap in (0, 1, 1_000_000, HORIZON):
        assert lifecycle.at(kept, now + gap) == lifecycle.at(item, now + gap)


def catching_up_is_stepping(story: Story) -> None:
    """One look after any gap gives what a look at every change gives."""
    lifecycle = story.lifecycle
    *_, (item, now) = told(story)
    stepped = lifecycle.at(item, now)
    for _ in range(_STEPS):
        change_at = lifecycle.next_move_at(stepped, now)
        if change_at is None:
            break
        assert change_at > now
        now = change_at
        stepped = lifecycle.at(stepped, now)
        assert stepped == lifecycle.at(item, now)


def nothing_changes_before_it_is_due(story: Story) -> None:
    """What `next_move_at` tells is the first change, and is one (numbers that are not whole change all the time)."""
    lifecycle = story.lifecycle
    for left, now in told(story):
        item = lifecycle.at(left, now)
        whole = all(type(ramp.to - ramp.start) is int for ramp in item.ramps)
        change_at = lifecycle.next_move_at(item, now)
        until = now + HORIZON if change_at is None else change_at - 1
        if whole:
            assert seen(lifecycle, item, until) == seen(lifecycle, item, now)
        if change_at is not None and whole:
            changed = lifecycle.at(item, change_at)
            assert changed.visit != item.visit or lifecycle.values(changed, change_at) != lifecycle.values(item, now)


def ramps_never_fall(story: Story) -> None:
    """A ramped number rises and does not pass its end; left by the first edge it is exactly there (ruling 1)."""
    lifecycle = story.lifecycle
    for left, now in told(story):
        item = lifecycle.at(left, now)
        rises = lifecycle.states[item.state].rises
        for ramp in item.ramps:
            get = rises[ramp.place].property.get
            last = number(get(lifecycle.values(item, now)))
            ends_at = min(item.due_at - 1, ramp.end_at)
            for part in range(1, 8):
                level = number(get(lifecycle.values(item, now + max(0, ends_at - now) * part // 7)))
                assert last is not None and level is not None and ramp.start <= last <= level <= ramp.to
                if type(ramp.start) is int and type(ramp.to) is int:
                    assert type(level) is int
                last = level
            if item.way == 0:
                assert number(get(lifecycle.values(item, item.due_at))) == ramp.to


def the_last_step_is_the_update(story: Story) -> None:
    """`updated` is the last change of the representation: a write, a move, or a ramp's last step (ruling 10)."""
    lifecycle = story.lifecycle
    for item, now in told(story):
        for at in (now, now + 1, now + 777_777, now + 2_000_000):
            current = lifecycle.at(item, at)
            for ramp in current.ramps:
                level, stepped_at = ramp.level(at)
                assert ramp.start_at <= stepped_at <= max(at, ramp.start_at)
                assert ramp.level(stepped_at)[0] == level
                if type(level) is int and stepped_at > ramp.start_at:
                    assert ramp.level(stepped_at - 1)[0] < level


def only_legal_moves(story: Story) -> None:
    """Time moves an item along `next` only, an action to its `to`, a person along a legal way (rulings 2 and 12)."""
    lifecycle = story.lifecycle
    before: Item | None = None
    for event, (item, now) in zip((Event(0, "look", {}), *story.events), told(story), strict=True):
        if before is None:
            assert item.state in lifecycle.contract.initial or item.visit > 1
        elif event.verb in lifecycle.states and item is not before:
            there = lifecycle.at(before, now)
            assert event.verb in _reached(lifecycle, there.state)
        for left, entered in moves(lifecycle, lifecycle.at(item, now)):
            assert entered.state in lifecycle.states[left.state].next
        before = item


def _reached(lifecycle: Lifecycle, state: str) -> set[str]:
    found: set[str] = set()
    waiting = [state]
    while waiting:
        for to in lifecycle.legal(waiting.pop()):
            if to not in found:
                found.add(to)
                waiting.append(to)
    return found


def contract_is_kept(story: Story) -> None:
    """States' schemas hold, what never falls does not, what is immutable stays, bounds hold: whenever one looks."""
    lifecycle = story.lifecycle
    first: JsonObject = {}
    last: dict[str, int | float] = {}
    updated = ""
    moments = [(item, now + gap) for item, now in told(story) for gap in (0,)]
    item, now = moments[-1]
    moments += [(item, now + gap) for gap in (1, 1_000_000, 2_500_000, 20_000_000, HORIZON)]
    for item, at in moments:
        current = lifecycle.at(item, at)
        values = lifecycle.values(current, at)
        schema = lifecycle.states[current.state].schema
        assert schema is None or schema.is_valid(lifecycle.shown(values)), (current.state, values)
        assert lifecycle.contract.schema is not None
        assert lifecycle.contract.schema.is_valid(lifecycle.shown(values)), values
        for property in lifecycle.contract.non_decreasing:
            level = number(property.get(values))
            if level is not None:
                assert level >= last.get(property.name, level), property.name
                last[property.name] = level
        for property in lifecycle.contract.immutable:
            assert property.get(values) == first.setdefault(property.name, property.get(values))
        assert values["done"] <= values["total"]
        assert values["updated_at"] >= updated
        updated = values["updated_at"]


def the_same_seed_tells_the_same_story(story: Story) -> None:
    """Nothing but seed, members and events decides: told twice, it is the same."""
    assert list(told(story)) == list(told(story))


def nothing_given_is_changed(story: Story) -> None:
    """Items that went in, and the values that came out, stay as they were."""
    lifecycle = story.lifecycle
    pairs = [(item, now) for item, now in told(story)]
    kept = copy.deepcopy([item for item, _ in pairs])
    values = [lifecycle.values(lifecycle.at(item, now), now) for item, now in pairs]
    copied = copy.deepcopy(values)
    for (item, now), event in zip(pairs, (*story.events, Event(0, "poke", {})), strict=True):
        lifecycle.values(lifecycle.at(item, now + HORIZON), now + HORIZON)
        happen(lifecycle, item, event, now + 1)
    assert [item for item, _ in pairs] == kept
    assert values == copied


def an_item_survives_the_store(story: Story) -> None:
    """`decode` gives back what `encode` was given."""
    for item, now in told(story):
        for at in (now, now + 1_500_000):
            current = story.lifecycle.at(item, at)
            assert decode(encode(current)) == current
            assert type(decode(encode(current))) is Item


def delays_are_whole_and_within_their_range(story: Story) -> None:
    """A state is left as late as its edge says, drawn in whole milliseconds (ruling 11); nothing is overdue."""
    lifecycle = story.lifecycle
    item, _ = next(told(story))
    for before, after in moves(lifecycle, item):
        low, high = lifecycle.states[before.state].leave[before.way].after
        stayed = after.entered_at - before.entered_at
        assert low <= stayed <= high
        assert (stayed - low) % 1000 == 0


def what_is_preferred_is_reached(story: Story) -> None:
    """`Prefer: lifecycle=S` comes to S by edges of the simulation, or is refused where none lead there (ruling 17)."""
    lifecycle = story.lifecycle
    reached = {edge.to for edge in lifecycle.initial}
    waiting = list(reached)
    while waiting:
        for edge in lifecycle.states[waiting.pop()].leave:
            if edge.to not in reached:
                reached.add(edge.to)
                waiting.append(edge.to)
    for state in lifecycle.states:
        item = _preferring(story, state)
        if isinstance(item, Refusal):
            assert state not in reached and item.status_code == 400
            assert all(repr(name) in item.message for name in reached)
            continue
        assert state in reached
        passed = [item.state]
        while item.steer:
            item = next(lifecycle.moves(item, item.due_at))
            passed.append(item.state)
        assert state in passed or item.visit > 1


def _preferring(story: Story, state: str) -> Item | Refusal:
    try:
        return begun(story.lifecycle, seed=story.seed, steer=state, **story.members)
    except Refusal as refusal:
        return refusal
