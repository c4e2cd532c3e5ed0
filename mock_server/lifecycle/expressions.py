"""Values as `x-resources` writes them: literals, and look-ups by OpenAPI's runtime expressions. No evaluation."""

import re
from collections.abc import Callable
from typing import Final

import orjson

from mock_server.lifecycle.model import ABSENT, Context, Value
from mock_server.types import Json, JsonObject

_EXPRESSION: Final = re.compile(r"\$[A-Za-z]")
_EMBEDDED: Final = re.compile(r"\{(\$[A-Za-z][^{}]*)\}")
_ROOTS: Final = "$item, $request.body, $request.query.…, $request.path.…, $request.header.…, $server"


def is_expression(text: str) -> bool:
    """Whether the whole of `text` is an expression (`$5` is not)."""
    return _EXPRESSION.match(text) is not None


def compile_value(value: Json, shown: Callable[[JsonObject], JsonObject]) -> Value:
    """A closure that gives `value` with its expressions looked up, wherever in it they stand.

    One expression that finds nothing makes the whole of it `ABSENT`. `shown` gives the representation, for a bare
    `$item`. Raises ValueError for an unknown root.
    """
    match value:
        case str() if is_expression(value):
            return compile_expression(value, shown)
        case str() if _EMBEDDED.search(value):
            return _template(value, shown)
        case dict():
            return _members(value, shown)
        case list():
            return _entries(value, shown)
    return lambda values, context: value


def compile_expression(text: str, shown: Callable[[JsonObject], JsonObject]) -> Value:
    """The look-up that a runtime expression stands for (OpenAPI 3.1, Runtime Expressions). Raises ValueError."""
    source, mark, pointer = text.partition("#")
    tokens = read_pointer(pointer) if mark else ()
    if source == "$item":
        return (lambda values, context: look_up(values, tokens)) if tokens else (lambda values, context: shown(values))
    if source == "$request.body":
        return lambda values, context: look_up(context.body, tokens)
    if source == "$server" and not mark:
        return lambda values, context: context.server or ABSENT
    root, _, name = source.removeprefix("$request.").partition(".")
    if not source.startswith("$request.") or not name or mark:
        raise ValueError(f"{text!r} is not an expression; there are {_ROOTS}")
    if root == "query":
        return lambda values, context: context.query.get(name, ABSENT)
    if root == "path":
        return lambda values, context: context.path.get(name, ABSENT)
    if root == "header":
        field = name.lower().encode()
        return lambda values, context: _or_absent(context.header(field))
    raise ValueError(f"{text!r} is not an expression; there are {_ROOTS}")


def read_pointer(pointer: str) -> tuple[str, ...]:
    """The tokens of a JSON Pointer (RFC 6901). Raises ValueError."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON Pointer: it starts with '/'")
    return tuple([token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]])


def look_up(value: Json, tokens: tuple[str, ...]) -> Json:
    """What stands at a JSON Pointer in `value`, or `ABSENT`."""
    for token in tokens:
        if isinstance(value, dict):
            value = value.get(token, ABSENT)
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value


def _or_absent(value: Json) -> Json:
    return ABSENT if value is None else value


def _template(text: str, shown: Callable[[JsonObject], JsonObject]) -> Value:
    # split() with a group: texts at even places, expressions at odd ones.
    pieces = _EMBEDDED.split(text)
    lookups = [compile_expression(piece, shown) for piece in pieces[1::2]]

    def fill(values: JsonObject, context: Context) -> Json:
        filled = pieces.copy()
        for place, look in enumerate(lookups):
            found = look(values, context)
            if found is ABSENT:
                return ABSENT
            filled[2 * place + 1] = as_text(found)
        return "".join(filled)

    return fill


def as_text(value: Json) -> str:
    """A JSON value within a text: strings as they are, null as nothing, the others as JSON writes them."""
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()


def _members(value: JsonObject, shown: Callable[[JsonObject], JsonObject]) -> Value:
    if not _has_expression(value):
        return lambda values, context: value
    members = [(name, compile_value(member, shown)) for name, member in value.items()]

    def fill(values: JsonObject, context: Context) -> Json:
        filled = {name: member(values, context) for name, member in members}
        return ABSENT if any(member is ABSENT for member in filled.values()) else filled

    return fill


def _entries(value: list[Json], shown: Callable[[JsonObject], JsonObject]) -> Value:
    if not _has_expression(value):
        return lambda values, context: value
    entries = [compile_value(entry, shown) for entry in value]

    def fill(values: JsonObject, context: Context) -> Json:
        filled = [entry(values, context) for entry in entries]
        return ABSENT if any(entry is ABSENT for entry in filled) else filled

    return fill


def _has_expression(value: Json) -> bool:
    match value:
        case str():
            return is_expression(value) or _EMBEDDED.search(value) is not None
        case dict():
            return any(map(_has_expression, value.values()))
        case list():
            return any(map(_has_expression, value))
    return False
