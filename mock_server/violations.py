"""What jsonschema-rs found wrong, told to people: where it is, what was expected, what came instead, and no secret.

Messages are short: a value is shown only up to `SHOWN` characters, and not at all where its name means a secret.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias

from jsonschema_rs import ValidationError

from mock_server.dialect import BOUNDED_PATTERN
from mock_server.errors import Violation, did_you_mean
from mock_server.redaction import names_secret
from mock_server.types import Json, JsonObject

SHOWN: Final = 40
_LISTED: Final = 10
_DIGITS: Final = re.compile(r"\+?[0-9]{1,40}")
_WAYS: Final = 64  # through names that are one number to jsonschema-rs: enough for any honest instance

Lookup: TypeAlias = Callable[[str], Json]
"""The schema that holds the keyword at an absolute location, None where there is none."""

_BOUNDS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
_SIZES: Final = {
    "minLength": "at least {} character",
    "maxLength": "at most {} character",
    "minItems": "at least {} item",
    "maxItems": "at most {} item",
    "minProperties": "at least {} member",
    "maxProperties": "at most {} member",
}
_EXAMPLES: Final = {
    "date-time": "2025-07-01T10:52:37Z",
    "date": "2025-07-01",
    "time": "10:52:37Z",
    "duration": "P3DT4H",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "uri": "https://example.com/a",
    "email": "name@example.com",
    "byte": "aGVsbG8=",
    "date-time-rfc-2822": "Tue, 01 Jul 2025 10:52:37 GMT",
}


def tell(errors: Iterable[ValidationError], instance: Json, place: str, lookup: Lookup) -> list[Violation]:
    """Every error as violations of `place`, each once, in order of their pointers."""
    told: dict[tuple[str, str], list[Violation]] = {}
    for error in errors:
        for violation in _told(error, instance, place, lookup, told):
            others = told.setdefault((violation.pointer, violation.rule), [])
            if violation not in others:
                others.append(violation)
    return sorted((violation for group in told.values() for violation in group), key=_order)


def shown(value: Json, secret: bool = False) -> str:
    """A value in a few words: `integer 5`, `string 'abc'`, `array of 3 items`, `object`."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean" if secret else f"boolean {str(value).lower()}"
        case int():
            return "integer" if secret else f"integer {_number(value)}"
        case float():
            return "number" if secret else f"number {value!r}"
        case str():
            return "string" if secret else f"string {cut(value)!r}"
        case list() | tuple():
            return f"array of {_count(len(value), 'item')}"
    return "object"


