"""Documents as plain values: reading their text, finding the line of a part, evaluating JSON Pointers.

Positions are not kept while all is well: a text is read again for them when a problem is to be shown.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from mock_server.errors import DocumentError, Location, Problem
from mock_server.spec import json_text, yaml_text
from mock_server.spec.places import Place, TextError
from mock_server.types import Json

_BYTE_ORDER_MARK = "\ufeff"
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),  # before UTF-16's, which begins alike
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A text and where it comes from: `name` is the path as the user gave it, or the URL."""

    name: str
    text: str


def decode(name: str, content: bytes) -> Source:
    """A source from the bytes of a file: UTF-8, or UTF-16 or UTF-32 with a byte order mark (YAML 1.2 §5.2).

    Raises `DocumentError` with the line of the first bytes that are not text.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return Source(name, content.decode(encoding).removeprefix(_BYTE_ORDER_MARK))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"this is not {encoding.upper()} text (byte {error.start}); save the file as UTF-8"
        raise DocumentError([Problem(message, Location(name, line, ""))]) from None


def read(source: Source) -> Json:
    """The value that a source writes, in JSON or in YAML 1.2 (core schema).

    Raises `DocumentError` with file and line where the text is malformed, or says what a JSON value cannot hold.
    """
    text = source.text.removeprefix(_BYTE_ORDER_MARK)
    try:
        if _is_json(source):
            try:
                return json_text.parse(text)
            except TextError:
                if source.name.endswith(".json"):
                    raise
        return yaml_text.parse(text)
    except TextError as error:
        pointer = join("", *error.tokens[:32])  # where it is too deep, the way there says enough
        line = error.line if error.line is not None else _lines(source).line_of(error.tokens)
        raise DocumentError([Problem(error.message, Location(source.name, line, pointer))]) from None


def locate(source: Source, pointer: str) -> Location:
    """The place of `pointer` in a source: the line of the deepest part of it that is there."""
    return Location(source.name, _lines(source).line_of(split(pointer)), pointer)


def _is_json(source: Source) -> bool:
    # A flow mapping of YAML starts alike: what isn't JSON is tried as YAML, unless the file's name says JSON.
    return source.text[:1000].lstrip(" \t\r\n\ufeff")[:1] in ("{", "[", '"') or source.name.endswith(".json")


@lru_cache(maxsize=8)
def _lines(source: Source) -> json_text.Lines | Place:
    text = source.text.removeprefix(_BYTE_ORDER_MARK)
    if _is_json(source):
        try:
            json_text.parse(text)
            return json_text.Lines(text)
        except TextError:
            if source.name.endswith(".json"):
                return json_text.Lines(text)
    return yaml_text.places(text)


def lookup(document: Json, pointer: str) -> Json:
    """The value at a JSON Pointer (RFC 6901), or at a URI fragment that holds one, `#/…`, percent-encoded (§6).

    Raises `LookupError` where there is none.
    """
    value = document
    for token in split(pointer):
        if isinstance(value, dict):
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and (token == "0" or token[0] != "0"):
            value = value[int(token)]
        else:
            raise KeyError(token)
    return value


def split(pointer: str) -> list[str]:
    """The unescaped tokens of a pointer or fragment. Raises `LookupError` where it is neither."""
    if pointer.startswith("#"):
        pointer = unquote(pointer[1:])
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise LookupError(pointer)
    if "~" not in pointer:
        return pointer[1:].split("/")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def join(pointer: str, *tokens: str | int) -> str:
    """A pointer to a part of what `pointer` points at."""
    return pointer + "".join(["/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens])
