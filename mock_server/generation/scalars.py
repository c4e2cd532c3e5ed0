"""Strings and numbers within what a flat schema allows."""

import uuid
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from fractions import Fraction
from math import ceil, floor
from typing import Final

from mock_server.chance import Chance
from mock_server.dialect import INTEGERS
from mock_server.generation.conjunction import Unsatisfiable
from mock_server.patterns import compile_sampler
from mock_server.types import Json, JsonObject

_WORDS: Final = (
    *("amber", "birch", "cedar", "coral", "delta", "ember", "falcon", "fjord", "grove", "harbor", "indigo", "juniper"),
    *("lagoon", "lark", "maple", "meadow", "north", "opal", "pebble", "quartz", "raven", "river", "saffron", "willow"),
)
_SPAN: Final = 1000  # of a number whose schema bounds it on one side or none
_GRID: Final = 10  # the fewest numbers to choose from between two bounds, where decimals are allowed
_EPOCH: Final = 1735689600  # 2025-01-01T00:00:00Z: generated times are in the year that follows
_YEAR: Final = 365 * 24 * 3600


def word(chance: Chance) -> str:
    """One lower-case English word."""
    return chance.choice(_WORDS)


def _moment(chance: Chance) -> datetime:
    return datetime.fromtimestamp(_EPOCH + chance.below(_YEAR), UTC)


def _bytes(chance: Chance) -> bytes:
    return word(chance).encode()


_FORMATS: Final[dict[str, Callable[[Chance], str]]] = {
    "date-time": lambda chance: _moment(chance).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda chance: _moment(chance).strftime("%Y-%m-%d"),
    "time": lambda chance: _moment(chance).strftime("%H:%M:%SZ"),
    "date-time-rfc-2822": lambda chance: format_datetime(_moment(chance), usegmt=True),
    "http-date": lambda chance: format_datetime(_moment(chance), usegmt=True),
    "duration": lambda chance: f"PT{chance.between(1, 59)}M",
    "email": lambda chance: f"{word(chance)}.{word(chance)}@example.com",
    "idn-email": lambda chance: f"{word(chance)}.{word(chance)}@example.com",
    "hostname": lambda chance: f"{word(chance)}.example.com",
    "idn-hostname": lambda chance: f"{word(chance)}.example.com",
    "ipv4": lambda chance: f"192.0.2.{chance.between(1, 254)}",
    "ipv6": lambda chance: f"2001:db8::{chance.between(1, 0xFFFF):x}",
    "uri": lambda chance: f"https://example.com/{word(chance)}",
    "uri-reference": lambda chance: f"/{word(chance)}/{word(chance)}",
    "iri": lambda chance: f"https://example.com/{word(chance)}",
    "iri-reference": lambda chance: f"/{word(chance)}/{word(chance)}",
    "uri-template": lambda chance: f"https://example.com/{{{word(chance)}}}",
    "uuid": lambda chance: str(uuid.UUID(int=chance.below(1 << 128), version=4)),
    "json-pointer": lambda chance: f"/{word(chance)}",
    "relative-json-pointer": lambda chance: f"0/{word(chance)}",
    "regex": lambda chance: f"^{word(chance)}$",
    "byte": lambda chance: b64encode(_bytes(chance)).decode(),
    "base64url": lambda chance: urlsafe_b64encode(_bytes(chance)).decode(),
    "char": lambda chance: word(chance)[0],
}


def string(schema: JsonObject) -> Callable[[Chance], Json]:
    """How to make a string; where `pattern` and `format` are both said, the pattern leads. Raises Unsatisfiable."""
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None and high < low:
        raise Unsatisfiable(f"a string cannot have at least {low} and at most {high} characters")
    if "pattern" in schema:
        try:
            return compile_sampler(schema["pattern"], low=low, high=high)
        except ValueError as error:
            raise Unsatisfiable(str(error)) from None
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    return lambda chance: _text(chance, low, high)


def _text(chance: Chance, low: int, high: int | None) -> str:
    text = f"{word(chance)} {word(chance)}"
    while len(text) < low:
        text += f" {word(chance)}"
    if high is not None and len(text) > high:
        text = text[:high]
        # A cut that leaves a space at the end looks like a mistake, and is one to many parsers.
        text = text[:-1] + "s" if text.endswith(" ") else text
    return text


def number(schema: JsonObject, *, integral: bool) -> Callable[[Chance], Json]:
    """How to make a number, a whole one if it must be, near its bounds. Raises Unsatisfiable."""
    step = _step(schema, integral)
    lowest, greatest = INTEGERS.get(schema.get("format", ""), (None, None)) if integral else (None, None)
    lows = [ceil(bound / step) for bound in _exact(schema.get("minimum"), lowest)]
    lows += [floor(bound / step) + 1 for bound in _exact(schema.get("exclusiveMinimum"))]
    highs = [floor(bound / step) for bound in _exact(schema.get("maximum"), greatest)]
    highs += [ceil(bound / step) - 1 for bound in _exact(schema.get("exclusiveMaximum"))]
    span = max(1, int(_SPAN / step))
    first = max([0, *lows])  # near zero, where the bounds leave that open
    if highs:
        first = max([min(first, min(highs) - span), *lows])
    last = min([first + span, *highs])
    if first > last:
        raise Unsatisfiable(f"no {'integer' if integral else 'number'} is within its bounds")

    def make(chance: Chance) -> Json:
        value = chance.between(first, last) * step
        return int(value) if value.denominator == 1 else float(value)

    if step == 1:
        return lambda chance: chance.between(first, last)
    return make


def _step(schema: JsonObject, integral: bool) -> Fraction:
    """What made numbers are multiples of: as `multipleOf` says, else 1, or a finer decimal between close bounds."""
    if schema.get("multipleOf"):
        step = Fraction(str(schema["multipleOf"]))
        return Fraction(step.numerator) if integral else step  # the whole multiples of p/q are those of p
    lows = _exact(schema.get("minimum"), schema.get("exclusiveMinimum"))
    highs = _exact(schema.get("maximum"), schema.get("exclusiveMaximum"))
    if integral or not lows or not highs:
        return Fraction(1)
    room = min(highs) - max(lows)
    if room <= 0:
        return abs(min(highs)) or Fraction(1)
    step = Fraction(1)
    while room / step < _GRID:
        step /= 10
    return step


def _exact(*bounds: float | None) -> list[Fraction]:
    return [Fraction(str(bound)) for bound in bounds if bound is not None]
