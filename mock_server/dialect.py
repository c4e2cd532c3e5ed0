"""From OpenAPI's schema dialect to what jsonschema-rs knows: a copy of a document in which each schema means the same.

What jsonschema-rs does not know by itself: `int32` and `int64` become bounds, patterns its linear-time engine cannot
run are moved to a keyword of our own, references are percent-encoded (RFC 3986 allows no space or brace), and for one
direction the members that may not travel that way are no longer required. Whatever needs no change is shared with the
original, never copied.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote

import jsonschema_rs
from jsonschema_rs import Draft202012Validator, FancyRegexOptions, RegexOptions

from mock_server.types import Json, JsonObject

Direction: TypeAlias = Literal["request", "response"]

BACKTRACKS: Final = 100_000  # steps before the bounded engine gives up: some milliseconds
BOUNDED_PATTERN: Final = "x-bounded-pattern"
"""The keyword that `pattern` becomes where only the bounded backtracking engine can run it."""

INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    "int8": (-(1 << 7), (1 << 7) - 1),
    "uint8": (0, (1 << 8) - 1),
    "int16": (-(1 << 15), (1 << 15) - 1),
    "uint16": (0, (1 << 16) - 1),
    "int32": (-(1 << 31), (1 << 31) - 1),
    "uint32": (0, (1 << 32) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint64": (0, (1 << 64) - 1),
}
"""The integer formats of the OpenAPI format registry, with their bounds, both included."""

_FORBIDDEN: Final[Mapping[Direction, str]] = {"request": "readOnly", "response": "writeOnly"}

# What stands under these words is a value of the API, not a schema, whatever it looks like.
_VALUES: Final = frozenset({"const", "default", "enum", "example", "examples", "x-credentials"})
# What stands under these is a map of freely chosen names, so that a property may be called `enum` or `pattern`.
_NAMED: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas"}
    | {"responses", "headers", "content", "parameters", "requestBodies", "pathItems", "callbacks", "webhooks", "paths"}
)
_UNSAFE_REFERENCE: Final = re.compile(r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")


def is_byte(text: str) -> bool:
    """Whether `text` is base64 of RFC 4648 §4, padded: OpenAPI's format `byte`."""
    try:
        a2b_base64(text, strict_mode=True)
    except (Base64Error, ValueError):
        return False
    return len(text) % 4 == 0


def is_date_time_2822(text: str) -> bool:
    """Whether `text` is a date of RFC 2822 §3.3, `Tue, 01 Jul 2025 10:52:37 GMT`."""
    try:
        parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return False
    return True


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "byte": is_byte,
    "base64url": lambda text: re.fullmatch(r"[A-Za-z0-9_-]*={0,2}", text) is not None,
    "char": lambda text: len(text) == 1,
    "date-time-rfc-2822": is_date_time_2822,
    "http-date": is_date_time_2822,
}
"""Formats that jsonschema-rs does not check by itself; it calls them for strings only."""


class BoundedPattern:
    """The keyword `x-bounded-pattern`: a pattern that needs look-around or backreferences, with a bound on its work."""

    def __init__(self, parent: Json, value: str, path: Json) -> None:
        options = FancyRegexOptions(backtrack_limit=BACKTRACKS)
        self._is_valid = Draft202012Validator({"pattern": value}, pattern_options=options).is_valid

    def validate(self, instance: Json) -> None:
        """Raise ValueError where `instance` does not match."""
        if not self._is_valid(instance):
            raise ValueError


@lru_cache(4096)
def is_linear(pattern: str) -> bool:
    """Whether the linear-time engine can run `pattern`; what is no regular expression at all is left to it too."""
    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=RegexOptions())
    except jsonschema_rs.ValidationError:
        try:
            BoundedPattern(None, pattern, None)
        except jsonschema_rs.ValidationError:
            return True  # so that the refusal names it where it stands
        return False
    return True


def encoded(reference: str, base: str = "") -> str:
    """`reference` percent-encoded as RFC 3986 wants it; a local one is resolved against `base`."""
    if _UNSAFE_REFERENCE.search(reference):
        reference = quote(unquote(reference), safe="/?#:@!$&'()*+,;=~")
    return base + reference if reference.startswith("#") else reference


