"""Whether a simulation keeps its own contract: with many seeds, stories are told and judged as a client sees them.

A client sees a few moments of an item's life, and so does this: just after each entry, at some moments of the stay and
just before it ends. Every state that the simulation can reach is steered to, every condition is wished for once.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from mock_server.chance import Chance
from mock_server.clock import parse_instant
from mock_server.errors import Location, Problem, Refusal
from mock_server.lifecycle.engine import Lifecycle
from mock_server.lifecycle.item import Item
from mock_server.lifecycle.model import NEVER, Context
from mock_server.lifecycle.paths import reachable, shortest
from mock_server.lifecycle.properties import number
from mock_server.spec.document import join
from mock_server.types import SECOND, Instant, Json, JsonObject
from mock_server.validation import Validator

_BEGIN: Final[Instant] = 1_767_225_600 * SECOND  # 2026-01-01; any instant does
_VISITS: Final = 40  # a story without end is judged no longer than this many states
_LOOKS: Final = 3  # moments of each stay
_REQUEST: Final = Context(server="http://127.0.0.1:8080")


class Maker(Protocol):
    """What makes the members of new items: a resource."""

    name: str
    identity: str
    lifecycle: Lifecycle

    def new_values(self, chance: Chance, members: JsonObject) -> JsonObject:
        """A new item's members, given those of the request."""
        ...

    def new_id(self, chance: Chance, serial: int) -> Json:
        """A new item's identity."""
        ...


class _Fault(NamedTuple):
    pointer: str
    message: str


class _Trial(NamedTuple):
    """How a story begins: with a `Prefer: lifecycle=`, or with members that an edge wishes for; told in `name`."""

    name: str
    steer: str | None
    members: JsonObject


def verify(maker: Maker, seeds: int = 20) -> list[Problem]:
    """Every way in which the simulation of a resource breaks its contract, each with the first seed that shows it.

    Judged: the resource's and the states' schemas, legal ways, `nonDecreasing`, `immutable`, `atMost`, `finishesWithin`
    (rulings 8, 9, 12, 13), and that no instant holds moves without end (ruling 14). Deterministic.
    """
    found: dict[tuple[str, str], Problem] = {}
    for seed in range(seeds):
        for trial in _trials(maker.lifecycle, Chance(seed, "wishes")):
            told = Story(maker, seed)
            try:
                for fault in told.tell(trial):
                    found.setdefault(_rule(fault), _problem(maker.name, fault, seed, trial))
            except Exception as error:  # noqa: BLE001  a hook is the project's own code
                message = error.message if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
                fault = _Fault("simulation", message)
                found.setdefault(_rule(fault), _problem(maker.name, fault, seed, trial))
    return list(found.values())


def _trials(lifecycle: Lifecycle, chance: Chance) -> Iterator[_Trial]:
    yield _Trial("", None, {})
    states = lifecycle.states
    for state in reachable(
        [edge.to for edge in lifecycle.initial], lambda name: [way.to for way in states[name].leave]
    ):
        if state:
            yield _Trial(f", steered to {state!r}", state, {})
    for edge in [*lifecycle.initial, *[edge for state in states.values() for edge in state.leave]]:
        if edge.wish:
            yield _Trial(f", as {edge.to!r} wishes", None, edge.wish(chance))


