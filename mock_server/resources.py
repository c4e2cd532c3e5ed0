"""A document's resources, compiled from `x-resources`: what an item of each is made of, which operations reach it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from mock_server.chance import Chance
from mock_server.errors import Violation
from mock_server.generation import compile_generator
from mock_server.lifecycle import Hook, Item, Lifecycle, compile_lifecycle
from mock_server.patterns import compile_sampler
from mock_server.spec import Operation
from mock_server.types import Instant, Json, JsonObject
from mock_server.validation import Schemas

Verb: TypeAlias = Literal["create", "get", "list", "update", "delete", "action"]
VERBS: tuple[Verb, ...] = get_args(Verb)


_PLAIN = frozenset({"type", "description", "title", "minLength", "maxLength", "readOnly", "deprecated"})
"""The words of a string's schema that say nothing about its characters."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list operation is asked and answers; the words of `x-resources`' `list`."""

    items: str = ""
    size: str | None = None
    after: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    """Query parameter -> property."""
    info: Mapping[str, str] = field(default_factory=dict)
    """JSON Pointer in the body -> what stands there."""


class Resource:
    """One resource of the document.

    `operations` maps operationIds to what they do to an item; `keys` are the properties that lists find items by, and
    that nothing but a write changes; `template` has the members that every new item begins with, in the schema's order.
    """

    def __init__(
        self, name: str, definition: JsonObject, operations: Mapping[str, Operation], schemas: Schemas,
        hooks: Mapping[str, Hook],
    ) -> None:  # fmt: skip
        self.name = name
        self.definition = definition
        self.schema: Json = schemas.resolve({"$ref": definition["schema"]})
        self.schema_pointer: str = definition["schema"].removeprefix("#")
        self.hidden = frozenset(definition.get("hidden", ()))
        self.lifecycle: Lifecycle = compile_lifecycle(name, definition, schemas, hooks)
        self.operations = _verbs(definition)
        self.listing = Listing(**definition.get("list", {}))
        self.identity: str = definition["identity"]["property"]
        self._new_id = _identities(definition["identity"], self._property(self.identity), schemas)
        self._validator = schemas.at(self.schema_pointer, direction="response")
        self._owned = self._server_owned()
        self.members = {
            operation_id: self._taken_over(operations[operation_id], schemas)
            for operation_id, verb in self.operations.items()
            if verb in ("create", "update", "action")
        }
        self.template, self._generators = self._new_members(schemas)
        self.keys = tuple(
            sorted({key for key in self.listing.filters.values() if key != self.identity and key not in self._owned})
        )

    def new_id(self, chance: Chance, serial: int) -> Json:
        """The identity of the item that is the `serial`th of its kind."""
        return self._new_id(chance, serial)

    def new_values(self, chance: Chance, members: JsonObject) -> JsonObject:
        """The members of a new item, before its first state is entered: generated ones, first values, the client's."""
        values = self.template.copy()
        for name, generate in self._generators:
            if name not in members:
                values[name] = generate(chance.derive(name))
        values.update(members)
        return values

    def taken_over(self, operation_id: str, body: Json) -> JsonObject:
        """Those members of a request's body that the item keeps, by the item's own names (lifecycle.md, ruling 6)."""
        if type(body) is not dict:
            return {}
        names = self.members[operation_id]
        return {names[member]: value for member, value in body.items() if member in names}

    def representation(self, values: JsonObject) -> JsonObject:
        """What of an item is shown: all but its hidden members."""
        hidden = self.hidden
        return {name: value for name, value in values.items() if name not in hidden} if hidden else values

    def fits(self, item: Item, now: Instant) -> bool:
        """Whether an item made under another version of the document can be kept under this one."""
        if not self.lifecycle.knows(item):
            return False
        return not self.violations(self.representation(self.lifecycle.values(self.lifecycle.at(item, now), now)))

    def violations(self, representation: JsonObject) -> list[Violation]:
        """What is wrong with an item's representation by the resource's schema."""
        return [] if self._validator.is_valid(representation) else self._validator.violations(representation)

    def represents(self, schema_pointer: str | None, schema: Json, schemas: Schemas) -> bool:
        """Whether a message of this schema is an item of this resource."""
        if schema_pointer is not None and schemas.resolve({"$ref": "#" + schema_pointer}) is self.schema:
            return True
        resolved = schemas.resolve(schema)
        return isinstance(resolved, dict) and self.identity in resolved.get("properties", {})

    def _property(self, name: str) -> Json:
        return self.schema.get("properties", {}).get(name, True)

    def _server_owned(self) -> frozenset[str]:
        """The properties that only the server writes, unless a request's schema says that a client may."""
        stamps = self.definition.get("timestamps", {}).values()
        return frozenset([self.identity, *stamps, *self.lifecycle.touched]) - self.hidden

    def _taken_over(self, operation: Operation, schemas: Schemas) -> dict[str, str]:
        """Request member -> property, for the members that the operation's body declares."""
        bodies = operation.request_body.content.values() if operation.request_body else ()
        declared = {name for media in bodies for name in _property_names(media.schema, schemas)}
        properties = {_folded(name): name for name in [*self.schema.get("properties", {}), *self.hidden]}
        if bodies and not declared:
            # A free-form body: whatever names a property that a client may set.
            return {name: name for name in properties.values() if name not in self._owned}
        never = (
            {self.identity, *self.lifecycle.shown_by} if operation.id in self._updates() else {*self.lifecycle.shown_by}
        )
        return {
            name: properties[_folded(name)]
            for name in sorted(declared)
            if _folded(name) in properties and properties[_folded(name)] not in never
        }

    def _updates(self) -> set[str]:
        return {operation_id for operation_id, verb in self.operations.items() if verb != "create"}

    def _new_members(self, schemas: Schemas) -> tuple[JsonObject, list[tuple[str, Callable[[Chance], Json]]]]:
        template: JsonObject = {}
        generators = []
        first_values = self.lifecycle.first_values
        required = set(self.schema.get("required", ()))
        sent = {name for operation_id, names in self.members.items() for name in names.values()}
        for name, schema in self.schema.get("properties", {}).items():
            if name in self._owned:
                if name in first_values or name == self.identity:
                    template[name] = first_values.get(name)
                elif name in required:
                    template[name] = None
                continue
            template[name] = None
            # What a client may say, and did not, is null where it may be, else absent where it may be.
            if name in sent and schemas.of(schema).is_valid(None):
                continue
            if name in sent and name not in required:
                del template[name]
            else:
                generators.append((name, compile_generator(schema, schemas)))
        template.update({name: value for name, value in first_values.items() if name not in template})
        return template, generators