def cut(text: str, length: int = SHOWN) -> str:
    """At most `length` characters of `text`; an ellipsis stands for the rest."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _told(
    error: ValidationError, root: Json, place: str, lookup: Lookup, told: dict[tuple[str, str], list[Violation]]
) -> Iterator[Violation]:
    rule = error.kind.name
    if rule in ("anyOf", "oneOf"):
        meant = _meant(error.kind.as_dict()["context"], len(error.instance_path))
        if meant is not None:
            for inner in meant:
                yield from _told(inner, root, place, lookup, told)
            return
    if rule == BOUNDED_PATTERN:
        rule = "pattern"
    names = _names(error, root, rule, told)
    secret = any(map(names_secret, names))
    for message in _messages(error, rule, secret, lookup):
        yield Violation(place, _pointer(names), message, rule)


def _messages(error: ValidationError, rule: str, secret: bool, lookup: Lookup) -> list[str]:
    value: Any = error.instance
    facts = error.kind.as_dict()
    if rule in _BOUNDS:
        return [f"expected {_BOUNDS[rule]} {facts['limit']}, got {_bare(value, secret)}"]
    if rule in _SIZES:
        size = facts["limit"]
        return [f"expected {_SIZES[rule].format(size)}{'' if size == 1 else 's'}, got {len(value)}"]
    if rule in ("additionalProperties", "unevaluatedProperties"):
        known = (_holder(error, lookup).get("properties") or {}).keys()
        return [f"unknown member {cut(name)!r}{did_you_mean(name, known)}" for name in facts["unexpected"]]
    return [_message(error, rule, facts, secret, lookup)]


def _message(error: ValidationError, rule: str, facts: dict[str, Any], secret: bool, lookup: Lookup) -> str:
    value: Any = error.instance
    got = f"got {shown(value, secret)}"
    match rule:
        case "type":
            return f"expected {_types(facts['types'])}, {got}"
        case "required":
            return f"required member {facts['property']!r} is missing"
        case "enum":
            return f"expected {_listed(facts['options'])}, {got}{_near(value, facts['options'], secret)}"
        case "const":
            return f"expected {_literal(facts['expected_value'])}, {got}"
        case "multipleOf":
            return f"expected a multiple of {facts['multiple_of']}, got {_bare(value, secret)}"
        case "pattern":
            pattern = facts.get("pattern") or _holder(error, lookup).get(BOUNDED_PATTERN)
            return f"expected a match of {cut(pattern, 80) if pattern else 'the pattern'}, {got}"
        case "format":
            name = facts["format"]
            return f"expected format {name}{f' such as {_EXAMPLES[name]}' if name in _EXAMPLES else ''}, {got}"
        case "uniqueItems":
            return f"expected unique items{_twins(value)}"
        case "propertyNames":
            inner = facts["error"]
            reasons = _messages(inner, inner.kind.name, secret, lookup)
            return f"member name {shown(inner.instance).removeprefix('string ')}: {'; '.join(reasons)}"
        case "anyOf" | "oneOf":
            return _alternatives(facts["context"], got, secret, lookup)
    return _RARER.get(rule, f"breaks the rule {rule!r}").format(got=got, **facts)


_RARER: Final = {
    "contains": "the array does not contain as many matching items as it must, or contains more",
    "not": "is what must not be, {got}",
    "falseSchema": "is not allowed",
    "unevaluatedItems": "has more items than are allowed",
    "additionalItems": "has more items than are allowed",
    "contentEncoding": "expected content encoded as {content_encoding}, {got}",
    "contentMediaType": "expected content of type {content_media_type}, {got}",
    "backtrackLimitExceeded": "takes too long to match",
}


def _alternatives(branches: Sequence[Sequence[ValidationError]], got: str, secret: bool, lookup: Lookup) -> str:
    """Why none of several alternatives fits, or more than the one that may."""
    if fitting := sum(not branch for branch in branches):
        return f"expected exactly one of {len(branches)} alternatives to match, but {fitting} do"
    firsts = [branch[0] for branch in branches]
    names = {error.kind.name for error in firsts}
    if names == {"type"} and len({len(error.instance_path) for error in firsts}) == 1:
        return f"expected {_types([name for error in firsts for name in error.kind.as_dict()['types']])}, {got}"
    if names == {"const"}:
        return f"expected {_listed([error.kind.as_dict()['expected_value'] for error in firsts])}, {got}"
    reasons = dict.fromkeys(_messages(error, error.kind.name, secret, lookup)[0] for error in firsts)
    return f"fits none of {len(branches)} alternatives: {'; or '.join(cut(reason, 80) for reason in list(reasons)[:3])}"


def _meant(branches: Sequence[Sequence[ValidationError]], depth: int) -> Sequence[ValidationError] | None:
    """The errors of the one alternative that was meant, where that can be told; None if it may have been several."""
    if any(not branch for branch in branches):
        return None
    meant = [branch for branch in branches if not any(_tells_apart(error, depth) for error in branch)]
    return meant[0] if len(meant) == 1 else None


def _tells_apart(error: ValidationError, depth: int) -> bool:
    """Whether an error says that another alternative was meant: a wrong type, or a wrong constant in a member of it."""
    below = len(error.instance_path) - depth
    if error.kind.name in ("const", "enum"):
        return below <= 1
    return below == 0 and error.kind.name in ("type", "falseSchema")


def _names(error: ValidationError, root: Json, rule: str, told: dict[tuple[str, str], list[Violation]]) -> list[str]:
    """The instance path as member names and indexes; jsonschema-rs gives 7 for the names `7` and `007` alike."""
    tokens = list(error.instance_path)
    location = error.absolute_keyword_location or ""

    def unlikely(names: list[str]) -> tuple[int, bool]:
        # The names that the schema's own `properties` speak of first, then those that nothing was told of.
        return -sum([f"/{name}/" in location for name in names]), (_pointer(names), rule) in told

    return min(islice(_ways(root, tokens, error.instance), _WAYS), key=unlikely, default=[*map(str, tokens)])


def _ways(node: Json, tokens: list[str | int], found: Json) -> Iterator[list[str]]:
    """Every way along `tokens` that leads to the value `found`."""
    if not tokens:
        if type(node) is type(found) and node == found:
            yield []
        return
    token, *rest = tokens
    keys: list[str | int] = []
    if isinstance(node, dict):
        keys = [key for key in node if key == token or (_DIGITS.fullmatch(key) and int(key) == token)]
    elif isinstance(node, list) and isinstance(token, int) and token < len(node):
        keys = [token]
    for key in keys:
        for names in _ways(node[key], rest, found):
            yield [str(key), *names]


def _pointer(names: Iterable[str]) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _order(violation: Violation) -> tuple[list[tuple[int, str]], str]:
    tokens = violation.pointer.split("/")
    return [(int(token) if _DIGITS.fullmatch(token) else -1, token) for token in tokens], violation.message


def _holder(error: ValidationError, lookup: Lookup) -> JsonObject:
    schema = lookup(error.absolute_keyword_location) if error.absolute_keyword_location else None
    return schema if isinstance(schema, dict) else {}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _number(value: int) -> str:
    # str() of an integer of thousands of digits is slow, and from 4,300 on refused.
    return str(value) if abs(value) < 1 << 128 else "of many digits"


def _bare(value: Json, secret: bool) -> str:
    return "another" if secret else _number(value) if isinstance(value, int) else repr(value)


def _types(types: Iterable[str]) -> str:
    names = sorted(dict.fromkeys(types), key="null".__eq__)
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _literal(value: Json) -> str:
    if isinstance(value, str):
        return repr(cut(value))
    return shown(value) if isinstance(value, dict | list) else shown(value).rpartition(" ")[2]


def _listed(options: Sequence[Json]) -> str:
    texts = [_literal(option) for option in options[:_LISTED]]
    rest = f" and {len(options) - _LISTED} more" if len(options) > _LISTED else ""
    return f"{'one of ' if len(options) > 1 else ''}{', '.join(texts)}{rest}"


def _near(value: Json, options: Sequence[Json], secret: bool) -> str:
    if secret or not isinstance(value, str) or len(value) > SHOWN:
        return ""
    return did_you_mean(value, [option for option in options if isinstance(option, str)])


def _twins(items: Sequence[Json]) -> str:
    """Which items are equal, as far as a short search tells."""
    for index, item in enumerate(items[:100]):
        if item in items[:index]:
            return f", items {list(items).index(item)} and {index} are equal"
    return ""
