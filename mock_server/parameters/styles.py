"""Styles: how a parameter's arrays and objects are written (OpenAPI 3.1 §4.8.12.3), as tables, and read back.

Texts are split at their delimiters before they are percent-decoded (RFC 6570 §3.2).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import unquote, unquote_to_bytes

from mock_server.parameters.texts import Shape
from mock_server.spec import Parameter
from mock_server.types import Json, JsonObject

Found: TypeAlias = Mapping[str, Sequence[str]]
"""What a request has in one location: name -> texts, still encoded, as often as the name was given."""

Read: TypeAlias = Callable[[Found], Json]
"""The value of one parameter, MISSING where it is not given; raises `Unreadable`."""

MISSING: Final = object()

ENCODING: Final = "percent-encoding"
"""The rule that text is percent-encoded UTF-8."""

_DEEPEST = 16  # brackets in a name of a deepObject parameter


class Unreadable(Exception):
    """A parameter whose text has no value: why, and the rule that it breaks."""

    def __init__(self, message: str, rule: str) -> None:
        self.message = message
        self.rule = rule
        super().__init__(message)


def from_path(text: str) -> str:
    """Percent-decoded text (RFC 3986 §2.1)."""
    if "%" not in text and text.isascii():
        return text
    if _NO_ESCAPE.search(text):
        raise Unreadable("has a '%' without two hexadecimal digits after it", ENCODING)
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeError:
        raise Unreadable("is not UTF-8", ENCODING) from None


_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def from_query(text: str) -> str:
    """Percent-decoded text in which a plus sign is a space, as forms have it."""
    return from_path(text.replace("+", " "))


_DECODE: Final[Mapping[str, Callable[[str], str]]] = {
    "path": from_path,
    "query": from_query,
    # Fields are not percent-encoded; of cookies nobody can tell (OpenAPI 3.1.1, appendix D).
    "header": lambda text: text.strip(" \t"),
    "cookie": lambda text: unquote(text, errors="replace"),
}

# Style -> what a text begins with, what stands between its parts, and between them where it is exploded.
_COMMA, _SPACE, _PIPE = re.compile(","), re.compile(r"%20|[+ ]"), re.compile(r"\||%7[Cc]")
_STYLES: Final[Mapping[str, tuple[str, re.Pattern[str], re.Pattern[str]]]] = {
    "simple": ("", _COMMA, _COMMA),
    "label": (".", _COMMA, re.compile(r"\.")),
    "matrix": (";", _COMMA, re.compile(";")),
    "form": ("", _COMMA, _COMMA),
    "spaceDelimited": ("", _SPACE, _SPACE),
    "pipeDelimited": ("", _PIPE, _PIPE),
}


def compile_style(parameter: Parameter, shape: Shape, taken: frozenset[str]) -> Read:
    """How the texts of a parameter are read; `taken` are the names that other parameters of its location have."""
    decode = _DECODE[parameter.location]
    if parameter.style == "deepObject":
        return _deep(parameter.name, shape, decode)
    if parameter.explode and parameter.location in ("query", "cookie"):
        return _separate(parameter.name, shape, decode, taken)
    return _joined(parameter, shape, decode)


def _only(texts: Sequence[str]) -> str:
    if len(texts) > 1:
        raise Unreadable(f"is given {len(texts)} times, expected once", "repeated")
    return texts[0]


def _joined(parameter: Parameter, shape: Shape, decode: Callable[[str], str]) -> Read:
    """One text holds all: `blue,black`, `R,100,G,200`, exploded `R=100,G=200`."""
    name, style, explode = parameter.name, parameter.style, parameter.explode
    begin, *separators = _STYLES[style]
    separator = separators[explode]
    # A matrix names what it holds: `;color=blue`, exploded `;color=blue;color=black`.
    label = re.compile(rf"(?:^|(?<=;)){re.escape(name)}(?:=|(?=;)|$)") if style == "matrix" else None
    is_array, is_object = "array" in shape.types, "object" in shape.types
    is_list_field = parameter.location == "header" and (is_array or is_object)

    def read(found: Found) -> Json:
        texts = found.get(name)
        if not texts:
            return MISSING
        # RFC 9110 §5.3: a list may be spread over several lines.
        text = ",".join(texts) if is_list_field else _only(texts)
        if not text.startswith(begin):
            raise Unreadable(f"expected {begin!r} before it, as style {style!r} has it", "style")
        text = text[len(begin) :]
        if label:
            text = label.sub("", text)
        if is_array or is_object:
            parts = separator.split(text)
            if is_array and (len(parts) > 1 or shape.types == {"array"}):
                return [shape.item.typed(decode(part)) for part in parts]
            if is_object and (len(parts) > 1 or not shape.is_scalar):
                return _object(_exploded(parts) if explode else _in_turn(parts), shape, decode)
        return shape.typed(decode(text))

    return read


def _exploded(parts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in parts]
    if not all(equals for _, equals, _ in pairs):
        raise Unreadable("expected name=value in each part", "style")
    return [(name, text) for name, _, text in pairs]


def _in_turn(parts: Sequence[str]) -> list[tuple[str, str]]:
    if len(parts) % 2:
        raise Unreadable("expected names and values in turn", "style")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _object(pairs: Sequence[tuple[str, str]], shape: Shape, decode: Callable[[str], str]) -> JsonObject:
    members: JsonObject = {}
    for encoded, text in pairs:
        name = decode(encoded)
        if name in members:
            raise Unreadable(f"has the member {name[:40]!r} twice", "repeated")
        members[name] = shape.member(name).typed(decode(text))
    return members


def _separate(name: str, shape: Shape, decode: Callable[[str], str], taken: frozenset[str]) -> Read:
    """Each item and each property is a parameter of its own: `color=blue&color=black`, `R=100&G=200`."""
    is_array, is_object = "array" in shape.types, "object" in shape.types

    def read(found: Found) -> Json:
        texts = found.get(name)
        if texts and (is_array or shape.is_scalar):
            return _value(texts, shape, decode)
        if not is_object:
            return MISSING
        others = found.keys() - taken if shape.others else ()
        members = {
            member: _value(found[member], shape.member(member), decode)
            for member in found
            if member in shape.properties or member in others
        }
        return members or MISSING

    return read


def _value(texts: Sequence[str], shape: Shape, decode: Callable[[str], str]) -> Json:
    """An array of the texts where there are several, or where nothing else is meant; else the value of the only one."""
    if "array" in shape.types and (len(texts) > 1 or not shape.is_scalar):
        return [shape.item.typed(decode(text)) for text in texts]
    return shape.typed(decode(_only(texts)))


# -- deepObject: filter[status]=open&filter[size][gte]=5 ---------------------------------------------------------------

_BRACKETS = re.compile(r"(?:\[[^\[\]]*\])+")

Tree: TypeAlias = "dict[str, Tree | Sequence[str]]"


def _deep(name: str, shape: Shape, decode: Callable[[str], str]) -> Read:
    """Each member is a parameter of its own, with its place in brackets; `[]` and `[0]` number an array's items."""

    def read(found: Found) -> Json:
        texts = found.get(name)
        if texts:
            return _value(texts, shape, decode)
        tree: Tree = {}
        for key, texts in found.items():
            if key.startswith(name) and _BRACKETS.fullmatch(key, len(name)):
                _plant(tree, key, key[len(name) + 1 : -1].split("]["), texts)
        return _grown(tree, shape, decode) if tree else MISSING

    return read


def _plant(tree: Tree, key: str, names: Sequence[str], texts: Sequence[str]) -> None:
    if len(names) > _DEEPEST:
        raise Unreadable(f"is nested more than {_DEEPEST} levels deep", "style")
    for name in names[:-1]:
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            raise Unreadable(f"is a value and an object at once, at {key[:40]}", "style")
        tree = below
    if names[-1] in tree:
        raise Unreadable(f"is a value and an object at once, at {key[:40]}", "style")
    tree[names[-1]] = texts


def _grown(tree: Tree, shape: Shape, decode: Callable[[str], str]) -> Json:
    if "array" in shape.types and all(key.isdecimal() or not key for key in tree):
        items: list[Json] = []
        for key in sorted(tree, key=lambda key: int(key or 0)):
            below = tree[key]
            if isinstance(below, dict):
                items.append(_grown(below, shape.item, decode))
            else:
                items += [shape.item.typed(decode(text)) for text in below]
        return items
    return {
        key: _grown(below, shape.member(key), decode)
        if isinstance(below, dict)
        else _value(below, shape.member(key), decode)
        for key, below in tree.items()
    }
