"""Where a success answer comes from: the project's handler, else state, else an example, else the schema.

Each is a function of a `Call`, chosen once, when the document is compiled.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote

import orjson

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Location, Problem, Refusal, Violation
from mock_server.examples import MISSING, example_body, success
from mock_server.generation import Generate, compile_generator
from mock_server.generation.conjunction import all_of
from mock_server.handlers import Call, Reply
from mock_server.lifecycle.properties import number
from mock_server.messages import Fields, Response, check_response
from mock_server.problems import status_for_validation
from mock_server.resources import Resource, Verb, required_members
from mock_server.routes import variables
from mock_server.session import Page, key_text
from mock_server.spec import MediaType, Operation, shapes
from mock_server.spec.document import split
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas

Answer: TypeAlias = Callable[[Call], Response]

_JSON = re.compile(r"application/(?:[^;]+\+)?json\b", re.IGNORECASE)
_PAGE_SIZE = 20
_LARGEST_PAGE = 1_000_000
_SEEDS = 16
"""For how many seeds the unchanging part of a list's body is kept."""


class Outcome:
    """An operation's success response, compiled: its status code, its media type and how a body is written."""

    def __init__(self, operation: Operation, schemas: Schemas) -> None:
        documented = success(operation)
        status = documented.status if documented else "200"
        self.status_code = int(status) if status.isdigit() else 200
        self.media = _json_media(documented.content) if documented else None
        self.fields: Fields = ((b"content-type", self.media.name.encode()),) if self.media else ()
        self.operation = operation
        self.schemas = schemas

    def json(self, body: Json, source: str) -> Response:
        """The success response with this body, or with none where the document has none."""
        if self.media is None:
            return Response(self.status_code, fields=self.fields, source=source)
        return Response(self.status_code, orjson.dumps(body), fields=self.fields, source=source)

    def described(self) -> Answer:
        """An answer that needs no state: a named example, else a value of the schema."""
        if self.media is None:
            empty = Response(self.status_code, source="generated")
            return lambda call: empty
        make, source = self.body(self.media)
        if source == "example":
            fixed = self.json(make(None), source)
            return lambda call: fixed
        return lambda call: self.json(make(call), source)

    def body(self, media: MediaType) -> tuple[Callable[[Call | None], Json], str]:
        """What `described` has as its body, and where that comes from. It is not to be changed."""
        example = example_body(media, self.schemas)
        if example is not MISSING:
            return lambda call: example, "example"
        generate = compile_generator(_by_pointer(media), self.schemas, direction="response")
        operation_id = self.operation.id

        def generated(call: Call | None) -> Json:
            assert call is not None
            return generate(Chance(call.session.seed, operation_id, *map(str, call.path.values())))

        return generated, "generated"

    def shows(self, resource: Resource) -> bool:
        """Whether the success body is an item of `resource`."""
        return self.media is not None and resource.represents(self.media.schema, self.schemas)


def from_state(resource: Resource, verb: Verb, outcome: Outcome) -> Answer:
    """What an operation of a resource does to its items, and what it says of them."""
    source = f"state {resource.name}"
    if verb == "list":
        return _listing(resource, outcome, source) if _can_list(resource, outcome) else outcome.described()
    change = _change(resource, verb, outcome.operation)
    if outcome.media is None or outcome.shows(resource):
        return lambda call: outcome.json(resource.representation(change(call)), source)
    make, described = outcome.body(outcome.media)
    told = _told(resource, outcome.media.schema, outcome.schemas)

    def acknowledged(call: Call) -> Response:
        item = resource.representation(change(call))
        body = make(call)
        shown = told(item) if isinstance(body, dict) else None
        return outcome.json({**body, **shown}, source) if shown else outcome.json(body, described)

    return acknowledged


def _told(resource: Resource, schema: Json, schemas: Schemas) -> Callable[[JsonObject], JsonObject]:
    """What an answer that is no item says of one: the whole item in one of its members, or the members both have."""
    members = {name: all_of(*parts) for name, parts in shapes.properties(schemas.document, schema).items()}
    holders = [name for name, member in members.items() if resource.is_named_by(member, schemas)]
    holders = holders or [name for name, member in members.items() if resource.represents(member, schemas)]
    if len(holders) == 1:
        return lambda item: {holders[0]: item}
    # A member of the same name may mean another thing: a `status` that is only ever `deleted`.
    shared = [(name, schemas.of(part).is_valid) for name, part in members.items() if name in resource.properties]
    return lambda item: {name: item[name] for name, is_valid in shared if name in item and is_valid(item[name])}


def from_project(handle: Callable[[Call], object], otherwise: Answer, outcome: Outcome) -> Answer:
    """The project's own handler, which may leave the answer to `otherwise` by giving None."""
    source = f"handler {outcome.operation.id}"

    def answer(call: Call) -> Response:
        given = handle(call)
        if given is None:
            return otherwise(call)
        if isinstance(given, Response):
            check_response(given.status_code, given.fields)
            return given
        if not isinstance(given, Reply):
            return outcome.json(given, source)
        body = b"" if given.body is None else orjson.dumps(given.body)
        content_type = outcome.fields if given.body is not None else ()
        return Response(given.status_code, body, fields=(*content_type, *given.fields), source=source)

    return answer


