"""The evaluation of a lifecycle: a pure function of an item and the time. No timers, and no writes on reads.

An item holds where it stands, the edge it will take and when. To know it at a later time, the moves due by then are
made one after another, each at the instant it was due, so that any number of looks in between changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mock_server.chance import Chance
from mock_server.errors import Refusal, did_you_mean
from mock_server.lifecycle.choices import choose_edge, choose_way
from mock_server.lifecycle.item import Item
from mock_server.lifecycle.model import (
    NEVER,
    Action,
    Context,
    Contract,
    Edge,
    Entry,
    Find,
    Property,
    Stamp,
    State,
    no_find,
)
from mock_server.lifecycle.paths import reachable, shortest
from mock_server.lifecycle.ramps import begin, finish, resume
from mock_server.types import Instant, JsonObject

AT_ONCE: Final = 200
"""How many moves one instant may hold (ruling 14): more is a loop in the document."""

_NO_REQUEST: Final = Context()


class Lifecycle:
    """What the items of one resource do, compiled; see `compile_lifecycle`.

    Items go in and come out, none is changed; instants are virtual microseconds. Without a lifecycle in the document
    there is one state, '', that nothing leaves.
    """

    def __init__(
        self,
        name: str,
        states: Mapping[str, State],
        initial: tuple[Edge, ...],
        actions: Mapping[str, Action],
        contract: Contract,
        *,
        created: Stamp | None,
        updated: Stamp | None,
        hidden: frozenset[str],
        fixed: tuple[Property, ...],
        shown_by: frozenset[str],
        touched: frozenset[str],
        first_values: JsonObject,
    ) -> None:
        self.name = name
        self.states = states
        self.initial = initial
        """The edges that make an item: the first that holds does; the last one always holds."""
        self.actions = actions
        self.contract = contract
        self.hidden = hidden
        self.fixed = frozenset([property.name for property in fixed if not property.name.startswith("/")])
        """What no request changes once the item is there: immutable members (ruling 9) and the engine's own."""
        self.shown_by = shown_by
        """The members that show the state (`is`)."""
        self.touched = touched
        """The members that the simulation writes: `shown_by`, and those of effects and ramps."""
        self.first_values = first_values
        """What a new item has in the touched properties before the simulation writes them (ruling 7)."""
        self._created = created
        self._updated = updated
        self._fixed_within = tuple([property for property in fixed if property.name.startswith("/")])

    @property
    def can_be_gone(self) -> bool:
        """Whether there is a state in which an item answers as if it were not there."""
        return any(state.gone is not None for state in self.states.values())

    # -- looking -----------------------------------------------------------------------------------------------------

    def at(self, item: Item, now: Instant) -> Item:
        """The item with all its moves that are due by `now` made (ruling 4); the same one if none is."""
        return item if now < item.due_at else self._advanced(item, now)

    def moves(self, item: Item, now: Instant) -> Iterator[Item]:
        """The item after each of its moves that are due by `now`, each made at the instant it was due."""
        return self._moves(item, now, Context(server=item.server), False, no_find)

    def values(self, item: Item, now: Instant) -> JsonObject:
        """Every member of an item that `at` brought up to `now`, hidden ones too; never to be changed."""
        if not item.ramps:
            return item.values
        values = item.values.copy()
        rises = self.states[item.state].rises
        changed_at = item.changed_at
        for ramp in item.ramps:
            level, stepped_at = ramp.level(now)
            rise = rises[ramp.place]
            rise.property.put(values, level)
            if stepped_at > changed_at and rise.shown:
                changed_at = stepped_at
        if changed_at != item.changed_at and self._updated:
            self._updated(values, changed_at)  # ruling 10
        return values

    def shown(self, values: JsonObject) -> JsonObject:
        """The representation: all but the hidden members."""
        hidden = self.hidden
        return {name: value for name, value in values.items() if name not in hidden} if hidden else values

    def gone(self, item: Item) -> int | None:
        """The status code that an item up to date answers with instead of itself, if its state is `gone`."""
        return self.states[item.state].gone

    def knows(self, item: Item) -> bool:
        """Whether an item that was kept under another version of the document can go on under this one."""
        state = self.states.get(item.state)
        if state is None or item.way >= len(state.leave):
            return False
        for way in item.steer:
            if way >= len(state.leave):
                return False
            state = self.states[state.leave[way].to]
        return all([ramp.place < len(self.states[item.state].rises) for ramp in item.ramps])

    def next_move_at(self, item: Item, now: Instant) -> Instant | None:
        """When the state or a number of an item up to date changes next; None: not by itself."""
        due_at = min([item.due_at, *[ramp.next_step_at(now) for ramp in item.ramps]])
        return None if due_at == NEVER else due_at

    def legal(self, state: str) -> list[str]:
        """The states that the contract lets an item go to: by time or by an action (ruling 12)."""
        by_action = [to for action in self.actions.values() if state in action.allowed for to in action.to]
        return list(dict.fromkeys([*self.states[state].next, *by_action]))

    # -- changing ----------------------------------------------------------------------------------------------------

    def create(
        self,
        id: str,
        values: JsonObject,
        chance: Chance,
        now: Instant,
        context: Context = _NO_REQUEST,
        *,
        steer: str | None = None,
        find: Find = no_find,
    ) -> Item:
        """A new item: `values` are its members as the request and `first_values` make them, identity included.

        `chance` is for this item alone. `steer` is the state that it shall come to (`Prefer: lifecycle=`, ruling 17): a
        `Refusal` (400) where no edges of the simulation lead there.
        """
        draft = values.copy()
        if self._created:
            self._created(draft, now)
        seed = chance.below(1 << 63)
        edge = self.initial[0]
        if len(self.initial) > 1:
            entry = Entry(seed, "", 0, 0, now, context, True, find)
            # compile_lifecycle puts an edge last that always holds.
            edge = choose_edge(self.initial, draft, entry) or self.initial[-1]
        path: tuple[int, ...] = ()
        if steer is not None:
            edge, path = self._steered(steer, edge)
        entry = Entry(seed, edge.to, 1, 0, now, context, True, find)
        item = self._entered(id, draft, edge, entry, path, context.server)
        return self._settled(item, context, find)

    def act(
        self,
        item: Item,
        operation_id: str,
        members: JsonObject,
        context: Context,
        now: Instant,
        *,
        find: Find = no_find,
    ) -> Item:
        """The item after an action, with the request's `members` taken over (ruling 5).

        A `Refusal` with the action's `otherwise` where the item's state does not allow it; an `otherwise` that is no
        error leaves the item as it is.
        """
        item = self.at(item, now)
        action = self.actions[operation_id]
        if item.state not in action.allowed:
            return self._otherwise(item, action, f"only from {_either(action.allowed)}")
        draft = self._draft(item, now, members)
        entry = Entry(item.seed, item.state, item.visit, item.writes + 1, now, context, True, find)
        edge = choose_edge(action.edges, draft, entry)
        if edge is None:
            return self._otherwise(item, action, "as it is")
        if edge.to:
            entry = entry._replace(state=edge.to, visit=item.visit + 1)
            item = self._entered(item.id, draft, edge, entry, (), item.server)
        else:
            for effect in edge.effects:
                effect(draft, entry)
            item = self._written(item, draft, entry)
        return self._settled(item, context, find)

    def write(
        self,
        item: Item,
        members: JsonObject,
        now: Instant,
        context: Context = _NO_REQUEST,
        *,
        find: Find = no_find,
    ) -> Item:
        """The item with `members` set, but for `fixed` ones; conditions are judged anew."""
        item = self.at(item, now)
        entry = Entry(item.seed, item.state, item.visit, item.writes + 1, now, context, True, find)
        return self._settled(self._written(item, self._draft(item, now, members), entry), context, find)

    def move(self, item: Item, to: str, now: Instant, *, force: bool = False, find: Find = no_find) -> Item:
        """The item after a person put it into the state `to`, through the states of the shortest legal way (ruling 2).

        A `Refusal` (409) where no legal way leads there or no such state is; with `force` it enters `to` directly.
        """
        if to not in self.states:
            hint = did_you_mean(to, self.states) or f"; its states are {_either(self.states)}"
            raise Refusal(409, f"{self.name} has no state {to!r}{hint}", source="state")
        item = self.at(item, now)
        path = (Edge(to),) if force else shortest(item.state, to, self._legal_steps)
        if path is None:
            legal = _either(reachable(self.legal(item.state), self.legal)) or "nowhere"
            raise Refusal(409, f"no legal way leads from {item.state!r} to {to!r}, only to {legal}", source="state")
        context = Context(server=item.server)
        for place, edge in enumerate(path):
            draft = self.values(item, now).copy()
            if place > 0:
                finish(item.ramps, self.states[item.state], draft)
            entry = Entry(item.seed, edge.to, item.visit + 1, item.writes + 1, now, context, False, find)
            item = self._entered(item.id, draft, edge, entry, (), item.server)
        return self._settled(item, context, find)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _advanced(self, item: Item, now: Instant) -> Item:
        for moved in self.moves(item, now):
            item = moved
        return item

    def _moves(self, item: Item, now: Instant, context: Context, request: bool, find: Find) -> Iterator[Item]:
        at_once = 0
        while item.due_at <= now:
            due_at = item.due_at
            at_once = at_once + 1 if due_at == item.entered_at else 1
            if at_once > AT_ONCE:
                message = (
                    f"{self.name} item {item.id!r} never settles: {AT_ONCE} moves in one instant, now {item.state!r}"
                )
                raise Refusal(500, message, source="state")
            edge = self.states[item.state].leave[item.way]
            entry = Entry(item.seed, edge.to, item.visit + 1, item.writes, due_at, context, request, find)
            draft = self.values(item, due_at).copy()
            item = self._entered(item.id, draft, edge, entry, item.steer[1:], item.server)
            yield item

    def _settled(self, item: Item, context: Context, find: Find) -> Item:
        """Make the moves that follow at once, within the request."""
        if item.changed_at >= item.due_at:
            for moved in self._moves(item, item.changed_at, context, True, find):
                item = moved
        return item

    def _draft(self, item: Item, now: Instant, members: JsonObject) -> JsonObject:
        draft = self.values(item, now).copy()
        fixed = self.fixed
        for name, value in members.items():
            if name not in fixed:
                draft[name] = value
        if members:
            for property in self._fixed_within:
                kept = property.get(item.values)
                if kept is not None:
                    property.put(draft, kept)
        return draft

    def _entered(
        self, id: str, draft: JsonObject, edge: Edge, entry: Entry, steer: tuple[int, ...], server: str
    ) -> Item:
        """The item as it enters `edge.to`; `draft` becomes its values."""
        now = entry.at
        state = self.states[edge.to]
        if self._updated:
            self._updated(draft, now)
        for effect in state.effects:
            effect(draft, entry)
        for effect in edge.effects:
            effect(draft, entry)
        if state.hook:
            state.hook(draft, entry)
        ramps = begin(state, draft, entry) if state.rises else ()
        way, due_at = choose_way(state, draft, entry, now, steer) if state.leave else (-1, NEVER)
        return Item(
            id, entry.seed, draft, edge.to, entry.visit, entry.writes, now, now, way, due_at, steer, ramps, server
        )

    def _written(self, item: Item, draft: JsonObject, entry: Entry) -> Item:
        """The item with other values in the same visit: ramps go on, unless their property was written."""
        now = entry.at
        state = self.states[item.state]
        if self._updated:
            self._updated(draft, now)
        ramps = resume(item.ramps, state, draft, now) if item.ramps else ()
        way, due_at = choose_way(state, draft, entry, item.entered_at, item.steer)
        return Item(
            item.id, item.seed, draft, item.state, item.visit, entry.writes, item.entered_at, now, way, due_at,
            item.steer, ramps, item.server,
        )  # fmt: skip

    def _otherwise(self, item: Item, action: Action, reason: str) -> Item:
        if action.otherwise < 400:
            return item
        message = f"{action.operation_id!r} is not possible: the item is {item.state!r}, and it is allowed {reason}"
        raise Refusal(action.otherwise, message, source="state")

    def _steered(self, to: str, natural: Edge) -> tuple[Edge, tuple[int, ...]]:
        """The first edge of a new item and the `leave` edges after it that lead to the state `to` soonest."""
        best: tuple[Edge, tuple[int, ...]] | None = None
        for edge in (natural, *self.initial):
            path = () if edge.to == to else shortest(edge.to, to, self._simulated_steps)
            if path is not None and (best is None or len(path) < len(best[1])):
                best = edge, path
        if best is None and not self.initial[0].to:
            raise Refusal(400, f"{self.name} has no lifecycle: its items come to no state", source="preference")
        if best is None:
            states = reachable([edge.to for edge in self.initial], self._simulated)
            hint = did_you_mean(to, states)
            message = f"no {self.name} item comes to a state {to!r} by itself, only to {_either(states)}{hint}"
            raise Refusal(400, message, source="preference")
        return best

    def _simulated(self, state: str) -> list[str]:
        return [edge.to for edge in self.states[state].leave]

    def _simulated_steps(self, state: str) -> Iterable[tuple[int, str]]:
        return enumerate(self._simulated(state))

    def _legal_steps(self, state: str) -> Iterable[tuple[Edge, str]]:
        """The legal ways on, with the effects of the first edge of the simulation that goes there."""
        actions = [action for action in self.actions.values() if state in action.allowed]
        edges = [*self.states[state].leave, *[edge for action in actions for edge in action.edges]]
        for to in self.legal(state):
            yield next((edge for edge in edges if edge.to == to), Edge(to)), to


def _either(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
