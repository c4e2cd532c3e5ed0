"""The one place that turns a `Refusal` into HTTP, with a body of the shape that the document has for it.

The shape is that of the status code's own response, else of its range (`4XX`), else of `default`, else of any other
error of the operation (where there is no operation: of the document's commonest), else RFC 9457's. A body that is not
valid against its schema is never sent: the next shape is taken.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote
from weakref import WeakKeyDictionary

import orjson

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Refusal
from mock_server.examples import MISSING, example_body
from mock_server.generation import compile_generator
from mock_server.messages import Fields, Response
from mock_server.problems.bodies import ABSENT, Facts, Fill, Reader, is_code
from mock_server.problems.codes import title
from mock_server.spec import MediaType, Operation
from mock_server.spec import Response as Documented
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas

Writer: TypeAlias = Callable[[Refusal], Response]

__all__ = ["Writer", "compile_problem_writer", "status_for_validation"]

_LISTED: Final = 10  # violations that a message tells, at most
_LENGTH: Final = 1000  # characters of a message, at most
_USUAL: Final = (400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 429, 500)
_PROBLEM_JSON: Final = (b"content-type", b"application/problem+json")


def status_for_validation(operation: Operation) -> int:
    """The status code for a request that is well formed and not valid: 422, unless only 400 is documented."""
    return 400 if "400" in operation.responses and "422" not in operation.responses else 422


def compile_problem_writer(operation: Operation | None, operations: Iterable[Operation], schemas: Schemas) -> Writer:
    """The writer for one operation, or for requests that reach none (`operation` None)."""
    shapes = _SHAPES.get(schemas)
    if shapes is None:
        shapes = _SHAPES[schemas] = _Shapes(schemas)
    responses = operation.responses if operation else _commonest(operations)
    known = {status_code: shapes.choices(status_code, responses) for status_code in _USUAL}

    def write(refusal: Refusal) -> Response:
        status_code = refusal.status_code
        choices = known.get(status_code)
        if choices is None:
            choices = known[status_code] = shapes.choices(status_code, responses)
        facts = Facts(status_code, _message(refusal), refusal.violations)
        for shape, example, required in choices:
            body = shape.body(facts, example)
            if body is not None:
                fields = (shape.content_type, *_missing(required, refusal.fields), *refusal.fields)
                return Response(status_code, body, fields=fields, source=refusal.source)
        body = orjson.dumps(_problem(facts))
        return Response(status_code, body, fields=(_PROBLEM_JSON, *refusal.fields), source=refusal.source)

    return write


def _message(refusal: Refusal) -> str:
    """What was wrong and where, in one bounded line."""
    if not refusal.violations:
        return refusal.message[:_LENGTH]
    told = [str(violation) for violation in refusal.violations[:_LISTED]]
    if len(refusal.violations) > _LISTED:
        told.append(f"and {len(refusal.violations) - _LISTED} more")
    text = f"{refusal.message}: {'; '.join(told)}" if refusal.message else "; ".join(told)
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"


class _Shape:
    """One media type's schema, ready to be filled; without a schema anything goes, and RFC 9457 is as good as any."""

    def __init__(self, media: MediaType, reader: Reader, schemas: Schemas) -> None:
        name = media.name if "*" not in media.name else "application/json"
        self._is_text = not _is_json(name)
        self.content_type = (b"content-type", name.encode("latin-1", "replace"))
        self._is_valid: Callable[[Json], bool] = lambda value: True
        self._fills: list[Fill] = [_problem]
        if media.schema_pointer is not None and not self._is_text:
            reference = {"$ref": "#" + quote(media.schema_pointer, safe="/~")}
            self._is_valid = schemas.at(media.schema_pointer, direction="response").is_valid
            self._fills = [*reader.fills(reference), *_generated(reference, schemas)]

    def body(self, facts: Facts, example: Json) -> bytes | None:
        """The first body that is valid; None if none is."""
        if self._is_text:
            return facts.message.encode()
        for fill in self._fills:
            value = fill(facts)
            if value is ABSENT:
                continue
            if example is not MISSING and self._is_valid(likened := _like(example, value)):
                return orjson.dumps(likened)
            if self._is_valid(value):
                return orjson.dumps(value)
        return None


class _Choice(NamedTuple):
    """A shape as one response documents it: with an example of its own, and header fields that it requires."""

    shape: _Shape
    example: Json
    fields: Fields


