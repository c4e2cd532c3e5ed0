"""Parameters: from the text of a request to values, as their styles and schemas say.

A text that does not fit its schema stays text, so that the validator tells what is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from mock_server.bodies import decode_json, is_json, media_type
from mock_server.errors import Refusal, Violation
from mock_server.messages import Request
from mock_server.parameters.styles import ENCODING, MISSING, Found, Read, Unreadable, compile_style, from_query
from mock_server.parameters.texts import TEXT, shape_of
from mock_server.redaction import names_secret
from mock_server.spec import Parameter
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas, Validator

__all__ = ["Arguments", "compile_parameters"]


class Arguments(NamedTuple):
    """The values of an operation's declared parameters by name; absent ones without a default are left out."""

    path: JsonObject
    query: JsonObject
    header: JsonObject
    cookie: JsonObject


class _Declared(NamedTuple):
    """A parameter, compiled."""

    name: str
    location: str
    required: bool
    default: Json
    read: Read
    validator: Validator | None
    secret: bool


def compile_parameters(
    parameters: Sequence[Parameter], schemas: Schemas, status_code: int
) -> Callable[[Mapping[str, str], Request], Arguments] | None:
    """How the declared parameters of a request are read, from its path variables as sent; None where none is declared.

    The function raises `Refusal` with every wrong parameter: `status_code`, or 400 if one is not percent-encoded UTF-8.
    Undeclared query parameters are passed over.
    """
    if not parameters:
        return None
    declared = [_declared(parameter, parameters, schemas) for parameter in parameters]
    by_location = {place: [one for one in declared if one.location == place] for place in Arguments._fields}
    fields = {one.name.lower().encode("latin-1", "replace"): one.name for one in by_location["header"]}

    def read(variables: Mapping[str, str], request: Request) -> Arguments:
        wrong: list[Violation] = []
        arguments = Arguments({}, {}, {}, {})
        if by_location["path"]:
            _read(by_location["path"], {name: (text,) for name, text in variables.items()}, arguments.path, wrong)
        if by_location["query"]:
            _read(by_location["query"], _query(request.query) if request.query else {}, arguments.query, wrong)
        if fields:
            _read(by_location["header"], _fields(request, fields), arguments.header, wrong)
        if by_location["cookie"]:
            _read(by_location["cookie"], _cookies(request), arguments.cookie, wrong)
        if wrong:
            status = 400 if any(violation.rule == ENCODING for violation in wrong) else status_code
            raise Refusal(status, "the parameters are not valid", source="validation", violations=wrong)
        return arguments

    return read


def _declared(parameter: Parameter, siblings: Sequence[Parameter], schemas: Schemas) -> _Declared:
    schema = parameter.schema
    validator = None
    if parameter.schema_pointer is not None:
        validator = schemas.at(parameter.schema_pointer, direction="request")
    resolved = schemas.resolve(schema)
    stated = [words["default"] for words in (schema, resolved) if isinstance(words, dict) and "default" in words]
    if parameter.media_type is None:
        taken = frozenset(other.name for other in siblings if other.location == parameter.location)
        read = compile_style(parameter, shape_of(schema, schemas), taken)
    else:
        read = _content(parameter)
    return _Declared(
        parameter.name,
        parameter.location,
        parameter.required,
        stated[0] if stated else MISSING,
        read,
        validator,
        names_secret(parameter.name),
    )


def _content(parameter: Parameter) -> Read:
    """A parameter whose text is of a media type: JSON is read, other text taken as it is."""
    whole = replace(parameter, style="simple", explode=False)
    read_text = compile_style(whole, TEXT, frozenset())
    as_json = is_json(media_type(parameter.media_type)[0])

    def read(found: Found) -> Json:
        text = read_text(found)
        if text is MISSING or not as_json:
            return text
        try:
            return decode_json(text.encode())
        except Refusal as refusal:
            violation = refusal.violations[0]
            raise Unreadable(violation.message, violation.rule) from None

    return read


def _read(declared: Sequence[_Declared], found: Found, values: JsonObject, wrong: list[Violation]) -> None:
    for name, location, required, default, read, validator, secret in declared:
        try:
            value = read(found)
        except Unreadable as error:
            wrong.append(Violation(location, name, error.message, error.rule))
            continue
        if value is MISSING:
            if required:
                wrong.append(Violation(location, name, "is required", "required"))
            elif default is not MISSING:
                values[name] = deepcopy(default) if isinstance(default, dict | list) else default
        elif validator is None or validator.is_valid(value):
            values[name] = value
        else:
            for violation in validator.violations(value, location):
                message = f"breaks the rule {violation.rule!r}" if secret else violation.message
                wrong.append(Violation(location, name + violation.pointer, message, violation.rule))


# -- what a request has ------------------------------------------------------------------------------------------------


def _query(query: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in query.decode("latin-1").split("&"):
        if not pair:
            continue
        name, _, text = pair.partition("=")
        try:
            name = from_query(name)
        except Unreadable as error:
            violation = Violation("query", name[:40], error.message, error.rule)
            raise Refusal(400, "the query is malformed", source="validation", violations=(violation,)) from None
        found.setdefault(name, []).append(text)
    return found


def _fields(request: Request, wanted: Mapping[bytes, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, value in request.fields:
        if field in wanted:
            found.setdefault(wanted[field], []).append(value.decode("latin-1"))
    return found


def _cookies(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, value in request.fields:
        if field == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                name, _, text = pair.partition("=")
                found.setdefault(name.strip(), []).append(text.strip().strip('"'))
    return found
