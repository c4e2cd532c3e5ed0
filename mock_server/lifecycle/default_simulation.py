"""The simulation of a lifecycle that states none: plain, and true to the contract.

Each state that time leads out of lasts two seconds, the first way is taken, numbers that never fall are ramped, and
what a state's schema asks for is drawn from it. It is written in the language itself, so that one compiler knows both.
"""

from typing import Final

from mock_server.lifecycle.properties import Shape
from mock_server.types import Json, JsonObject

LASTS: Final = "2s"
_TOP: Final = 100  # where a number without a maximum rises to
_NUMERIC: Final = frozenset({"integer", "number"})


def default_simulation(definition: JsonObject, shape: Shape) -> JsonObject:
    """The words of `simulation` for a resource's `lifecycle`."""
    lifecycle = definition["lifecycle"]
    states = lifecycle["states"]
    passed = _first_way(lifecycle["initial"], states)
    rising = _rising(definition, shape)
    simulated: JsonObject = {}
    for name, state in states.items():
        words: JsonObject = {}
        if name in passed:
            done = (passed.index(name) + 1) / len(passed)
            words["ramp"] = {number: _ramp(number, rising, lifecycle, done) for number in rising}
        if state.get("next"):
            words["leave"] = [{"to": state["next"][0], "after": LASTS}]
        words |= _kept(state.get("schema", {}), rising, shape)
        simulated[name] = {word: value for word, value in words.items() if value}
    return {"states": simulated}


def _first_way(initial: str | list[str], states: JsonObject) -> list[str]:
    """The states that time passes on the first way, from the first initial state until one that it stays in."""
    state = initial if isinstance(initial, str) else initial[0]
    passed: list[str] = []
    while state not in passed and states[state].get("next"):
        passed.append(state)
        state = states[state]["next"][0]
    return passed


def _rising(definition: JsonObject, shape: Shape) -> dict[str, int | float]:
    """The numbers that never fall, with the most that each comes to."""
    lifecycle = definition["lifecycle"]
    still = {*lifecycle.get("immutable", ()), *definition.get("timestamps", {}).values()}
    rising: dict[str, int | float] = {}
    for name in lifecycle.get("nonDecreasing", ()):
        schema = shape.schema_of(name)
        if name not in still and shape.types_of(name) & _NUMERIC and isinstance(schema, dict):
            rising[name] = schema.get("maximum", _TOP)
    # Once for each link of a chain of `atMost`.
    for _ in rising:
        for lower, upper in lifecycle.get("atMost", {}).items():
            if lower in rising and upper in rising:
                rising[lower] = min(rising[lower], rising[upper])
    return rising


def _ramp(name: str, rising: dict[str, int | float], lifecycle: JsonObject, done: float) -> JsonObject:
    bound = lifecycle.get("atMost", {}).get(name)
    if bound is not None and bound not in rising:
        return {"to": f"$item#{bound if bound.startswith('/') else '/' + bound}", "times": {"const": done}}
    top = rising[name]
    return {"to": round(top * done) if isinstance(top, int) else top * done}


def _kept(schema: Json, rising: dict[str, int | float], shape: Shape) -> JsonObject:
    """Effects that bring an item to where a state's `schema` wants it, property by property."""
    if not isinstance(schema, dict):
        return {}
    constants: JsonObject = {}
    draws: JsonObject = {}
    properties = schema.get("properties", {})
    for name in [*properties, *[name for name in schema.get("required", ()) if name not in properties]]:
        wanted = properties.get(name, True)
        if isinstance(wanted, dict) and "const" in wanted:
            constants[name] = wanted["const"]
        elif isinstance(wanted, dict) and wanted.get("type") == "null":
            constants[name] = None
        elif name not in rising and wanted is not False:
            described = shape.schema_of(name)
            parts = [part for part in (described, wanted) if part is not True]
            draws[name] = {"allOf": parts} if len(parts) > 1 else parts[0] if parts else {"type": "string"}
    return {"set": constants, "draw": draws}
