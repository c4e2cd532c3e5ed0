"""`is`, `draw`, `set`, `add`, the Python hook: what entering a state, or taking an edge, does to an item's values."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from mock_server.chance import Chance
from mock_server.lifecycle.model import ABSENT, Effect, Entry, Hook, HookContext, Property, Value
from mock_server.lifecycle.properties import compile_property, number
from mock_server.types import Json, JsonObject

Place: TypeAlias = Literal["state", "edge", "action"]
"""What an effect is written at: a state and the edge that leads there may draw the same property."""


def compile_set(target: Property, value: Value) -> Effect:
    """`set`: the value, or nothing where its expression finds nothing."""
    put = target.put

    def apply(values: JsonObject, entry: Entry) -> None:
        found = value(values, entry.context)
        if found is not ABSENT:
            put(values, found)

    return apply


def compile_constant(target: Property, value: Json) -> Effect:
    """`is`, and `set` to a literal."""
    put = target.put
    return lambda values, entry: put(values, value)


def compile_draw(target: Property, generate: Callable[[Chance], Json], place: Place) -> Effect:
    """`draw`: a value that chance chooses, the same at every look at one visit."""
    put, name = target.put, target.name
    if place == "action":
        # An action does not re-enter the state, but each time it draws it draws anew.
        return lambda values, entry: put(values, generate(entry.stream(place, name, entry.writes)))
    return lambda values, entry: put(values, generate(entry.stream(place, name)))


def compile_add(target: Property, amount: float) -> Effect:
    """`add`: a number more, from 0 where there is none yet."""
    get, put = target.get, target.put
    return lambda values, entry: put(values, (number(get(values)) or 0) + amount)


def compile_hook(hook: Hook) -> Effect:
    """A project's own Python: sets the properties that it gives."""

    def apply(values: JsonObject, entry: Entry) -> None:
        # A copy, so that a member it sets in place is not half of a change.
        for name, value in (hook(values.copy(), HookContext(entry)) or {}).items():
            compile_property(name, textual=False).put(values, value)

    return apply
