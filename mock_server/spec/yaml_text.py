"""YAML 1.2 with the core schema, read without recursion from libyaml's events.

PyYAML's own loaders speak YAML 1.1 (`no`, `12:30`, dates), keep the last of duplicate keys, recurse, and are six times
slower. https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mock_server.spec.places import MAXIMUM_DEPTH, Place, Places, TextError
from mock_server.spec.values import copy
from mock_server.types import Json, JsonObject

MAXIMUM_ALIASED = 500_000
"""How many values all aliases of a document may stand for together: a few bytes can ask for billions."""

_NUMBER = re.compile(
    r"(?P<decimal>[-+]?[0-9]+)|0o(?P<octal>[0-7]+)|0x(?P<hexadecimal>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<unspeakable>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_NUMBER_STARTS = frozenset("0123456789+-.")
_WORDS: dict[str, Json] = {
    spelling: value
    for word, value in (("", None), ("~", None), ("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}
_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {"null": (type(None),), "bool": (bool,), "int": (int,), "float": (int, float)}
_MERGE: Any = ("<<",)  # the key a plain << is kept under until its mapping ends: no text equals it


def parse(text: str) -> Json:
    """The value of one YAML document. Keys are strings as they are written; aliases become copies of their own.

    Raises `TextError` with the line for what has no place in JSON, or no sense: duplicate or structured keys, foreign
    tags, infinities, several documents, more than 256 levels, aliases that stand for too much.
    """
    builder = _Builder()
    try:
        return builder.build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise _syntax_error(text, error) from None


class _Builder:
    """Values from events; one use each. `stack` holds the open containers, each with the key it is to be kept under."""

    def __init__(self) -> None:
        self.root: list[Json] = []
        self.container: Any = self.root
        self.key: Any = None
        self.stack: list[tuple[Any, Any, str | None]] = []
        self.anchors: dict[str, tuple[Json, int, int]] = {}
        self.aliased = 0

    def build(self, events: Iterator[Any]) -> Json:
        event: Any = None
        try:
            for event in events:
                kind = type(event)
                if kind is ScalarEvent:
                    self.scalar(event)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    self.open(event, {} if kind is MappingStartEvent else [])
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    self.close()
                elif kind is AliasEvent:
                    self.alias(event.anchor)
                elif kind is DocumentStartEvent and self.root:
                    raise ValueError("a second document starts here; keep one document in a file")
        except ValueError as error:
            raise TextError(str(error), event.start_mark.line + 1, self.tokens()) from None
        return self.root[0] if self.root else None

    def scalar(self, event: ScalarEvent) -> None:
        text = event.value
        value: Json
        if self.key is None and type(self.container) is dict:
            self.start_member(_MERGE if text == "<<" and event.implicit[0] else text)
            value = text  # should an alias speak of it
        else:
            if event.tag is not None:
                value = _tagged(event.tag, text)
            elif not event.implicit[0]:
                value = text
            elif text[:1] in _NUMBER_STARTS:
                value = _number(text)
            else:
                value = _WORDS.get(text, text)
            self.store(value)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1, 0)

    def start_member(self, key: Any) -> None:
        self.key = key  # first, so that a message's pointer includes it
        if key in self.container:
            name = "<<" if key is _MERGE else key
            raise ValueError(f"the key {name[:60]!r} is here twice; keep one of them")

    def open(self, event: Any, container: Any) -> None:
        if self.key is None and type(self.container) is dict:
            raise ValueError("a key must be plain text, not a list or mapping")
        if event.tag not in (None, "!", _TAG + ("map" if type(container) is dict else "seq")):
            raise ValueError(f"the tag {_shown(event.tag)} is not part of JSON's data; leave it out")
        if len(self.stack) >= MAXIMUM_DEPTH:
            raise ValueError(f"this is nested deeper than {MAXIMUM_DEPTH} levels")
        self.stack.append((self.container, self.key, event.anchor))
        self.container = container
        self.key = None

    def close(self) -> None:
        value = self.container
        if type(value) is dict and _MERGE in value:
            self.merge(value)
        self.container, self.key, anchor = self.stack.pop()
        if anchor is not None:
            self.anchors[anchor] = (value, *_measure(value))
        self.store(value)

    def alias(self, anchor: str) -> None:
        if anchor not in self.anchors:
            raise ValueError(f"nothing complete above is anchored as &{anchor}, so *{anchor} means nothing")
        value, size, height = self.anchors[anchor]
        if self.key is None and type(self.container) is dict:
            if type(value) is not str:
                raise ValueError(f"a key must be plain text, and *{anchor} is none")
            self.start_member(value)
            return
        self.aliased += size
        if self.aliased > MAXIMUM_ALIASED:
            raise ValueError(f"the aliases stand for more than {MAXIMUM_ALIASED:,} values; use fewer, or a $ref")
        if len(self.stack) + height > MAXIMUM_DEPTH:
            raise ValueError(f"with the alias *{anchor} this is nested deeper than {MAXIMUM_DEPTH} levels")
        self.store(copy(value))

    def store(self, value: Json) -> None:
        if type(self.container) is list:
            self.container.append(value)
        else:
            self.container[self.key] = value
            self.key = None

    def merge(self, target: JsonObject) -> None:
        """`<<`: not in YAML 1.2, but documents use it and mean only this. Own keys win, then the earlier mapping."""
        self.key = _MERGE
        value = target.pop(_MERGE)
        sources = value if type(value) is list else [value]
        if not all(type(source) is dict for source in sources):
            raise ValueError("the merge key << takes a mapping, or a list of mappings")
        for source in sources:
            for key, inherited in source.items():
                if key not in target:
                    target[key] = inherited

    def tokens(self) -> list[str]:
        """The pointer to where the reading stands."""
        tokens = []
        for container, key, _ in [*self.stack, (self.container, self.key, None)][1:]:
            if type(container) is list:
                tokens.append(str(len(container)))
            elif key is not None:
                tokens.append("<<" if key is _MERGE else key)
        return tokens


def _measure(value: Json) -> tuple[int, int]:
    """How many values there are in a value, itself included, and how many levels."""
    size, height, level = 1, 0, [value]
    while level:
        parts = [part for node in level for part in (node.values() if type(node) is dict else node)]
        size += len(parts)
        height += 1
        level = [part for part in parts if type(part) in (dict, list)]
    return size, height


def _number(text: str) -> Json:
    """The number that a plain scalar writes, or the text itself where it writes none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return _WORDS.get(text, text)
    kind = match.lastgroup
    if kind == "unspeakable":
        raise ValueError(f"{text} is no JSON value; write a number, or quote it")
    if kind == "float":
        value = float(text)
        if value - value != 0.0:
            raise ValueError(f"{text[:40]} is too large for a number; write a smaller one, or quote it")
        return value
    if len(text) > 4000:  # int() refuses so many digits too, in words that help nobody
        raise ValueError(f"this number has {len(text)} digits; quote it if it is a name")
    return int(text) if kind == "decimal" else int(text[2:], 8 if kind == "octal" else 16)