def _change(resource: Resource, verb: Verb, operation: Operation) -> Callable[[Call], JsonObject]:
    """What one operation does to one item; gives the item's values. A path speaks of the item by its last variable."""
    name, operation_id, taken_over = resource.name, operation.id, resource.taken_over
    if verb == "create":
        parents = tuple(resource.parents[operation_id].items())

        def create(call: Call) -> JsonObject:
            members = taken_over(operation_id, call.body)
            for variable, member in parents:
                members[member] = call.path[variable]
            return call.session.create(name, members, call.context, steer=call.preferences.get("lifecycle"))

        return create
    try:
        variable = variables(operation.path)[-1]
    except IndexError:
        place = Location("document", None, operation.pointer)
        message = f"{operation_id} is to {verb} one of {name}, but its path has no variable to say which"
        raise DocumentError([Problem(message, place)]) from None
    if verb == "get":
        return lambda call: call.session.find(name, key_text(call.path[variable]))
    if verb == "delete":
        return lambda call: call.session.delete(name, key_text(call.path[variable]))
    if verb == "update":
        return lambda call: call.session.write(
            name, key_text(call.path[variable]), taken_over(operation_id, call.body), call.context
        )
    return lambda call: call.session.act(
        name, key_text(call.path[variable]), operation_id, taken_over(operation_id, call.body), call.context
    )


def _can_list(resource: Resource, outcome: Outcome) -> bool:
    """Whether it is known where in the success body the items are; a body of which nothing is said is their array."""
    if "list" in resource.definition or outcome.media is None or outcome.media.schema in (None, True, {}):
        return True
    return "array" in shapes.types(outcome.schemas.document, [outcome.media.schema])


def _listing(resource: Resource, outcome: Outcome, source: str) -> Answer:
    listing = resource.listing
    filters = tuple(listing.filters.items())
    places = [(split(pointer), _INFO[kind]) for pointer, kind in listing.info.items() if kind != "total"]
    totals = [split(pointer) for pointer, kind in listing.info.items() if kind == "total"]
    items_at = split(listing.items)
    frame = _frame(outcome, [items_at, *totals, *(path for path, _ in places)]) if items_at else None
    parents = tuple(resource.parents[outcome.operation.id].items())
    size_of, after_of = _page_size(listing.size, outcome.operation), listing.after

    def answer(call: Call) -> Response:
        query = call.query
        wanted = {name: query[parameter] for parameter, name in filters if parameter in query}
        for variable, member in parents:
            wanted[member] = call.path[variable]
        after = query.get(after_of) if after_of else None
        page = call.session.page(
            resource.name, wanted, size=size_of(query), after=None if after is None else key_text(after)
        )
        shown = [resource.representation(values) for values in page.values]
        if frame is None:
            return outcome.json(shown, source)
        body: JsonObject = {}
        for path, value in frame(call.session.seed):
            _place(body, path, value)
        _place(body, items_at, shown)
        for path, read in places:
            _place(body, path, read(page))
        for path in totals:
            _place(body, path, call.session.total(resource.name, wanted))
        return outcome.json(body, source)

    return answer


def _page_size(parameter: str | None, operation: Operation) -> Callable[[Mapping[str, Json]], int]:
    """How many items a page may have, by the query; a `Refusal` where that is no whole number, whatever its schema."""
    if parameter is None:
        return lambda query: 1 << 30
    status_code = status_for_validation(operation)

    def size_of(query: Mapping[str, Json]) -> int:
        asked = query.get(parameter)
        size = _PAGE_SIZE if asked is None else asked if type(asked) is int else number(asked)
        if type(size) is not int:
            wrong = Violation("query", parameter, "must be a whole number", "type")
            raise Refusal(status_code, "the parameters are not valid", source="validation", violations=(wrong,))
        return min(max(size, 0), _LARGEST_PAGE)

    return size_of


_INFO: dict[str, Callable[[Page], Json]] = {
    "startCursor": lambda page: page.start_cursor,
    "endCursor": lambda page: page.end_cursor,
    "nextCursor": lambda page: page.end_cursor if page.has_next else None,
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
}


def _frame(outcome: Outcome, filled: list[list[str]]) -> Callable[[int], list[tuple[list[str], Json]]]:
    """What a list's body must have besides what a page fills in, generated from the schema: once for a seed."""
    schema = outcome.media.schema if outcome.media else True
    makers = list(_rest(schema, [path for path in filled if path], outcome.schemas))
    operation_id = outcome.operation.id

    @lru_cache(_SEEDS)
    def frame(seed: int) -> list[tuple[list[str], Json]]:
        return [(path, generate(Chance(seed, operation_id, *path))) for path, generate in makers]

    return frame


def _rest(schema: Json, filled: list[list[str]], schemas: Schemas) -> Iterator[tuple[list[str], Generate]]:
    """The required members, in the document's order, that are not on the way to what is filled in."""
    declared = shapes.properties(schemas.document, schema)
    required = required_members(schema, schemas, {path[0] for path in filled})
    for name in dict.fromkeys([*declared, *required]):
        member = all_of(*declared.get(name, ()))
        below = [path[1:] for path in filled if path[0] == name]
        if all(below) and below:
            yield from (([name, *path], generate) for path, generate in _rest(member, below, schemas))
        elif not below and name in required:
            yield [name], compile_generator(member, schemas, direction="response")


def _place(body: JsonObject, path: list[str], value: Json) -> None:
    for token in path[:-1]:
        body = body.setdefault(token, {})
    body[path[-1]] = value


def _by_pointer(media: MediaType) -> Json:
    """A media type's schema as a reference, so that what is compiled of it is shared."""
    return True if media.schema_pointer is None else {"$ref": "#" + quote(media.schema_pointer, safe="/~")}


def _json_media(content: dict[str, MediaType]) -> MediaType | None:
    for name, media in content.items():
        if _JSON.match(name):
            return media
    return next(iter(content.values()), None)
