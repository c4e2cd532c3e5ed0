"""JSON, read by the standard library at full speed; a slower reading tells lines when something is wrong.

RFC 8259, and like RFC 7493 without duplicate names. YAML 1.2 reads all of JSON in theory; libyaml does not quite: tabs
and surrogate pairs.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from mock_server.spec.places import MAXIMUM_DEPTH, Places, TextError
from mock_server.spec.values import is_deeper
from mock_server.types import Json, JsonObject

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([\[\]{}:,])|([^\s\[\]{}:,"]+)|(.))', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")
_SKIPPER: Any = json.JSONDecoder()
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _Refused(Exception):
    """Something is wrong that json.loads would let pass; the slower reading says where."""


def parse(text: str) -> Json:
    """The value of a JSON text. Raises `TextError` with the line, for duplicate names and infinities too."""
    try:
        value = _DECODER.decode(text)
        if is_deeper(value, MAXIMUM_DEPTH) or (
            _SURROGATE.search(text) and _lone_surrogate(json.dumps(value, ensure_ascii=False))
        ):
            raise _Refused
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise TextError(f"this is not JSON: {message} (column {error.colno})", error.lineno) from None
    except (_Refused, RecursionError, ValueError):
        _explain(text)
    return value


class Lines:
    """The lines of a JSON text's parts. Only what is on the way to them is read, at the library's speed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: dict[int, dict[str, tuple[int, int]]] = {}

    def line_of(self, tokens: Sequence[str]) -> int:
        """The line of the deepest part of a pointer that is there: of its key, or its own where it has none."""
        start = place = self._skip(0)
        for token in tokens:
            if start not in self._parts:
                self._parts[start] = dict(self._read(start))
            if token not in self._parts[start]:
                break
            place, start = self._parts[start][token]
        return self._text.count("\n", 0, place) + 1

    def _read(self, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
        """The members or entries of the object or array at `start`: token, where it is told from, where it starts."""
        opening = self._text[start : start + 1]
        if opening not in ("{", "["):
            return
        end, index = start, 0
        try:
            while self._text[end] in "{[,":
                place = position = self._skip(end + 1)
                token = str(index)
                if opening == "{":
                    token, position = _SKIPPER.parse_string(self._text, position + 1, True)
                    position = self._skip(self._skip(position) + 1)
                yield token, (place, position)
                _, end = _SKIPPER.raw_decode(self._text, position)
                end, index = self._skip(end), index + 1
        except (ValueError, IndexError, RecursionError):
            return  # what stands before the mistake can be told all the same

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match is not None else position


def _members(pairs: list[tuple[str, Json]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused
    return members


def _refuse(_: str) -> NoReturn:
    raise _Refused


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0.0:
        raise _Refused
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse, parse_float=_finite)


def _lone_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _check_word(word: str, line: int, found: Places) -> None:
    if word in ("NaN", "Infinity", "-Infinity") or (len(word) <= 4000 and word[-1:].isdigit() and _overflows(word)):
        raise TextError(f"{word[:40]} is no number that JSON can be read with; write a smaller one", line, found.tokens)
    if len(word) > 4000:
        raise TextError(f"this number has {len(word)} digits; quote it if it is a name", line, found.tokens)


def _overflows(word: str) -> bool:
    try:
        return abs(float(word)) == float("inf") and not word.lstrip("-").isdigit()
    except ValueError:
        return False


def _explain(text: str) -> NoReturn:
    found = Places()
    _read(text, found)
    raise TextError("this cannot be read as JSON", 1)


def _read(text: str, found: Places) -> None:
    """Tells `found` what stands where, and raises `TextError` at the first thing that is not allowed."""
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        string, mark, word, stray = match.groups()
        line += text.count("\n", end, match.start(match.lastindex or 0))
        end = match.start(match.lastindex or 0)
        if stray is not None:
            raise TextError("this is not JSON: a string does not end", line, found.tokens)
        if string is not None:
            name = json.loads(string, strict=False)
            if not name.isascii() and _lone_surrogate(name):
                raise TextError("half of a surrogate pair is no character; write both halves", line, found.tokens)
            if not found.expects_key:
                found.value(line)
            elif not found.key(name, line):
                raise TextError(f"the key {name[:60]!r} is here twice; keep one of them", line, found.tokens)
        elif word is not None:
            _check_word(word, line, found)
            found.value(line)
        elif mark in "{[":
            if found.depth >= MAXIMUM_DEPTH:
                raise TextError(f"this is nested deeper than {MAXIMUM_DEPTH} levels", line, found.tokens)
            found.open(found.value(line), {} if mark == "{" else [])
        elif mark in "]}":
            found.close()