class _Shapes:
    """The shapes of one document, each compiled once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._reader = Reader(schemas)
        self._shapes: dict[tuple[str, str], _Shape] = {}

    def choices(self, status_code: int, responses: Mapping[str, Documented]) -> list[_Choice]:
        """The shapes that a status code may have, the best first."""
        found = []
        for status in _statuses(status_code, responses):
            response = responses[status]
            for media in _media(response.content):
                own = status in (str(status_code), f"{status_code // 100}XX", "default")
                # An example shows the code of the error that it is an example of, and no other.
                example = example_body(media, self._schemas) if status == str(status_code) else MISSING
                found.append(_Choice(self._shape(media), example, self._fields(response) if own else ()))
        return found

    def _shape(self, media: MediaType) -> _Shape:
        key = (_key(media), media.name)
        if key not in self._shapes:
            self._shapes[key] = _Shape(media, self._reader, self._schemas)
        return self._shapes[key]

    def _fields(self, response: Documented) -> Fields:
        """The header fields that the response must have, with a value that is right for each."""
        fields = []
        for name, header in response.headers.items():
            if header.required and name.lower() != "content-type":
                value = header.example
                if value is None and header.schema is not None:
                    value = _some(header.schema, self._schemas)
                if isinstance(value, str | int | float):
                    fields.append((name.lower().encode(), str(value).encode("latin-1", "replace")))
        return tuple(fields)


_SHAPES: "WeakKeyDictionary[Schemas, _Shapes]" = WeakKeyDictionary()


def _statuses(status_code: int, responses: Mapping[str, Documented]) -> Iterator[str]:
    own = [str(status_code), f"{status_code // 100}XX", "default"]
    errors = [status for status in responses if status[0] in "45" and status not in own]
    errors.sort(key=lambda status: status[0] != own[0][0])
    return (status for status in [*own, *errors] if status in responses)


def _media(content: Mapping[str, MediaType]) -> list[MediaType]:
    """The media types that can be written, JSON first."""
    json = [media for name, media in content.items() if _is_json(name)]
    text = [media for name, media in content.items() if name.startswith("text/plain")]
    return json + text


def _is_json(name: str) -> bool:
    subtype = name.split(";", maxsplit=1)[0].strip().lower()
    return subtype in ("application/json", "*/*", "application/*") or subtype.endswith(("+json", "/json"))


def _key(media: MediaType) -> str:
    """What tells schemas apart: the reference, where there is but a reference."""
    if isinstance(media.schema, dict) and media.schema.keys() == {"$ref"}:
        return str(media.schema["$ref"])
    return f"#{media.schema_pointer}"


def _commonest(operations: Iterable[Operation]) -> dict[str, Documented]:
    """As `default`: the error response whose schema most operations have."""
    counts: Counter[str] = Counter()
    first: dict[str, Documented] = {}
    for operation in operations:
        for status, response in operation.responses.items():
            for media in _media(response.content)[:1]:
                is_error = status[0] in "45" or (status == "default" and len(operation.responses) > 1)
                if is_error and media.schema_pointer is not None:
                    counts[_key(media)] += 1
                    first.setdefault(_key(media), replace(response, status="default", headers={}))
    return {"default": first[counts.most_common(1)[0][0]]} if counts else {}


def _like(example: Json, value: Json) -> Json:
    """`value` made to look like a documented example: with its codes, and its members that say nothing of the error."""
    if not isinstance(example, dict) or not isinstance(value, dict):
        return value
    result = {**example}
    for name, member in value.items():
        if not (is_code(name) and isinstance(example.get(name), str)):
            result[name] = _like(example.get(name), member)
    return result


def _generated(schema: Json, schemas: Schemas) -> list[Fill]:
    try:
        generate = compile_generator(schema, schemas, direction="response")
    except DocumentError:
        return []
    return [lambda facts: generate(Chance("problem", facts.status_code))]


def _some(schema: Json, schemas: Schemas) -> Json:
    """One value of a schema, None if none can be made."""
    return next((fill(Facts(400, "")) for fill in _generated(schema, schemas)), None)


def _missing(fields: Fields, others: Fields) -> Iterator[tuple[bytes, bytes]]:
    names = {name for name, _ in others}
    return (field for field in fields if field[0] not in names)


def _problem(facts: Facts) -> Json:
    """RFC 9457 §3.1, with `errors` as its §3 shows it."""
    problem: JsonObject = {
        "type": "about:blank",
        "title": title(facts.status_code),
        "status": facts.status_code,
        "detail": facts.message,
    }
    if facts.violations:
        problem["errors"] = [
            {"detail": violation.message, "pointer": f"#{violation.pointer}"}
            if violation.place == "body"
            else {"detail": violation.message, "parameter": violation.pointer}
            for violation in facts.violations
        ]
    return problem
