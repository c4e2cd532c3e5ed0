"""`lifecycle`, the contract: what is true of every implementation has to be possible in this document."""

from mock_server.errors import did_you_mean
from mock_server.spec import shapes
from mock_server.spec.document import split
from mock_server.spec.scope import Scope
from mock_server.types import Json, JsonObject


def check(scope: Scope) -> None:
    """Finds what is wrong with a resource's `lifecycle`."""
    lifecycle = scope.resource["lifecycle"]
    _check_states(scope, lifecycle)
    _check_actions(scope, lifecycle)
    _check_reached(scope, lifecycle)
    _check_properties(scope, lifecycle)
    _check_immutable(scope, lifecycle)


def listed(names: Json) -> list[str]:
    """One name or several, as a list."""
    return names if isinstance(names, list) else [names]


def _check_states(scope: Scope, lifecycle: JsonObject) -> None:
    states = lifecycle["states"]
    what = "there is no state"
    for index, name in enumerate(listed(lifecycle["initial"])):
        entry = [index] if isinstance(lifecycle["initial"], list) else []
        scope.one_of(name, states, what, "lifecycle", "initial", *entry)
    schemas = scope.property(lifecycle["property"], "lifecycle", "property") if "property" in lifecycle else []
    allowed = _allowed(scope, schemas)
    for name, state in states.items():
        place = ("lifecycle", "states", name)
        for index, target in enumerate(state.get("next", [])):
            scope.one_of(target, states, what, *place, "next", index)
        if "is" not in state:
            if "property" not in lifecycle:
                message = "nothing shows this state: give it `is`, or the lifecycle the property that holds its name"
                scope.find(message, *place)
            elif allowed is not None and name not in allowed:
                hint = did_you_mean(name, map(str, allowed))
                scope.find(f"the schema does not allow {lifecycle['property']} to be {name!r}{hint}", *place)
        for one in state.get("is", {}):
            scope.property(one, *place, "is", one)
        if "schema" in state:
            scope.json_schema(state["schema"], *place, "schema")


def _allowed(scope: Scope, schemas: list[Json]) -> list[Json] | None:
    """The values that a property can have, where the schema counts them up."""
    found: list[Json] | None = None
    for schema in schemas:
        for part in shapes.parts(scope.document, schema):
            if "enum" in part or "const" in part:
                found = [*(found or []), *(part["enum"] if "enum" in part else [part["const"]])]
    return found


def _check_actions(scope: Scope, lifecycle: JsonObject) -> None:
    for name, action in lifecycle.get("actions", {}).items():
        place = ("lifecycle", "actions", name)
        scope.operation(name, *place)
        for word in ("from", "to"):
            for index, state in enumerate(action.get(word, [])):
                scope.one_of(state, lifecycle["states"], "there is no state", *place, word, index)


def _check_reached(scope: Scope, lifecycle: JsonObject) -> None:
    states = lifecycle["states"]
    todo = list(listed(lifecycle["initial"]))
    reached: set[str] = set()
    while todo:
        name = todo.pop()
        if name in reached or name not in states:
            continue
        reached.add(name)
        todo += states[name].get("next", [])
        for action in lifecycle.get("actions", {}).values():
            if name in action["from"]:
                todo += action.get("to", [])
    for name in states:
        if name not in reached:
            scope.find(f"nothing leads to the state {name!r}", "lifecycle", "states", name, severity="warning")


def _check_properties(scope: Scope, lifecycle: JsonObject) -> None:
    for index, name in enumerate(lifecycle.get("nonDecreasing", [])):
        schemas = scope.property(name, "lifecycle", "nonDecreasing", index)
        kinds = shapes.types(scope.document, schemas) - {"null"}
        if kinds and not kinds & {"number", "integer", "string"}:
            message = f"{name!r} has no order: it holds {' or '.join(sorted(kinds))}"
            scope.find(message, "lifecycle", "nonDecreasing", index)
    for index, name in enumerate(lifecycle.get("immutable", [])):
        scope.property(name, "lifecycle", "immutable", index)
    for name, limit in lifecycle.get("atMost", {}).items():
        for one in (name, limit):
            scope.number(one, "it exceeds nothing", "lifecycle", "atMost", name)


def _check_immutable(scope: Scope, lifecycle: JsonObject) -> None:
    """Ruling 9: what never changes may not be in an update request, unless as readOnly."""
    for name in listed(scope.resource.get("operations", {}).get("update", [])):
        operation = scope.operations.get(name)
        content = operation.request_body.content if operation is not None and operation.request_body else {}
        for media in content.values():
            for index, member in enumerate(lifecycle.get("immutable", [])):
                tokens = split(member) if member.startswith("/") else [member]
                schemas = shapes.at(scope.document, [media.schema], tokens) or []
                parts = [part for schema in schemas for part in shapes.parts(scope.document, schema)]
                if schemas and not any(part.get("readOnly") is True for part in parts):
                    message = f"{member!r} cannot be immutable: the request of {name} changes it"
                    scope.find(message, "lifecycle", "immutable", index)
