"""Where a success answer comes from: the project's handler, else state, else an example, else the schema.

Each is a function of a `Call`, chosen once, when the document is compiled.
"""

import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import quote

import orjson

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Location, Problem
from mock_server.examples import MISSING, example_body, success
from mock_server.generation import compile_generator
from mock_server.handlers import Call, Reply
from mock_server.messages import Fields, Response
from mock_server.resources import Resource, Verb
from mock_server.routes import variables
from mock_server.session import Page, Session, key_text
from mock_server.spec import MediaType, Operation
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas

Answer: TypeAlias = Callable[[Call], Response]

_JSON = re.compile(r"application/(?:[^;]+\+)?json\b", re.IGNORECASE)
_PAGE_SIZE = 20


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
        media = self.media
        if media is None:
            empty = Response(self.status_code, source="generated")
            return lambda call: empty
        example = example_body(media, self.schemas)
        if example is not MISSING:
            fixed = self.json(example, "example")
            return lambda call: fixed
        generate = compile_generator(_by_pointer(media), self.schemas, direction="response")
        operation_id = self.operation.id

        def generated(call: Call) -> Response:
            return self.json(
                generate(Chance(call.session.seed, operation_id, *map(str, call.path.values()))), "generated"
            )

        return generated

    def shows(self, resource: Resource) -> bool:
        """Whether the success body is an item of `resource`."""
        return self.media is not None and resource.represents(
            self.media.schema_pointer, self.media.schema, self.schemas
        )


def from_state(resource: Resource, verb: Verb, outcome: Outcome) -> Answer:
    """What an operation of a resource does to its items, and what it says of them."""
    source = f"state {resource.name}"
    if verb == "list":
        return _listing(resource, outcome, source)
    change = _change(resource, verb, outcome.operation)
    if outcome.shows(resource) or outcome.media is None:
        return lambda call: outcome.json(resource.representation(change(call)), source)
    described = outcome.described()

    def acknowledged(call: Call) -> Response:
        change(call)
        told = described(call)
        return Response(told.status_code, told.body, fields=told.fields, source=source)

    return acknowledged


def from_project(handle: Callable[[Call], object], otherwise: Answer, outcome: Outcome) -> Answer:
    """The project's own handler, which may leave the answer to `otherwise` by giving None."""
    source = f"handler {outcome.operation.id}"

    def answer(call: Call) -> Response:
        given = handle(call)
        if given is None:
            return otherwise(call)
        if isinstance(given, Response):
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
        return lambda call: call.session.create(
            name, taken_over(operation_id, call.body), call.context, steer=call.preferences.get("lifecycle")
        )
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


def _listing(resource: Resource, outcome: Outcome, source: str) -> Answer:
    listing = resource.listing
    filters = tuple(listing.filters.items())
    places = [(pointer.split("/")[1:], _INFO[kind]) for pointer, kind in listing.info.items() if kind != "total"]
    totals = [pointer.split("/")[1:] for pointer, kind in listing.info.items() if kind == "total"]
    items_at = listing.items.split("/")[1:]
    frame = _frame(outcome, [items_at, *totals, *(path for path, _ in places)])
    named = (listing.size, listing.after)

    def answer(call: Call) -> Response:
        query = call.query
        wanted = {name: query[parameter] for parameter, name in filters if parameter in query}
        size = query.get(named[0], _PAGE_SIZE) if named[0] else 1 << 30
        page = call.session.page(resource.name, wanted, size=size, after=query.get(named[1]) if named[1] else None)
        shown = [resource.representation(values) for values in page.values]
        if not items_at:
            return outcome.json(shown, source)
        body = frame(call.session)
        _place(body, items_at, shown)
        for path, read in places:
            _place(body, path, read(page))
        for path in totals:
            _place(body, path, call.session.total(resource.name, wanted))
        return outcome.json(body, source)

    return answer


_INFO: dict[str, Callable[[Page], Json]] = {
    "startCursor": lambda page: page.start_cursor,
    "endCursor": lambda page: page.end_cursor,
    "nextCursor": lambda page: page.end_cursor if page.has_next else None,
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
}


def _frame(outcome: Outcome, filled: list[list[str]]) -> Callable[[Session], JsonObject]:
    """The list's body without what a page fills in; the rest of it, if there is any, is generated from the schema."""
    schema = outcome.schemas.resolve(outcome.media.schema) if outcome.media else {}
    names = {path[0] for path in filled if path}
    rest = set(schema.get("required", ())) - names if isinstance(schema, dict) else set()
    generators = {name: compile_generator(schema["properties"].get(name, {}), outcome.schemas) for name in rest}
    operation_id = outcome.operation.id
    return lambda session: {
        name: generate(Chance(session.seed, operation_id, name)) for name, generate in generators.items()
    }


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
