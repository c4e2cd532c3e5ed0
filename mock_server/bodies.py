"""Bodies: JSON text read strictly, and the documented media type that a Content-Type means."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import inf, nextafter
from typing import Final, NoReturn, TypeVar

import orjson

from mock_server.errors import Refusal, Violation
from mock_server.types import Json, JsonObject

T = TypeVar("T")

DEPTH: Final = 128
"""How many arrays and objects a body may nest: what validates deeper ones can run out of stack."""

# The least integer that is kept as one. As a float it may be what became of one just below, which must stay below: a
# schema's bounds of 64 bits tell them apart.
_LOW: Final = -(1 << 63)
_BELOW: Final = nextafter(_LOW, -inf)

_SPACE = b" \t\n\r"  # RFC 8259 §2
_MOST = 100  # violations told of one body

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # a token of RFC 9110 §5.6.2
_TYPE = re.compile(rf"[ \t]*({_NAME}/{_NAME})[ \t]*(?:;|$)")
_PARAMETER = re.compile(rf';[ \t]*({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*")')
_UTF_8 = (None, "utf-8", "utf8", "us-ascii")  # ASCII is a part of UTF-8


def decode_json(body: bytes) -> Json:
    """The value of a JSON text (RFC 8259), read as strictly as I-JSON has it (RFC 7493 §2).

    Raises `Refusal` (400), with the place, for what is not UTF-8, not JSON or nested deeper than `DEPTH`, for a member
    name given twice, and for a number beyond a double's range. An integer beyond 64 bits becomes a double, as most
    readers of JSON have it (RFC 8259 §6): it is a valid integer, and to refuse it would break the document's word.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _refuse_text(body, error)
    kind = type(value)
    if kind is dict or kind is list:
        return _read_again(body) if _is_doubtful(value, body) else value
    return _read_again(body) if value == _LOW else value


def _is_doubtful(value: Json, body: bytes) -> bool:
    """Whether something may have been lost in reading: a name given twice, or an integer that became a wrong float.

    A name that was lost left its colon behind: a text with no more colons than members has lost none. Depth is refused.
    """
    holders = [value]
    members = 0
    rounded = False
    for holder in holders:  # which grows meanwhile
        if type(holder) is dict:
            members += len(holder)
            parts = holder.values()
        else:
            parts = holder
        for part in parts:
            kind = type(part)
            if kind is dict or kind is list:
                holders.append(part)
            elif kind is float and part == _LOW:
                rounded = True
    if len(holders) > DEPTH and _is_deep(value):
        _refuse_depth()
    # Only a member's colon follows a quotation mark, white space aside; in a string both would be rare.
    return rounded or (body.count(b":") != members and body.translate(None, _SPACE).count(b'":') != members)


def _is_deep(value: Json) -> bool:
    level = [value]
    for _ in range(DEPTH):
        parts = [part for holder in level for part in (holder.values() if type(holder) is dict else holder)]
        level = [part for part in parts if type(part) is dict or type(part) is list]
        if not level:
            return False
    return True


class _Repeated(dict[str, Json]):
    """An object some of whose member names were given more than once: `names`."""

    names: list[str]


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    repeated.names = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    return repeated


def _integer(text: str) -> int | float:
    value = int(text)
    return value if _LOW <= value < 1 << 64 else min(float(value), _BELOW) if value < 0 else float(value)


def _read_again(body: bytes) -> Json:
    """The value of a well-formed text, read slowly; refused with the place of every name that is given twice."""
    value = json.loads(body, object_pairs_hook=_object, parse_int=_integer)
    violations = []
    pending = [("", value)]
    for pointer, part in pending:  # which grows meanwhile
        if isinstance(part, list):
            pending += [(f"{pointer}/{index}", item) for index, item in enumerate(part)]
        elif isinstance(part, dict):
            places = {name: f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}" for name in part}
            pending += [(places[name], member) for name, member in part.items()]
            if isinstance(part, _Repeated):
                message = "is given more than once"
                violations += [Violation("body", places[name], message, "uniqueNames") for name in part.names]
    if violations:
        raise Refusal(
            400, "the body would not be read as it was sent", source="validation", violations=violations[:_MOST]
        )
    return value


def _refuse_text(body: bytes, error: orjson.JSONDecodeError) -> NoReturn:
    if error.msg == "depth limit exceeded":
        _refuse_depth()
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        byte = body[wrong.start]
        _refuse(f"is not UTF-8: byte 0x{byte:02x} at offset {wrong.start}", "utf-8")
    if not body.strip(_SPACE):
        _refuse("is empty, where JSON is expected", "json")
    _refuse(f"is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}", "json")


def _refuse_depth() -> NoReturn:
    _refuse(f"is nested more than {DEPTH} levels deep", "depth")


def _refuse(message: str, rule: str) -> NoReturn:
    violation = Violation("body", "", message, rule)
    raise Refusal(400, "the body cannot be read", source="validation", violations=(violation,)) from None


@lru_cache(1024)
def media_type(content_type: str | None) -> tuple[str, str | None]:
    """The media type of a Content-Type field, `type/subtype` in lower case, and its charset.

    Without the field, content is `application/octet-stream` (RFC 9110 §8.3); text that is no media type is ''.
    """
    if content_type is None:
        return "application/octet-stream", None
    named = _TYPE.match(content_type)
    if named is None:
        return "", None
    for name, value in _PARAMETER.findall(content_type, named.end(1)):
        if name.lower() == "charset":
            return named[1].lower(), value.strip('"').lower()
    return named[1].lower(), None


def is_json(type_: str) -> bool:
    """Whether content of a media type is JSON: `application/json`, `text/json` or a `+json` type (RFC 6839 §3.1)."""
    return type_.endswith(("/json", "+json"))


def match(content: Mapping[str, T], content_type: str | None) -> T | None:
    """What stands in `content` under the documented media type or range that is closest to a Content-Type.

    From closest to widest: the type itself (parameters aside), `application/*+json`, `application/*`, `*/*`; None where
    there is none. Raises `Refusal` (415) for JSON in another charset than UTF-8 (RFC 8259 §8.1).
    """
    if content_type is not None and content_type in content:
        return content[content_type]
    type_, charset = media_type(content_type)
    if charset not in _UTF_8 and is_json(type_):
        message = f"JSON is sent in UTF-8, not in {charset[:40]!r}" if charset else "JSON is sent in UTF-8"
        raise Refusal(415, message, source="validation")
    whole, subtype = type_.partition("/")[::2]
    documented = {media_type(name)[0]: name for name in reversed(list(content))}
    for wanted in (type_, f"{whole}/*+{subtype.rpartition('+')[2]}", f"{whole}/*", "*/*"):
        if type_ and wanted in documented:
            return content[documented[wanted]]
    return None
