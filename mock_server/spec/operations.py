"""What a document says of its operations, as values: references followed, parameters of path items taken over.

Schemas stay where they are: a value has the pointer to its schema, so that validators can be compiled against the
document by `$ref`. What is read here has OpenAPI's structure already: `structure.check` found no error.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from mock_server.errors import did_you_mean
from mock_server.spec.document import join, lookup, split
from mock_server.spec.structure import Finding, Mistake
from mock_server.spec.values import replaced
from mock_server.spec.versions import METHODS, PARAMETER_LOCATIONS
from mock_server.types import Json, JsonObject

ParameterLocation: TypeAlias = Literal["path", "query", "header", "cookie"]
SecurityRequirements: TypeAlias = tuple[dict[str, tuple[str, ...]], ...]

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_IGNORED_HEADERS = frozenset(("accept", "content-type", "authorization"))  # OpenAPI 3.1 §4.8.12.2.1


@dataclass(frozen=True, slots=True)
class Parameter:
    """A Parameter Object. `media_type` is given where it has `content` rather than `schema`."""

    name: str
    location: ParameterLocation
    required: bool
    style: str
    explode: bool
    schema: Json
    schema_pointer: str | None
    media_type: str | None
    pointer: str


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Media Type Object; `examples` are the values of `example` and `examples`, in document order."""

    name: str
    schema: Json | None
    schema_pointer: str | None
    examples: tuple[Json, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A Request Body Object; `content` by media type or range."""

    required: bool
    content: dict[str, MediaType]
    pointer: str


@dataclass(frozen=True, slots=True)
class Header:
    """A Header Object; `example` is the first given, or None."""

    name: str
    required: bool
    schema: Json
    schema_pointer: str | None
    example: Json | None


@dataclass(frozen=True, slots=True)
class Response:
    """A Response Object; `status` is a status code, a range such as `4XX`, or `default`."""

    status: str
    content: dict[str, MediaType]
    headers: dict[str, Header]
    pointer: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An Operation Object with its method (upper case) and its path, a template below the base path.

    `security` are alternatives, each a set of schemes that are needed together, with the scopes of each; () asks for
    nothing, and an alternative without schemes makes the others optional.
    """

    id: str
    method: str
    path: str
    tags: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: dict[str, Response]
    security: SecurityRequirements
    pointer: str


def operations(document: JsonObject) -> tuple[Operation, ...]:
    """The operations below `paths`, in document order; `assign_operation_ids` comes before.

    Raises `DocumentError` for a reference that leads nowhere, or in a circle.
    """
    return tuple(_operation(document, *node) for node in _nodes(document))


def assign_operation_ids(document: JsonObject) -> JsonObject:
    """The document with an operationId on every operation: `GET /pets/{petId}` without one becomes `get_pets_petId`.

    Raises `DocumentError` where two operations have the same one.
    """
    taken: dict[str, str] = {}
    findings, missing, pointers = [], [], set()
    for path, method, node, pointer, _ in _nodes(document):
        name = node.get("operationId")
        if pointer in pointers:
            message = "two paths refer to this path item; each operation needs its own operationId, so copy it"
            findings.append(Finding(pointer, message))
        elif name is None:
            missing.append((path, method, node, pointer))
        elif name in taken:
            message = f"the operationId {name!r} is taken by {taken[name]}; each operation needs its own"
            findings.append(Finding(join(pointer, "operationId"), message))
        else:
            taken[name] = f"{method.upper()} {path}"
        pointers.add(pointer)
    if findings:
        raise Mistake(*findings)
    for path, method, node, pointer in missing:
        plain = "_".join([method, *re.findall(r"[A-Za-z0-9]+", path)])
        name = next(name for number in count(1) if (name := plain if number == 1 else f"{plain}_{number}") not in taken)
        taken[name] = f"{method.upper()} {path}"
        document = replaced(document, split(pointer), {"operationId": name} | node)
    return document


def security_schemes(document: JsonObject) -> dict[str, JsonObject]:
    """The Security Scheme Objects of the document by name, references followed."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    return {
        name: followed(document, scheme, join("/components/securitySchemes", name))[0]
        for name, scheme in schemes.items()
    }


def base_path(document: JsonObject) -> str:
    """The path of the first server's URL, variables at their defaults, without a slash at its end; '' is the root.

    Raises `DocumentError` for a variable that is not declared.
    """
    servers = document.get("servers") or [{"url": "/"}]  # OpenAPI 3.1 §4.8.1.1
    url: str = servers[0]["url"]
    variables: JsonObject = servers[0].get("variables", {})
    for name in _VARIABLE.findall(url):
        if name not in variables:
            hint = did_you_mean(name, variables)
            raise Mistake(Finding("/servers/0/url", f"the variable {name!r} of the URL is not in variables{hint}"))
        url = url.replace(f"{{{name}}}", variables[name]["default"])
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError as error:
        raise Mistake(Finding("/servers/0/url", f"{url} is no URL: {error}")) from None
    return path if path.startswith("/") or not path else "/" + path


def mistakes(found: Sequence[Operation]) -> list[Finding]:
    """What is wrong between the parts of operations: path variables without a parameter, and the other way round."""
    findings = []
    for operation in found:
        variables = _VARIABLE.findall(operation.path)
        declared = {parameter.name: parameter for parameter in operation.parameters if parameter.location == "path"}
        for name in variables:
            if name not in declared:
                message = f"the path's variable {name!r} has no parameter (in: path); any text is taken for it"
                findings.append(Finding(operation.pointer, message, "warning"))
        for name, parameter in declared.items():
            if name not in variables:
                message = f"the path {operation.path} has no variable {{{name}}}{did_you_mean(name, variables)}"
                findings.append(Finding(parameter.pointer, message))
    return findings


_Item: TypeAlias = tuple[JsonObject, str]


def _nodes(document: JsonObject) -> Iterator[tuple[str, str, JsonObject, str, list[_Item]]]:
    """(path, method, operation, pointer, path items with pointers) of every operation.

    A path item with a `$ref` is two: what it refers to, then its own members, which win (OpenAPI leaves it open).
    """
    for path, item in document.get("paths", {}).items():
        if path.startswith("x-"):
            continue
        pointer = join("/paths", path)
        items = [(item, pointer)]
        if "$ref" in item:
            items.insert(0, followed(document, item, pointer))
        for method in METHODS:
            for part, where in reversed(items):
                if method in part:
                    yield path, method, part[method], join(where, method), items
                    break


def followed(document: JsonObject, value: Json, pointer: str) -> tuple[Any, str]:
    """What a Reference Object leads to, over any number of steps, and where that is; other values are themselves.

    Raises `DocumentError` for a reference that leads nowhere, or in a circle.
    """
    seen = {pointer}
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        try:
            target = join("", *split(reference))
            value = lookup(document, reference)
        except LookupError:
            raise Mistake(Finding(join(pointer, "$ref"), f"{reference} leads nowhere")) from None
        if target in seen:
            raise Mistake(Finding(join(pointer, "$ref"), f"{reference} leads in a circle"))
        seen.add(target)
        pointer = target
    return value, pointer


def _operation(
    document: JsonObject, path: str, method: str, node: JsonObject, pointer: str, items: list[_Item]
) -> Operation:
    # A parameter of the operation replaces the path item's of the same name and place.
    parameters = {
        (parameter.name, parameter.location): parameter
        for holder, where in [*items, (node, pointer)]
        for parameter in _parameters(document, holder, where)
    }
    body = node.get("requestBody")
    requirements: Any = node.get("security", document.get("security", ()))
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        tags=tuple(node.get("tags", ())),
        summary=node.get("summary", ""),
        parameters=tuple(parameters.values()),
        request_body=None if body is None else _request_body(document, body, join(pointer, "requestBody")),
        responses={
            status: _response(document, status, response, join(pointer, "responses", status))
            for status, response in node.get("responses", {}).items()
            if not status.startswith("x-")
        },
        security=tuple({name: tuple(scopes) for name, scopes in requirement.items()} for requirement in requirements),
        pointer=pointer,
    )


def _parameters(document: JsonObject, holder: JsonObject, pointer: str) -> list[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for index, value in enumerate(holder.get("parameters", ())):
        node, where = followed(document, value, join(pointer, "parameters", index))
        location = node["in"]
        if location == "header" and node["name"].lower() in _IGNORED_HEADERS:
            continue
        schema, schema_pointer, media_type = _schema(node, where)
        style = node.get("style", PARAMETER_LOCATIONS[location][0])
        parameter = Parameter(
            name=node["name"],
            location=location,
            required=location == "path" or node.get("required", False),
            style=style,
            explode=node.get("explode", style == "form"),
            schema=schema,
            schema_pointer=schema_pointer,
            media_type=media_type,
            pointer=where,
        )
        if found.setdefault((parameter.name, location), parameter) is not parameter:
            message = f"the {location} parameter {parameter.name!r} is here twice; keep one of them"
            raise Mistake(Finding(join(pointer, "parameters", index), message))
    return list(found.values())


def _schema(node: JsonObject, pointer: str) -> tuple[Json, str | None, str | None]:
    """(schema, its pointer, media type) of a parameter or header, which has it plainly or in its one media type."""
    if "schema" in node:
        return node["schema"], join(pointer, "schema"), None
    for name, media in node.get("content", {}).items():
        if "schema" in media:
            return media["schema"], join(pointer, "content", name, "schema"), name
        return True, None, name
    return True, None, None


def _content(document: JsonObject, content: JsonObject, pointer: str) -> dict[str, MediaType]:
    return {
        name: MediaType(
            name=name,
            schema=media.get("schema"),
            schema_pointer=join(pointer, name, "schema") if "schema" in media else None,
            examples=_examples(document, media, join(pointer, name)),
            pointer=join(pointer, name),
        )
        for name, media in content.items()
    }


def _examples(document: JsonObject, node: JsonObject, pointer: str) -> tuple[Json, ...]:
    found = [node["example"]] if "example" in node else []
    for name, value in node.get("examples", {}).items():
        example, _ = followed(document, value, join(pointer, "examples", name))
        if "value" in example:
            found.append(example["value"])
    return tuple(found)


def _request_body(document: JsonObject, value: Json, pointer: str) -> RequestBody:
    node, where = followed(document, value, pointer)
    return RequestBody(node.get("required", False), _content(document, node["content"], join(where, "content")), where)


def _response(document: JsonObject, status: str, value: Json, pointer: str) -> Response:
    node, where = followed(document, value, pointer)
    headers = {}
    for name, header_value in node.get("headers", {}).items():
        if name.lower() == "content-type":  # OpenAPI 3.1 §4.8.17.1: it is the media type's to say
            continue
        header, header_pointer = followed(document, header_value, join(where, "headers", name))
        schema, schema_pointer, _ = _schema(header, header_pointer)
        example = next(iter(_examples(document, header, header_pointer)), None)
        headers[name] = Header(name, header.get("required", False), schema, schema_pointer, example)
    return Response(status, _content(document, node.get("content", {}), join(where, "content")), headers, where)
