"""A document's resources, compiled from `x-resources`: what an item of each is made of, which operations reach it."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Violation
from mock_server.generation import compile_generator
from mock_server.generation.conjunction import all_of
from mock_server.lifecycle import Hook, Item, Lifecycle, compile_lifecycle
from mock_server.patterns import compile_sampler
from mock_server.routes import variables
from mock_server.spec import Operation, shapes
from mock_server.spec.document import join, split
from mock_server.types import Instant, Json, JsonObject
from mock_server.validation import Schemas

Verb: TypeAlias = Literal["create", "get", "list", "update", "delete", "action"]
VERBS: tuple[Verb, ...] = get_args(Verb)

_PLAIN = frozenset(
    {"type", "description", "title", "minLength", "maxLength", "readOnly", "deprecated", "$ref", "allOf"}
)
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
    An item whose schema lets choose (`oneOf`) is generated whole, and the template laid over it.
    """

    def __init__(
        self, name: str, definition: JsonObject, operations: Mapping[str, Operation], schemas: Schemas,
        hooks: Mapping[str, Hook],
    ) -> None:  # fmt: skip
        self.name = name
        self.definition = definition
        self.schema: Json = schemas.resolve({"$ref": definition["schema"]})
        declared = shapes.properties(schemas.document, {"$ref": definition["schema"]})
        self.properties: Mapping[str, Json] = {name: all_of(*parts) for name, parts in declared.items()}
        """The item's properties, of `allOf` and of alternatives too; empty where the schema lists none."""
        self.schema_pointer = join("", *split(definition["schema"]))
        self.hidden = frozenset(definition.get("hidden", ()))
        self.lifecycle: Lifecycle = compile_lifecycle(name, definition, schemas, hooks)
        self.operations = _verbs(definition)
        self.listing = Listing(**definition.get("list", {}))
        self.identity: str = definition["identity"]["property"]
        self._new_id = _identities(definition["identity"], self.properties.get(self.identity, True), schemas)
        self._validator = schemas.at(self.schema_pointer, direction="response")
        self._owned = self._server_owned()
        self.members = {
            operation_id: self._taken_over(operations[operation_id], schemas)
            for operation_id, verb in self.operations.items()
            if verb in ("create", "update", "action")
        }
        self._required = frozenset(required_members({"$ref": definition["schema"]}, schemas))
        self._wholes = _wholes({"$ref": definition["schema"]}, schemas)
        self.template, self._generators = self._new_members(schemas)
        self.parents = {
            operation_id: self._named_above(operations[operation_id])
            for operation_id, verb in self.operations.items()
            if verb in ("create", "list")
        }
        found_by = [
            *self.listing.filters.values(),
            *[name for above in self.parents.values() for name in above.values()],
        ]
        self.keys = tuple(sorted({key for key in found_by if key != self.identity and key not in self._owned}))

    def new_id(self, chance: Chance, serial: int) -> Json:
        """The identity of the item that is the `serial`th of its kind."""
        return self._new_id(chance, serial)

    def new_values(self, chance: Chance, members: JsonObject) -> JsonObject:
        """The members of a new item, before its first state is entered: generated ones, first values, the client's."""
        if self._wholes:
            return self._chosen(chance, members) | members
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

    def is_named_by(self, schema: Json, schemas: Schemas) -> bool:
        """Whether a schema is this resource's own, or leads to it."""
        if self.schema is schemas.resolve(schema) and isinstance(self.schema, dict):
            return True
        while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] != self.definition["schema"]:
            schema = schemas.target(schema["$ref"])
        return isinstance(schema, dict) and "$ref" in schema

    def represents(self, schema: Json, schemas: Schemas) -> bool:
        """Whether a message of this schema is an item of this resource.

        It is, if it is said with the resource's schema, or has the identity and requires nothing that no item has.
        """
        if self.is_named_by(schema, schemas):
            return True
        told = shapes.properties(schemas.document, schema)
        strange = told.keys() - self.properties.keys()
        if self.identity not in told or (strange and len(told) - len(strange) == 1):
            return False
        return set(required_members(schema, schemas)) <= self.properties.keys()

    def _chosen(self, chance: Chance, members: JsonObject) -> JsonObject:
        """A whole item of the first alternative that the client's members fit into."""
        made: list[JsonObject] = []
        for generate in self._wholes:
            values = generate(chance.derive("item"))
            made.append(values if isinstance(values, dict) else {})
            if self._validator.is_valid(made[-1] | members):
                break
        else:
            made = made[:1]
        unset = self._owned - self._required - {self.identity}
        return {name: value for name, value in made[-1].items() if name not in unset} | self.template

    def _server_owned(self) -> frozenset[str]:
        """The properties that only the server writes, unless a request's schema says that a client may."""
        stamps = self.definition.get("timestamps", {}).values()
        return frozenset([self.identity, *stamps, *self.lifecycle.touched]) - self.hidden

    def _taken_over(self, operation: Operation, schemas: Schemas) -> dict[str, str]:
        """Request member -> property, for the members that the operation's body declares."""
        bodies = operation.request_body.content.values() if operation.request_body else ()
        declared: dict[str, list[Json]] = {}
        for media in bodies:
            for name, parts in shapes.properties(schemas.document, media.schema).items():
                declared.setdefault(name, []).extend(parts)
        properties = {_folded(name): name for name in [*(self.properties or declared), *self.hidden]}
        never = self.lifecycle.shown_by | _read_only(self.properties.items(), schemas)
        if bodies and not declared:
            # A free-form body: whatever names a property that a client may set.
            return {name: name for name in properties.values() if name not in self._owned | never}
        if operation.id in self._updates():
            never |= {self.identity}
        unsaid = _read_only(((name, all_of(*parts)) for name, parts in declared.items()), schemas)
        return {
            name: properties[_folded(name)]
            for name in sorted(declared.keys() - unsaid)
            if _folded(name) in properties and properties[_folded(name)] not in never
        }

    def _named_above(self, operation: Operation) -> dict[str, str]:
        """Variable of a collection's path -> member that holds it: in `/users/{userId}/posts`, `userId` of a post."""
        members = {_folded(name): name for name in [*self.properties, *self.hidden]}
        named = {variable: members.get(_folded(variable)) for variable in variables(operation.path)}
        return {variable: name for variable, name in named.items() if name and name not in self._owned}

    def _updates(self) -> set[str]:
        return {operation_id for operation_id, verb in self.operations.items() if verb != "create"}

    def _new_members(self, schemas: Schemas) -> tuple[JsonObject, list[tuple[str, Callable[[Chance], Json]]]]:
        template: JsonObject = {}
        generators = []
        first_values = self.lifecycle.first_values
        sent = {name for operation_id, names in self.members.items() for name in names.values()}
        for name, schema in self.properties.items():
            if name in self._owned:
                if name in first_values or name == self.identity:
                    template[name] = first_values.get(name)
                elif name in self._required:
                    template[name] = None
                continue
            if self._wholes:
                continue
            defaults = [part["default"] for part in shapes.parts(schemas.document, schema) if "default" in part]
            template[name] = defaults[0] if defaults else None
            if defaults and schemas.of(schema).is_valid(defaults[0]):
                continue
            # What a client may say, and did not, is null where it may be, else absent where it may be.
            if name in sent and schemas.of(schema).is_valid(None):
                continue
            if name in sent and name not in self._required:
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
    kinds = shapes.types(schemas.document, [schema]) - {"null"}
    if kinds and kinds <= {"integer", "number"}:
        return lambda chance, serial: serial
    words: JsonObject = {}
    for part in shapes.parts(schemas.document, schema):
        words |= part
    if kinds == {"string"} and words.keys() <= _PLAIN:
        # No word about what it looks like: short enough to type, and fit for a URL.
        plain = compile_sampler("^[a-z0-9]+$", low=words.get("minLength", 12), high=words.get("maxLength", 12))
        return lambda chance, serial: plain(chance)
    generate = compile_generator(schema if kinds else {"type": "string", "format": "uuid"}, schemas)
    return lambda chance, serial: generate(chance)


