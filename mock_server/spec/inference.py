"""What a document's paths, schemas and names say about its resources, written out as `x-resources`.

Document to document: what is stated is never changed, what is left out is added, and each addition tells why. What is
not clear is left out: a wrong guess is worse than none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from mock_server.spec import shapes
from mock_server.spec.document import join
from mock_server.spec.operations import MediaType, Operation
from mock_server.types import Json, JsonObject


class Inference(NamedTuple):
    """A word that was added to a resource, and why; `value` as it stands in `x-resources`."""

    resource: str
    word: str
    value: Json
    why: str


# The usual names, in lower case and without _ and -, the likeliest first.
_CREATED = ("createdat", "created", "createtime", "creationtime", "creationdate", "datecreated", "insertedat")
_UPDATED = (
    "updatedat",
    "updated",
    "updatetime",
    "modifiedat",
    "modified",
    "lastmodified",
    "lastupdated",
    "dateupdated",
)
_SIZE = ("first", "limit", "perpage", "pagesize", "maxresults")
_AFTER = ("after", "cursor", "startingafter", "pagetoken", "nexttoken", "startcursor")
_INFO = {
    "startcursor": ("startCursor", "string"),
    "endcursor": ("endCursor", "string"),
    "next": ("nextCursor", "string"),
    "nextcursor": ("nextCursor", "string"),
    "nextpagetoken": ("nextCursor", "string"),
    "nexttoken": ("nextCursor", "string"),
    "hasnextpage": ("hasNextPage", "boolean"),
    "hasnext": ("hasNextPage", "boolean"),
    "hasmore": ("hasNextPage", "boolean"),
    "haspreviouspage": ("hasPreviousPage", "boolean"),
    "hasprevious": ("hasPreviousPage", "boolean"),
    "total": ("total", "number"),
    "totalcount": ("total", "number"),
    "totalitems": ("total", "number"),
}
_PAGING = {"size": (_SIZE, {"integer", "number"}), "after": (_AFTER, {"string"})}
"""Word of `list` -> the parameter's usual names and types; one that names no type may be of any."""
_KINDS = ("create", "get", "list", "update", "delete")
_ITEM_METHODS = {"GET": "get", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


@dataclass
class _Collection:
    """The operations of one path, and of the path with one variable more."""

    path: str
    variable: str = ""
    create: Operation | None = None
    listing: Operation | None = None
    items: list[Operation] = field(default_factory=list)

    def of(self, kind: str) -> Sequence[Operation]:
        if kind in ("create", "list"):
            operation = self.create if kind == "create" else self.listing
            return () if operation is None else (operation,)
        return [operation for operation in self.items if _ITEM_METHODS[operation.method] == kind]

    def ids(self) -> set[str]:
        return {operation.id for kind in _KINDS for operation in self.of(kind)}

    def is_plain(self) -> bool:
        """Whether these operations are likely those of a resource."""
        if self.listing or self.items:
            return self.create is not None or bool(self.listing and self.of("get"))
        # `POST /jobs/{id}/retry` is no creation, but something done to a job.
        return self.create is not None and "{" not in self.path

    @property
    def name(self) -> str:
        return next((part for part in reversed(self.path.split("/")) if part and "{" not in part), "items")


def infer(document: JsonObject, operations: Sequence[Operation]) -> tuple[JsonObject, list[Inference]]:
    """The document with complete `x-resources`, and what was added to them.

    `x-resources` may be absent, and has been checked by `language.check_words` where it is not.
    """
    collections = _collections(operations)
    by_id = {operation.id: operation for operation in operations}
    resources: dict[str, JsonObject] = {}
    inferences: list[Inference] = []
    stated: JsonObject = document.get("x-resources", {})
    taken = {operation for resource in stated.values() for operation in _spoken_for(resource)}
    for name, resource in stated.items():
        collection = _matching(name, resource, collections.values())
        completion = _Completion(document, name, resource, collection, by_id)
        resources[name] = completion.complete(taken)
        inferences += completion.inferences
        if collection is not None:
            del collections[collection.path]
    for collection in collections.values():
        if taken.isdisjoint(collection.ids()) and collection.is_plain():
            name = collection.name
            if name in resources:
                name = "_".join(part for part in collection.path.split("/") if part and "{" not in part)
            completion = _Completion(document, name, {}, collection, by_id)
            resource = completion.complete(taken)
            if name not in resources and "identity" in resource:  # what nothing tells apart is no resource
                resources[name] = resource
                inferences += completion.inferences
    return (document | {"x-resources": resources} if inferences else document), inferences


def _collections(operations: Sequence[Operation]) -> dict[str, _Collection]:
    found: dict[str, _Collection] = {}
    for operation in operations:
        item = re.fullmatch(r"(.*)/\{([^{}/]+)\}", operation.path)
        if item is None:
            collection = found.setdefault(operation.path, _Collection(operation.path))
            if operation.method == "POST":
                collection.create = operation
            elif operation.method == "GET":
                collection.listing = operation
        elif operation.method in _ITEM_METHODS:
            collection = found.setdefault(item[1], _Collection(item[1]))
            collection.variable = item[2]
            collection.items.append(operation)
    return found


def _matching(name: str, resource: JsonObject, collections: Iterable[_Collection]) -> _Collection | None:
    """The collection that a stated resource is about: by its operations, else by its name."""
    stated = _spoken_for({"operations": resource.get("operations", {})})
    if stated:
        return next((one for one in collections if not stated.isdisjoint(one.ids())), None)
    return next((one for one in collections if _plain(one.name) == _plain(name)), None)


class _Completion:
    """One resource on its way to being complete."""

    def __init__(
        self,
        document: JsonObject,
        name: str,
        stated: JsonObject,
        collection: _Collection | None,
        operations: Mapping[str, Operation],
    ) -> None:
        self.document = document
        self.name = name
        self.resource = dict(stated)
        self.collection = collection or _Collection("")
        self.by_id = operations
        self.inferences: list[Inference] = []
        self.singulars = _singulars(_plain(name))

    def complete(self, taken: set[str]) -> JsonObject:
        self.operations(taken)
        self.schema()
        if "schema" in self.resource:
            schema = self.resource["schema"]
            self.properties = shapes.properties(self.document, {"$ref": schema} if isinstance(schema, str) else schema)
            self.identity()
            self.timestamps()
            self.listing()
        return self.resource

    def add(self, word: str, value: Json, why: str) -> None:
        self.inferences.append(Inference(self.name, word, value, why))

    def operation(self, kind: str) -> Operation | None:
        """The first operation of a kind, stated or inferred."""
        names = _list(self.resource.get("operations", {}).get(kind, []))
        return self.by_id.get(names[0]) if names else None

    def operations(self, taken: set[str]) -> None:
        known: JsonObject = dict(self.resource.get("operations", {}))
        for kind in _KINDS:
            found = [one for one in self.collection.of(kind) if one.id not in taken]
            if kind not in known and found:
                known[kind] = found[0].id if len(found) == 1 else [one.id for one in found]
                self.add(f"operations.{kind}", known[kind], " and ".join(f"{one.method} {one.path}" for one in found))
        if known:
            self.resource["operations"] = known

    def schema(self) -> None:
        if "schema" in self.resource:
            return
        for kind in ("get", "create", "update"):
            operation = self.operation(kind)
            media = None if operation is None else success(operation)
            if operation is not None and media is not None and self.is_object(media.schema):
                self.resource["schema"] = _reference(media)
                self.add("schema", self.resource["schema"], f"what {operation.method} {operation.path} answers with")
                return

    def is_object(self, schema: Json) -> bool:
        kinds = shapes.types(self.document, [schema])
        return bool(shapes.properties(self.document, schema)) and kinds <= {"object", "null"}

    def identity(self) -> None:
        if "identity" in self.resource:
            return
        variable = _plain(self.collection.variable)
        # `{team_slug}` of a team is its `slug`.
        within = [variable.removeprefix(one) for one in self.singulars if variable.startswith(one)]
        wanted = [variable, *within, "id", *(f"{one}id" for one in self.singulars), "uuid", "guid"]
        plain = {_plain(name): name for name in reversed(self.properties)}
        name = next((plain[one] for one in wanted if one and one in plain), None)
        if name is None or not shapes.types(self.document, self.properties[name]) <= {"string", "integer", "number"}:
            return
        identity = {"property": name}
        for schema in self.properties[name]:
            for part in shapes.parts(self.document, schema):
                if isinstance(part.get("pattern"), str):
                    identity.setdefault("pattern", part["pattern"])
        self.resource["identity"] = identity
        named = variable and _plain(name) in (variable, *within)
        why = f"the path's variable {{{self.collection.variable}}}" if named else "its usual name"
        self.add("identity", identity, f"the property {name!r}: {why}")

    def timestamps(self) -> None:
        if "timestamps" in self.resource:
            return
        plain = {_plain(name): name for name in reversed(self.properties)}
        found = {}
        for word, usual in (("created", _CREATED), ("updated", _UPDATED)):
            for name in (plain[one] for one in usual if one in plain):
                if self.is_time(name):
                    found[word] = name
                    break
        if found:
            self.resource["timestamps"] = found
            self.add("timestamps", found, "the usual names, on properties that hold times")

    def is_time(self, name: str) -> bool:
        kinds = shapes.types(self.document, self.properties[name]) - {"null"}
        formats = {
            part.get("format") for schema in self.properties[name] for part in shapes.parts(self.document, schema)
        }
        return bool(kinds) and (kinds <= {"integer", "number"} or bool(formats & {"date-time", "date-time-rfc-2822"}))

    def listing(self) -> None:
        operation = self.operation("list")
        media = None if operation is None else success(operation)
        if "list" in self.resource or operation is None or media is None:
            return
        items = self.items_pointer(media.schema)
        if items is None:
            return
        words: JsonObject = {"items": items}
        filters = {}
        for parameter in operation.parameters:
            if parameter.location != "query":
                continue
            plain = _plain(parameter.name)
            kinds = shapes.types(self.document, [parameter.schema])
            word = next(
                (
                    word
                    for word, (usual, types) in _PAGING.items()
                    if plain in usual and word not in words and (not kinds or kinds & types)
                ),
                None,
            )
            if word is not None and plain not in map(_plain, self.properties):
                words[word] = parameter.name
            elif not kinds & {"array", "object"}:
                member = self.member(plain)
                if member is not None:
                    filters[parameter.name] = member
        if filters:
            words["filters"] = filters
        info = {} if items == "" else self.info(media.schema, "", 2)
        if info:
            words["info"] = info
        self.resource["list"] = words
        self.add("list", words, f"the answer and the query parameters of {operation.method} {operation.path}")

    def items_pointer(self, schema: Json) -> str | None:
        """Where in a list's body the items are: the body itself, or its one array of objects."""
        if "array" in shapes.types(self.document, [schema]):
            return "" if self.holds_objects([schema]) else None
        arrays = [
            name
            for name, schemas in shapes.properties(self.document, schema).items()
            if "array" in shapes.types(self.document, schemas) and self.holds_objects(schemas)
        ]
        return join("", arrays[0]) if len(arrays) == 1 else None

    def holds_objects(self, arrays: Sequence[Json]) -> bool:
        entries = shapes.entries(self.document, arrays)
        return any(shapes.properties(self.document, entry) for entry in entries)

    def member(self, plain: str) -> str | None:
        """The property or hidden member that a query parameter filters by."""
        identity = self.resource.get("identity", {}).get("property")
        if isinstance(identity, str) and plain in {"id", *(f"{one}id" for one in self.singulars)}:
            return identity
        members = [*self.properties, *self.resource.get("hidden", [])]
        return next((name for name in members if _plain(name) == plain), None)

    def info(self, schema: Json, pointer: str, levels: int) -> dict[str, str]:
        """What a list's body tells about the page: JSON Pointer to a word of `list.info`."""
        found: dict[str, str] = {}
        for name, schemas in shapes.properties(self.document, schema).items():
            here = join(pointer, name)
            kinds = shapes.types(self.document, schemas) - {"null"}
            word, kind = _INFO.get(_plain(name), ("", ""))
            if word and {"integer": "number"}.get(next(iter(kinds), ""), next(iter(kinds), "")) == kind:
                found[here] = word
            elif levels > 1 and kinds == {"object"}:
                for one in schemas:
                    found |= self.info(one, here, levels - 1)
        return found


def success(operation: Operation) -> MediaType | None:
    """The JSON that an operation answers with when it succeeds."""
    statuses = sorted(status for status in operation.responses if status.startswith("2"))
    for status in [*statuses, "default"]:
        response = operation.responses.get(status)
        for name, media in response.content.items() if response is not None else ():
            if media.schema is not None and re.search(r"[/+]json\b", name):
                return media
    return None


def _reference(media: MediaType) -> str:
    """The schema as `x-resources` names it: the component where it is one."""
    if isinstance(media.schema, dict) and isinstance(media.schema.get("$ref"), str):
        return str(media.schema["$ref"])
    return "#" + quote(media.schema_pointer or "", safe="/~!$&'()*+,;=:@")


def _plain(name: str) -> str:
    """A name as it is compared: case, _ and - don't matter."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singulars(plural: str) -> list[str]:
    endings = (("ies", "y"), ("es", ""), ("s", ""))
    return [plural, *(plural.removesuffix(end) + new for end, new in endings if plural.endswith(end))]


def _spoken_for(resource: JsonObject) -> set[str]:
    """The operations that a resource states to be its own."""
    named = {operation for names in resource.get("operations", {}).values() for operation in _list(names)}
    return named | set(resource.get("lifecycle", {}).get("actions", {}))


def _list(names: Json) -> Sequence[str]:
    return names if isinstance(names, list) else [names]