def _tagged(tag: str, text: str) -> Json:
    """The value of a scalar that says what it is."""
    if tag in ("!", _TAG + "str"):
        return text
    name = tag.removeprefix(_TAG)
    if not tag.startswith(_TAG) or name not in _TYPES:
        raise ValueError(f"the tag {_shown(tag)} is not part of JSON's data; leave it out, or quote the value")
    value = _number(text)
    if type(value) not in _TYPES[name]:
        raise ValueError(f"{text[:40]!r} is not what its tag !!{name} says")
    return float(value) if name == "float" else value


def _shown(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag


def _syntax_error(text: str, error: yaml.YAMLError) -> TextError:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.encode("utf-8", "replace")[: error.position].count(b"\n") + 1
        return TextError(f"this is not YAML: {error.reason} (U+{int(error.character):04X})", line)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    parts = [str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
    message = f"this is not YAML: {', '.join(parts) or error}"
    if mark is None:
        return TextError(message, None)
    lines = text.splitlines()
    if mark.line < len(lines) and lines[mark.line].lstrip(" ").startswith("\t"):
        message += "; indent with spaces, not tabs"
    return TextError(message, mark.line + 1)


def places(text: str) -> Place:
    """Where everything stands, as far as the text can be read."""
    found = Places()
    anchors: dict[str, Place] = {}
    try:
        events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        for event in events:
            kind, line = type(event), event.start_mark.line + 1
            if kind is ScalarEvent and found.expects_key:
                found.key(event.value, line)
            elif kind is AliasEvent and found.expects_key:
                break  # `*name: ...`: too rare to follow further
            elif kind is AliasEvent:
                found.value(line, anchors.get(event.anchor))
            elif kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
                if found.expects_key or found.depth > MAXIMUM_DEPTH:
                    break
                place = found.value(line)
                if event.anchor is not None:
                    anchors[event.anchor] = place
                if kind is not ScalarEvent:
                    found.open(place, {} if kind is MappingStartEvent else [])
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                found.close()
    except yaml.YAMLError:
        pass  # what stands before the mistake can be told all the same
    return found.root
