"""From a resource's words in `x-resources` to a `Lifecycle`: every look-up, draw and condition becomes a closure."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Problem, did_you_mean
from mock_server.generation import compile_generator
from mock_server.lifecycle.conditions import compile_condition, typed
from mock_server.lifecycle.default_simulation import default_simulation
from mock_server.lifecycle.effects import Place, compile_add, compile_constant, compile_draw, compile_hook, compile_set
from mock_server.lifecycle.engine import Lifecycle
from mock_server.lifecycle.expressions import compile_value, is_expression
from mock_server.lifecycle.model import Action, Condition, Contract, Edge, Effect, Hooks, Property, Rise, State, Value
from mock_server.lifecycle.properties import Shape, path_of
from mock_server.spec.document import join
from mock_server.spec.language import parse_duration
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas, Validator

T = TypeVar("T")


def compile_lifecycle(name: str, definition: JsonObject, schemas: Schemas, hooks: Hooks = {}) -> Lifecycle:  # noqa: B006
    """The lifecycle of the resource `name`, whose words in `x-resources` are `definition`; `hooks` are by state.

    The definition has passed `mock_server.spec.language`. Raises `DocumentError`, with pointers into the document, for
    what only compiling shows: schemas that cannot be compiled or drawn from, unknown states or expressions.
    """
    return _Compiler(name, definition, schemas, hooks).lifecycle()


class _Compiler:
    def __init__(self, name: str, definition: JsonObject, schemas: Schemas, hooks: Hooks) -> None:
        self.name = name
        self.definition = definition
        self.schemas = schemas
        self.hooks = hooks
        self.problems: list[Problem] = []
        self.pointer = join("/x-resources", name)
        self.shape = Shape({"$ref": definition["schema"]}, definition.get("hidden", ()), schemas)
        self.contract: JsonObject = definition.get("lifecycle", {})
        self.states: JsonObject = self.contract.get("states", {})
        self.touched: dict[str, None] = {}
        """Properties that the simulation writes, in the order they are met."""

    def lifecycle(self) -> Lifecycle:
        simulation: JsonObject = self.definition.get("simulation", {})
        if self.contract and "simulation" not in self.definition:
            simulation = default_simulation(self.definition, self.shape)
        words = simulation.get("states", {})
        states = {name: self.state(name, words.get(name, {})) for name in self.states} or {"": State("")}
        initial = self.initial(simulation.get("initial", []))
        actions = self.actions(simulation.get("actions", {}))
        contract = self.judged()
        for state in self.hooks.keys() - states.keys():
            self.refuse(self.pointer, f"a hook is for an unknown state, {state!r}{did_you_mean(state, states)}")
        shown_by = [name for state in self.states for name in self.shown(state)]
        timestamps = self.definition.get("timestamps", {})
        owned = [self.definition["identity"]["property"], *timestamps.values(), *shown_by]
        fixed = dict.fromkeys([*owned, *self.contract.get("immutable", ())])
        first_values = self.shape.first_values(self.touched)
        if self.problems:
            raise DocumentError(self.problems)
        return Lifecycle(
            self.name,
            states,
            initial,
            actions,
            contract,
            created=self.shape.stamp(timestamps["created"]) if "created" in timestamps else None,
            updated=self.shape.stamp(timestamps["updated"]) if "updated" in timestamps else None,
            hidden=self.shape.hidden,
            fixed=tuple(map(self.shape.property, fixed)),
            shown_by=frozenset([path_of(name)[0] for name in shown_by]),
            touched=frozenset([path_of(name)[0] for name in self.touched]),
            first_values=first_values,
        )

    def state(self, name: str, words: JsonObject) -> State:
        stated = self.states[name]
        pointer = join(self.pointer, "simulation", "states", name)
        shows = [compile_constant(self.target(key), value) for key, value in self.shown(name).items()]
        effects = self.effects(words, pointer, "state")
        leave = self.edges(words.get("leave", []), join(pointer, "leave"), "edge")
        plain = [place for place, edge in enumerate(leave) if edge.when is None]
        weights = [leave[place].weight for place in plain]
        rises = self.rises(words.get("ramp", {}), join(pointer, "ramp"))
        if rises and not (leave and "after" in words["leave"][0]):
            self.refuse(
                join(pointer, "ramp"), "a ramp lasts as long as the first `leave` edge's `after`: there is none"
            )
        schema = join(self.pointer, "lifecycle", "states", name, "schema")
        return State(
            name,
            next=tuple(stated.get("next", ())),
            gone=stated.get("gone"),
            schema=self.compiled(schema, self.answer, stated["schema"]) if "schema" in stated else None,
            effects=(*shows, *effects),
            rises=rises,
            leave=leave,
            conditional=tuple([(place, edge.when) for place, edge in enumerate(leave) if edge.when is not None]),
            plain=tuple(plain),
            weights=tuple([weight or 1.0 for weight in weights]) if any(weights) else (),
            hook=compile_hook(self.hooks[name]) if name in self.hooks else None,
        )

    def shown(self, state: str) -> JsonObject:
        """The property values that show a state."""
        stated = self.states[state]
        if "is" in stated:
            shown: JsonObject = stated["is"]
            return shown
        return {self.contract["property"]: state} if "property" in self.contract else {}

    def initial(self, words: list[JsonObject]) -> tuple[Edge, ...]:
        edges = self.edges(words, join(self.pointer, "simulation", "initial"), "edge")
        if all(edge.when is not None for edge in edges):
            stated = listed(self.contract.get("initial", ""))
            edges = (*edges, Edge(stated[0] if stated else ""))
        return edges

    def actions(self, simulated: JsonObject) -> dict[str, Action]:
        found = {}
        for operation_id, words in self.contract.get("actions", {}).items():
            to = tuple(words.get("to", ()))
            pointer = join(self.pointer, "simulation", "actions", operation_id)
            if simulated.get(operation_id):
                edges = self.edges(simulated[operation_id], pointer, "action")
            else:
                edges = (Edge(to[0] if to else ""),)
            found[operation_id] = Action(operation_id, tuple(words["from"]), to, words.get("otherwise", 409), edges)
        return found

    def edges(self, words: list[JsonObject], pointer: str, place: Place) -> tuple[Edge, ...]:
        return tuple([self.edge(edge, join(pointer, index), place) for index, edge in enumerate(words)])

    def edge(self, words: JsonObject, pointer: str, place: Place) -> Edge:
        to = words.get("to", "")
        if to not in self.states and not (to == "" and place == "action"):
            self.refuse(pointer, f"there is no state {to!r}{did_you_mean(to, self.states)}")
        after = self.compiled(join(pointer, "after"), parse_duration, words["after"]) if "after" in words else None
        return Edge(
            to,
            after or (0, 0),
            self.condition(words["when"], join(pointer, "when")) if words.get("when") else None,
            words.get("weight"),
            self.effects(words, pointer, place),
            words.get("when"),
            asks="$request" in repr(words.get("set")),
            wish=partial(self.wish, words["when"]) if words.get("when") else None,
        )

    def wish(self, conditions: JsonObject, chance: Chance) -> JsonObject:
        """Members drawn from the schemas of a `when`, as far as they are properties and can be drawn from."""
        members: JsonObject = {}
        for name, schema in conditions.items():
            if is_expression(name) or name.startswith("/"):
                continue
            with suppress(DocumentError):
                described = self.shape.schema_of(name)
                wanted = typed(schema) if described is True else {"allOf": [described, typed(schema)]}
                members[name] = compile_generator(wanted, self.schemas)(chance.derive(name))
        return members

    def effects(self, words: JsonObject, pointer: str, place: Place) -> tuple[Effect, ...]:
        """`draw`, `set` and `add`, in the order in which they happen."""
        found: list[Effect] = []
        for name, schema in words.get("draw", {}).items():
            generate = self.draw(schema, self.shape.types_of(name), join(pointer, "draw", name))
            if generate:
                found.append(compile_draw(self.target(name), generate, place))
        for name, value in words.get("set", {}).items():
            look = self.value(value, join(pointer, "set", name))
            found.append(compile_set(self.target(name), look))
        for name, amount in words.get("add", {}).items():
            found.append(compile_add(self.target(name), amount))
        return tuple(found)

    def rises(self, words: JsonObject, pointer: str) -> tuple[Rise, ...]:
        found = []
        for name, ramp in words.items():
            place = join(pointer, name)
            times = self.draw(ramp["times"], frozenset(), join(place, "times")) if "times" in ramp else None
            types = self.shape.types_of(name)
            whole = "integer" in types and "number" not in types
            shown = path_of(name)[0] not in self.shape.hidden
            found.append(Rise(self.target(name), self.value(ramp["to"], join(place, "to")), times, whole, shown))
        return tuple(found)

    def condition(self, words: JsonObject, pointer: str) -> Condition | None:
        tests = []
        for key, schema in words.items():
            place = join(pointer, key)
            look = self.value(key, place) if is_expression(key) else _read(self.shape.property(key))
            validator = self.compiled(place, self.schemas.of, typed(schema))
            if validator:
                tests.append((look, validator.is_valid))
        return compile_condition(tests) if tests else None

    def value(self, value: Json, pointer: str) -> Value:
        hidden = self.shape.hidden

        def shown(values: JsonObject) -> JsonObject:
            return {name: member for name, member in values.items() if name not in hidden}

        return self.compiled(pointer, lambda value: compile_value(value, shown), value) or _nothing

    def draw(self, schema: Json, types: frozenset[str], pointer: str) -> Callable[[Chance], Json] | None:
        """What draws from a schema; one without a type has the property's, or the one its keywords speak of."""
        wanted = typed(schema)
        if "integer" in types and isinstance(schema, dict) and "type" not in schema and wanted.get("type") == "number":
            wanted = {**wanted, "type": "integer"}
        return self.compiled(pointer, lambda schema: compile_generator(schema, self.schemas), wanted)

    def target(self, name: str) -> Property:
        self.touched[name] = None
        return self.shape.property(name)

    def judged(self) -> Contract:
        words = self.contract
        properties = self.shape.property
        within = words.get("finishesWithin")
        return Contract(
            tuple(listed(words.get("initial", []))),
            tuple(map(properties, words.get("nonDecreasing", ()))),
            tuple(map(properties, words.get("immutable", ()))),
            tuple([(properties(low), properties(high)) for low, high in words.get("atMost", {}).items()]),
            parse_duration(within)[1] if within is not None else None,
            self.compiled(join(self.pointer, "schema"), self.answer, self.shape.schema),
        )

    def answer(self, schema: Json) -> Validator:
        """The validator of what is shown to a client."""
        return self.schemas.of(schema, direction="response")

    def compiled(self, pointer: str, compile: Callable[[Json], T], words: Json) -> T | None:
        """What `compile` makes of `words`; None, and a problem noted, where it cannot."""
        try:
            return compile(words)
        except ValueError as error:
            self.refuse(pointer, str(error))
        except DocumentError as error:
            for problem in error.problems:
                self.refuse(pointer, problem.message)
        return None

    def refuse(self, pointer: str, message: str) -> None:
        self.problems.append(Problem(message, self.schemas.locate(pointer)))


def listed(words: str | list[str]) -> list[str]:
    """One name, or several."""
    return [words] if isinstance(words, str) else words


def _read(property: Property) -> Value:
    return lambda values, context: property.get(values)


def _nothing(values: JsonObject, context: object) -> Json:
    """Stands for a value that was refused."""