def _folded(name: str) -> str:
    return re.sub(r"[_-]", "", name).lower()


def _read_only(members: Iterable[tuple[str, Json]], schemas: Schemas) -> set[str]:
    """Those members that only the server may set."""
    return {
        name
        for name, schema in members
        if any(part.get("readOnly") is True for part in shapes.parts(schemas.document, schema))
    }


def _wholes(schema: Json, schemas: Schemas) -> list[Callable[[Chance], Json]]:
    """The makers of whole items, one for each alternative; none where all properties can be listed without choosing."""
    choices = {"oneOf", "anyOf", "if"}
    if not any(choices & part.keys() for part in shapes.parts(schemas.document, schema)):
        return []
    stated = schemas.resolve(schema)
    options = (stated.get("oneOf") or stated.get("anyOf") or ()) if isinstance(stated, dict) else ()
    wholes = [compile_generator(schema, schemas)]
    for option in options[1:]:
        with suppress(DocumentError):  # an alternative that nothing can be made of
            wholes.append(compile_generator({"allOf": [schema, option]}, schemas))
    return wholes


def required_members(schema: Json, schemas: Schemas, having: Iterable[str] = ()) -> list[str]:
    """The members that an object must have, in the order they are named.

    Of alternatives, only the first that declares all of `having` counts, if any is given.
    """
    found: dict[str, None] = {}
    wanted = set(having)
    waiting, seen = [schema], set()
    while waiting:
        part = waiting.pop(0)
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        found |= dict.fromkeys(part.get("required", ()))
        waiting += [*([schemas.target(part["$ref"])] if "$ref" in part else []), *part.get("allOf", ())]
        for option in [*part.get("oneOf", ()), *part.get("anyOf", ())] if wanted else ():
            if wanted <= shapes.properties(schemas.document, option).keys():
                waiting.append(option)
                break
    return list(found)