class Story:
    """One item's life, looked at now and then and judged by the contract."""

    def __init__(self, maker: Maker, seed: int) -> None:
        self.maker = maker
        self.lifecycle = maker.lifecycle
        self.contract = maker.lifecycle.contract
        self.seed = seed
        self.chance = Chance(seed, "looks", maker.name)
        self.last: dict[str, tuple[Json, int | float]] = {}
        self.first: JsonObject = {}
        self.alone = True

    def tell(self, trial: _Trial) -> Iterator[_Fault]:
        """The faults of the whole story, as they show."""
        item = self._begun(trial)
        legal = reachable(self.contract.initial, self.lifecycle.legal)
        if item.state and item.state not in legal:
            yield _Fault("lifecycle/initial", f"a new item is {item.state!r}, which no legal way leads to")
        yield from self._judged(item, _BEGIN)
        now = _BEGIN
        for _ in range(_VISITS):
            for moment in self._moments(item, now):
                yield from self._judged(item, moment)
                now = moment
            before = item
            item, now = self._moved(item, now)
            if item is before:
                return
            if item.state != before.state and shortest(before.state, item.state, self._ways) is None:
                yield _Fault(join("simulation/states", before.state), f"no legal way leads to {item.state!r}")
            yield from self._judged(item, now)

    def _begun(self, trial: _Trial) -> Item:
        chance = Chance(self.seed, "verify", self.maker.name)
        values = self.maker.new_values(chance, trial.members)
        id = values[self.maker.identity] = self.maker.new_id(chance, 1)
        return self.lifecycle.create(
            str(id), values, chance, _BEGIN, _REQUEST, steer=trial.steer, find=lambda resource, key: None
        )

    def _moments(self, item: Item, now: Instant) -> list[Instant]:
        """Some moments of the stay after `now`, the last one just before it ends."""
        ends_at = item.due_at if item.due_at != NEVER else max([ramp.end_at for ramp in item.ramps], default=now) + 1
        stay = ends_at - 1 - now
        looks = sorted([now + self.chance.below(stay) for _ in range(_LOOKS)]) if stay > 0 else []
        return [*looks, ends_at - 1] if looks else []

    def _moved(self, item: Item, now: Instant) -> tuple[Item, Instant]:
        """The item after its next move, or after an action; the same one if there is none."""
        actions = [
            name
            for name, action in self.lifecycle.actions.items()
            # What reads a request cannot be judged without one.
            if item.state in action.allowed and not any(edge.asks for edge in action.edges)
        ]
        if actions and self.seed % 2 and (item.due_at == NEVER or self.chance.below(2)):
            self.alone = False
            try:
                return self.lifecycle.act(item, self.chance.choice(actions), {}, _REQUEST, now), now
            except Refusal as refusal:
                if refusal.status_code >= 500:
                    raise
        return (item, now) if item.due_at == NEVER else (self.lifecycle.at(item, item.due_at), item.due_at)

    def _ways(self, state: str) -> Iterator[tuple[str, str]]:
        return ((to, to) for to in self.lifecycle.legal(state))

    def _judged(self, item: Item, now: Instant) -> Iterator[_Fault]:
        state = self.lifecycle.states[item.state]
        if state.gone is not None:
            return
        values = self.lifecycle.values(item, now)
        shown = self.lifecycle.shown(values)
        yield from _invalid(self.contract.schema, shown, "schema", item.state)
        yield from _invalid(state.schema, shown, join("lifecycle/states", item.state, "schema"), item.state)
        for property in self.contract.non_decreasing:
            value = property.get(values)
            rank = _rank(value)
            if rank is None:
                continue
            last = self.last.get(property.name)
            if last is not None and rank < last[1]:
                message = f"{property.name} falls from {last[0]!r} to {value!r} in {item.state!r}"
                yield _Fault("lifecycle/nonDecreasing", message)
            self.last[property.name] = value, rank
        for property in self.contract.immutable:
            value = property.get(values)
            if self.first.setdefault(property.name, value) != value:
                yield _Fault("lifecycle/immutable", f"{property.name} changes in {item.state!r}")
        for low, high in self.contract.at_most:
            smaller, larger = number(low.get(values)), number(high.get(values))
            if smaller is not None and larger is not None and smaller > larger:
                message = f"{low.name} is {smaller} in {item.state!r}, more than {high.name}, {larger}"
                yield _Fault("lifecycle/atMost", message)
        yield from self._late(item, now)

    def _late(self, item: Item, now: Instant) -> Iterator[_Fault]:
        within = self.contract.finishes_within
        if within is None or not self.alone or not self.lifecycle.states[item.state].next:
            return
        if item.due_at == NEVER:
            yield _Fault("lifecycle/finishesWithin", f"left alone, an item can stay {item.state!r} for ever")
        elif now - _BEGIN > within:
            message = f"left alone, an item is still {item.state!r} after {(now - _BEGIN) / SECOND:g} s"
            yield _Fault("lifecycle/finishesWithin", message)


def _invalid(schema: Validator | None, shown: JsonObject, pointer: str, state: str) -> Iterator[_Fault]:
    if schema is not None and not schema.is_valid(shown):
        for violation in schema.violations(shown):
            where = violation.pointer or "the representation"
            yield _Fault(pointer, f"{where} breaks the schema in {state!r}: {violation.message}")


def _rank(value: Json) -> int | float | None:
    """What `nonDecreasing` compares (ruling 8): numbers, decimal strings, times; None for what has no order."""
    rank = number(value)
    if rank is None and isinstance(value, str):
        try:
            return parse_instant(value)
        except ValueError:
            return None
    return rank


def _rule(fault: _Fault) -> tuple[str, str]:
    """What makes two faults the same one: the rule and the property, not the numbers."""
    return fault.pointer, fault.message.partition(" ")[0]


def _problem(name: str, fault: _Fault, seed: int, trial: _Trial) -> Problem:
    location = Location("document", None, join("/x-resources", name) + "/" + fault.pointer)
    return Problem(f"the simulation breaks its contract with seed {seed}{trial.name}: {fault.message}", location)
