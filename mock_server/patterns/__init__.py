"""Strings that match a regular expression, drawn by chance: the expression is read once, a draw costs microseconds.

Expressions are those of JSON Schema (ECMA-262, as far as the validator's engine knows it). They are read by Python's
own parser, and whatever is made of them is tried against the validator's engine before it is trusted.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, ValidationError

from mock_server.chance import Chance
from mock_server.dialect import BACKTRACKS
from mock_server.patterns.drawing import Draw, bounded, compiled, drawn, reach
from mock_server.patterns.reading import Reader

__all__ = ["Draw", "compile_sampler"]

_ATTEMPTS: Final = 200  # draws that are tried before one that must be checked is given up
_SAMPLES: Final = 32  # draws that every sampler is tried with when it is made


def compile_sampler(pattern: str, *, low: int = 0, high: int | None = None) -> Draw:
    """A function that draws strings which match `pattern`, of `low` to `high` characters where that can be arranged.

    Nothing is put around what an unanchored pattern matches, unless `low` asks for more. Raises ValueError for an
    expression that is malformed, cannot be drawn from (backreferences, conditions), or allows no string that was found.
    """
    reader = Reader(pattern)
    try:
        node = reader.read()
        accepts = _engine(pattern)
    except (re.error, OverflowError, RecursionError, ValidationError) as error:
        reason = "" if isinstance(error, ValidationError) else f": {error}"
        raise ValueError(f"{pattern!r} is not a regular expression that can be drawn from{reason}") from None
    if low > reach(node):
        node = reader.padded(node)
    least, most = drawn(node)
    if least < low or (high is not None and most > high):
        node = bounded(node, low, high)
    draw = compiled(node)

    def fits(text: str) -> bool:
        return low <= len(text) and (high is None or len(text) <= high) and accepts(text)

    tries = [draw(Chance("patterns", pattern, index)) for index in range(_ATTEMPTS if reader.checked else _SAMPLES)]
    good = [text for text in tries if fits(text)]
    if not good:
        bounds = f" has {low} to {high or 'any number of'} characters and" if low or high is not None else ""
        raise ValueError(f"no string was found that{bounds} matches {pattern!r}")
    if not reader.checked and len(good) == len(tries):
        return draw
    return _checked(draw, fits, good[0])


def _engine(pattern: str) -> Callable[[Any], bool]:
    options = FancyRegexOptions(backtrack_limit=BACKTRACKS)
    return Draft202012Validator({"pattern": pattern}, pattern_options=options).is_valid


def _checked(draw: Draw, fits: Callable[[str], bool], known: str) -> Draw:
    """A draw that is repeated until it fits; in the end, what is known to."""

    def careful(chance: Chance) -> str:
        for _ in range(_ATTEMPTS):
            if fits(text := draw(chance)):
                return text
        return known

    return careful