def compile_resources(
    definitions: JsonObject,
    operations: Mapping[str, Operation],
    schemas: Schemas,
    hooks: Mapping[tuple[str, str], Hook],
) -> dict[str, Resource]:
    """Every resource of a complete `x-resources`; `hooks` are by (resource, state)."""
    return {
        name: Resource(
            name,
            definition,
            operations,
            schemas,
            {state: hook for (resource, state), hook in hooks.items() if resource == name},
        )
        for name, definition in definitions.items()
    }


def _verbs(definition: JsonObject) -> dict[str, Verb]:
    found: dict[str, Verb] = {}
    for operation_id in definition.get("lifecycle", {}).get("actions", {}):
        found[operation_id] = "action"
    for verb in VERBS:
        ids = definition.get("operations", {}).get(verb, ())
        for operation_id in [ids] if isinstance(ids, str) else ids:
            # An operation that is an action too is one: the lifecycle says what it does.
            found.setdefault(operation_id, verb)
    return found


def _identities(identity: JsonObject, schema: Json, schemas: Schemas) -> Callable[[Chance, int], Json]:
    if "pattern" in identity:
        sample = compile_sampler(identity["pattern"])
        return lambda chance, serial: sample(chance)
    resolved = schemas.resolve(schema)
    kinds = resolved.get("type") if isinstance(resolved, dict) else None
    if kinds in ("integer", "number"):
        return lambda chance, serial: serial
    if kinds == "string" and resolved.keys() <= _PLAIN:
        # No word about what it looks like: short enough to type, and fit for a URL.
        plain = compile_sampler("^[a-z0-9]+$", low=resolved.get("minLength", 12), high=resolved.get("maxLength", 12))
        return lambda chance, serial: plain(chance)
    generate = compile_generator(schema if kinds else {"type": "string", "format": "uuid"}, schemas)
    return lambda chance, serial: generate(chance)


def _folded(name: str) -> str:
    return re.sub(r"[_-]", "", name).lower()


def _property_names(schema: Json, schemas: Schemas) -> set[str]:
    resolved = schemas.resolve(schema)
    if not isinstance(resolved, dict):
        return set()
    names = set(resolved.get("properties", {}))
    for combiner in ("allOf", "anyOf", "oneOf"):
        for part in resolved.get(combiner, ()):
            names |= _property_names(part, schemas)
    return names