class Translation:
    """One copy of a document, or of a loose schema, for jsonschema-rs.

    `base` is put before local references (a loose schema's mean the document); `direction` drops from `required` what
    may not travel that way, `lookup` finding what a local reference means. Afterwards `directed` tells whether a
    `readOnly` or `writeOnly` was met, `unbounded` lists the patterns that are not linear.
    """

    def __init__(
        self, base: str = "", direction: Direction | None = None, lookup: Callable[[str], Json] | None = None
    ) -> None:
        self.directed = False
        self.unbounded: list[str] = []
        self._base = base
        self._lookup = lookup
        self._forbidden = _FORBIDDEN[direction] if direction else None

    def of(self, node: Json, dropped: frozenset[str] = frozenset()) -> Json:
        """`node`, translated; a new value only where something had to change."""
        if isinstance(node, list):
            items = [self.of(item) if isinstance(item, dict | list) else item for item in node]
            return items if any(new is not old for new, old in zip(items, node, strict=True)) else node
        if not isinstance(node, dict):
            return node
        if self._forbidden and ("properties" in node or "allOf" in node):
            dropped |= self._untravelling(node)
        changed: JsonObject = {}
        for word, value in node.items():
            if isinstance(value, dict | list):
                if word in _VALUES:
                    continue
                new: Json
                if word in _NAMED and isinstance(value, dict):
                    new = self._named(value)
                elif word == "allOf" and dropped and isinstance(value, list):
                    new = [self.of(part, dropped) for part in value]
                else:
                    new = self.of(value)
                if new is not value:
                    changed[word] = new
            elif word in ("readOnly", "writeOnly"):
                self.directed = True
        self._rewrite(node, changed, dropped)
        return {**node, **changed} if changed else node

    def _named(self, schemas: JsonObject) -> JsonObject:
        changed = {}
        for name, schema in schemas.items():
            new = self.of(schema)
            if new is not schema:
                changed[name] = new
        return {**schemas, **changed} if changed else schemas

    def _rewrite(self, node: JsonObject, changed: JsonObject, dropped: frozenset[str]) -> None:
        """Put into `changed` what the words of this very node need."""
        reference = node.get("$ref")
        if isinstance(reference, str) and (new := encoded(reference, self._base)) != reference:
            changed["$ref"] = new
        form = node.get("format")
        if isinstance(form, str) and form in INTEGERS:
            low, high = INTEGERS[form]
            for word, bound, tighter in (("minimum", low, max), ("maximum", high, min)):
                stated = node.get(word, bound)
                if isinstance(stated, int | float):  # anything else is refused when the schema is compiled
                    changed[word] = tighter(stated, bound)
        pattern = node.get("pattern")
        if isinstance(pattern, str) and not is_linear(pattern):
            self.unbounded.append(pattern)
            changed["pattern"] = ""  # matches anything
            changed[BOUNDED_PATTERN] = pattern
        names = node.get("patternProperties")
        if isinstance(names, dict):
            self.unbounded.extend(name for name in names if not is_linear(name))
        required = node.get("required")
        if dropped and isinstance(required, list) and not dropped.isdisjoint(required):
            changed["required"] = [name for name in required if name not in dropped]

    def _untravelling(self, node: JsonObject) -> frozenset[str]:
        """The properties of an object schema, `allOf` parts included, that do not travel in this direction."""
        names: set[str] = set()
        seen: list[Json] = []
        waiting: list[Json] = [node]
        while waiting:
            schema = self._followed(waiting.pop())
            if not isinstance(schema, dict) or any(schema is known for known in seen):
                continue
            seen.append(schema)
            parts = schema.get("allOf")
            waiting.extend(parts if isinstance(parts, list) else ())
            properties = schema.get("properties")
            if isinstance(properties, dict):
                names.update(name for name, value in properties.items() if self._is_forbidden(value))
        return frozenset(names)

    def _is_forbidden(self, schema: Json) -> bool:
        """Whether `readOnly` (or `writeOnly`) is said beside a property's reference or where it leads."""
        for node in (schema, self._followed(schema)):
            if isinstance(node, dict) and node.get(self._forbidden or "") is True:
                return True
        return False

    def _followed(self, schema: Json) -> Json:
        for _ in range(32):
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str) or self._lookup is None:
                break
            try:
                schema = self._lookup(schema["$ref"])
            except (LookupError, ValueError):
                break
        return schema
