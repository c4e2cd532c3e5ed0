"""`simulation`, the mock's way: it has to keep to the lifecycle beside it, and to itself."""

from collections.abc import Mapping, Sequence

from mock_server.spec import durations
from mock_server.spec.contract_half import listed
from mock_server.spec.scope import Scope
from mock_server.types import SECOND, JsonObject, Microseconds

_Place = tuple[str | int, ...]


def check(scope: Scope) -> None:
    """Finds what is wrong with a resource's `simulation`, whose `lifecycle` has been checked."""
    lifecycle, simulation = scope.resource["lifecycle"], scope.resource["simulation"]
    initial = listed(lifecycle["initial"])
    for index, edge in enumerate(simulation.get("initial", [])):
        place = ("simulation", "initial", index)
        scope.one_of(edge["to"], initial, "the lifecycle's initial has no state", *place, "to")
        _check_edge(scope, edge, place)
    _check_taken(scope, simulation.get("initial", []), ("simulation", "initial"))
    for name, state in simulation.get("states", {}).items():
        place = ("simulation", "states", name)
        if scope.one_of(name, lifecycle["states"], "the lifecycle has no state", *place):
            _check_state(scope, state, lifecycle["states"][name].get("next", []), place)
    for name, edges in simulation.get("actions", {}).items():
        place = ("simulation", "actions", name)
        if scope.one_of(name, lifecycle.get("actions", {}), "the lifecycle has no action", *place):
            targets = lifecycle["actions"][name].get("to", [])
            for index, edge in enumerate(edges):
                if "to" in edge:
                    what = f"the lifecycle's {name} does not lead to"
                    scope.one_of(edge["to"], targets, what, *place, index, "to")
                _check_edge(scope, edge, (*place, index))
            _check_taken(scope, edges, place)
    if "finishesWithin" in lifecycle:
        _check_finish(scope, lifecycle, simulation)


def _check_state(scope: Scope, state: JsonObject, following: Sequence[str], place: _Place) -> None:
    _check_effects(scope, state, place)
    edges = state.get("leave", [])
    for index, edge in enumerate(edges):
        here = (*place, "leave", index)
        scope.one_of(edge["to"], following, "the lifecycle's `next` of this state has no", *here, "to")
        _check_edge(scope, edge, here)
        if "after" in edge:
            try:
                durations.parse(edge["after"])
            except ValueError as error:
                scope.find(str(error), *here, "after")
    plain = [(index, edge) for index, edge in enumerate(edges) if "when" not in edge]
    weighted = any("weight" in edge for _, edge in plain)
    for index, edge in enumerate(edges):
        if "weight" in edge and "when" in edge:
            message = "a weight is among edges without `when`; leave one of them out"
            scope.find(message, *place, "leave", index, "weight")
    for number, (index, edge) in enumerate(plain):
        if weighted and "weight" not in edge:
            scope.find("other edges here have a weight; give this one its weight too", *place, "leave", index)
        elif not weighted and number > 0:
            message = "this edge is never taken: one without `when` or `weight` comes before it"
            scope.find(message, *place, "leave", index, severity="warning")
    if "ramp" in state and (not edges or "after" not in edges[0]):
        message = "a ramp rises until the first `leave` edge is due; give that edge an `after`"
        scope.find(message, *place, "ramp")


def _check_edge(scope: Scope, edge: JsonObject, place: _Place) -> None:
    _check_effects(scope, edge, place)
    for name, schema in edge.get("when", {}).items():
        if name.startswith("$"):
            scope.expression(name, *place, "when", name)
        else:
            scope.property(name, *place, "when", name)
        scope.json_schema(schema, *place, "when", name)


def _check_effects(scope: Scope, effects: JsonObject, place: _Place) -> None:
    state_property = scope.resource["lifecycle"].get("property")
    for word in ("draw", "set", "add", "ramp"):
        for name in effects.get(word, {}):
            if name == state_property:
                scope.find(f"{name!r} holds the state's name, which only a move changes", *place, word, name)
    for name, schema in effects.get("draw", {}).items():
        scope.property(name, *place, "draw", name)
        scope.json_schema(schema, *place, "draw", name)
    for name, value in effects.get("set", {}).items():
        scope.property(name, *place, "set", name)
        scope.value(value, *place, "set", name)
    for name in effects.get("add", {}):
        scope.number(name, "nothing can be added to it", *place, "add", name)
    for name, ramp in effects.get("ramp", {}).items():
        scope.number(name, "it cannot rise", *place, "ramp", name)
        if isinstance(ramp["to"], str):
            scope.expression(ramp["to"], *place, "ramp", name, "to")
        if "times" in ramp:
            scope.json_schema(ramp["times"], *place, "ramp", name, "times")


def _check_taken(scope: Scope, edges: Sequence[JsonObject], place: _Place) -> None:
    """Where the first edge that holds is taken, what comes behind one without a condition is never looked at."""
    always = next((index for index, edge in enumerate(edges) if "when" not in edge), len(edges))
    for index in range(always + 1, len(edges)):
        message = "this edge is never taken: one without `when` comes before it"
        scope.find(message, *place, index, severity="warning")


def _check_finish(scope: Scope, lifecycle: JsonObject, simulation: JsonObject) -> None:
    """Ruling 13: no state that the simulation passes may hold an item for ever, nor all of them together too long."""
    states = simulation.get("states", {})
    ways: dict[str, list[tuple[str, Microseconds]]] = {}
    todo = [edge["to"] for edge in simulation.get("initial", [])] or listed(lifecycle["initial"])[:1]
    todo += [edge["to"] for edges in simulation.get("actions", {}).values() for edge in edges if "to" in edge]
    while todo:
        name = todo.pop()
        if name in ways or name not in lifecycle["states"]:
            continue
        edges = states.get(name, {}).get("leave", [])
        if lifecycle["states"][name].get("next") and all("when" in edge for edge in edges):
            message = (
                f"an item can wait in {name!r} for ever, so finishesWithin cannot be kept:"
                " give the state a `leave` edge without `when`, or leave finishesWithin out"
            )
            place = ("simulation", "states", name) if name in states else ("lifecycle", "finishesWithin")
            scope.find(message, *place)
        try:
            ways[name] = [(edge["to"], durations.parse(edge.get("after", "0s"))[1]) for edge in edges]
        except ValueError:
            return  # told already
        todo += [target for target, _ in ways[name]]
    try:
        limit, _ = durations.parse(lifecycle["finishesWithin"])
    except ValueError as error:
        scope.find(str(error), "lifecycle", "finishesWithin")
        return
    longest: dict[str, Microseconds | None] = {}
    for name in ways:
        time = _longest(name, ways, longest)
        if time is not None and time > limit:
            message = f"from {name!r} on, the simulation can take {time / SECOND:g} seconds, longer than this"
            scope.find(message, "lifecycle", "finishesWithin")
            return


def _longest(
    name: str, ways: Mapping[str, Sequence[tuple[str, Microseconds]]], known: dict[str, Microseconds | None]
) -> Microseconds | None:
    """The longest time from a state to an end; None where it goes in a circle, which only a run can judge."""
    if name not in known:
        known[name] = None  # should one of its ways come back to it
        times = [(delay, _longest(target, ways, known)) for target, delay in ways.get(name, ())]
        if all(rest is not None for _, rest in times):
            known[name] = max((delay + (rest or 0) for delay, rest in times), default=0)
    return known[name]
