"""What a regular expression allows, as a tree: how long its strings are, how to bound that, how to draw one."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from math import inf
from typing import Final, NamedTuple, TypeAlias

from mock_server.chance import Chance

Draw: TypeAlias = Callable[[Chance], str]

_SPREAD: Final = 8  # how far above its least an open-ended repeat goes, when nothing asks for more
_TABLE: Final = 4096  # characters are drawn several at a time, from a table of at most so many combinations
_CHUNKS: Final = 8  # what one draw of chance is cut into, at most: larger numbers are slower


class Chars(NamedTuple):
    """One character of an alphabet."""

    alphabet: str


class Run(NamedTuple):
    """Parts, one after the other."""

    parts: "tuple[Node, ...]"


class Choice(NamedTuple):
    """One of several."""

    options: "tuple[Node, ...]"


class Repeat(NamedTuple):
    """`body` from `least` to `most` times; None: as often as one likes."""

    body: "Node"
    least: int
    most: int | None


Node: TypeAlias = Chars | Run | Choice | Repeat


def drawn(node: Node) -> tuple[int, int]:
    """The least and the greatest length that is drawn where nothing asks for more."""
    match node:
        case Chars():
            return 1, 1
        case Run(parts):
            lengths = [drawn(part) for part in parts]
            return sum(least for least, _ in lengths), sum(most for _, most in lengths)
        case Choice(options):
            lengths = [drawn(option) for option in options]
            return min(least for least, _ in lengths), max(most for _, most in lengths)
        case Repeat(body, least, _):
            shortest, longest = drawn(body)
            return shortest * least, longest * _usual(node)


def _usual(node: Repeat) -> int:
    spread = node.least + _SPREAD
    return spread if node.most is None else min(node.most, spread)


def reach(node: Node) -> float:
    """The greatest length there is."""
    match node:
        case Chars():
            return 1
        case Run(parts):
            return sum(map(reach, parts))
        case Choice(options):
            return max(map(reach, options))
        case Repeat(body, _, most):
            longest = reach(body)
            return longest * (inf if most is None else most) if longest else 0


def bounded(node: Node, low: int, high: int | None) -> Node:
    """`node` narrowed so that it draws `low` to `high` characters, as nearly as one look at each part can arrange."""
    match node:
        case Chars():
            return node
        case Choice(options):
            narrowed = [bounded(option, low, high) for option in options]
            return Choice(tuple(option for option in narrowed if _is_between(option, low, high)) or tuple(narrowed))
        case Run(parts):
            return _bounded_sequence(parts, low, high)
        case Repeat(body, least, most):
            width, longest = drawn(body)
            if not width or (most is not None and most * width < low):
                times = most if most is not None else max(least, 1)
                return Repeat(bounded(body, -(-low // max(times, 1)), high and high // max(times, 1)), times, times)
            fewest = max(least, -(-low // width))
            limits = [limit for limit in (most, None if high is None else high // width) if limit is not None]
            greatest = max(fewest, min(limits)) if limits else None
            return Repeat(body if width == longest else bounded(body, width, width), fewest, greatest)


def _bounded_sequence(parts: tuple[Node, ...], low: int, high: int | None) -> Node:
    """Lengthen parts until `low` is reached, the one that can grow most first; that one alone also varies."""
    lows = [drawn(part)[0] for part in parts]
    room = [reach(part) - least for part, least in zip(parts, lows, strict=True)]
    need = low - sum(lows)

    def readiness(index: int) -> tuple[float, int]:
        part = parts[index]
        return room[index], -drawn(part.body)[0] if isinstance(part, Repeat) else 0

    for index in sorted(range(len(parts)), key=readiness, reverse=True):
        more = int(min(max(need, 0), room[index]))
        lows[index] += more
        room[index] -= more
        need -= more
    varies = max(range(len(parts)), key=readiness, default=-1)
    spare = None if high is None else max(high - sum(lows), 0)
    return Run(
        tuple(
            bounded(part, least, least if index != varies else None if spare is None else least + spare)
            for index, (part, least) in enumerate(zip(parts, lows, strict=True))
        )
    )


def _is_between(node: Node, low: int, high: int | None) -> bool:
    least, most = drawn(node)
    return least >= low and (high is None or most <= high)


def compiled(node: Node) -> Draw:
    """The function that draws from a node."""
    match node:
        case Chars(alphabet) if len(alphabet) == 1:
            return lambda chance: alphabet
        case Chars(alphabet):
            return lambda chance: chance.choice(alphabet)
        case Choice(options):
            draws = [compiled(option) for option in options]
            return lambda chance: chance.choice(draws)(chance)
        case Run(parts):
            return _joined(_flattened(parts))
        case Repeat(body, least, _):
            most = _usual(node)
            counted = _counted(body)
            if least == most:
                return counted(least)
            lengths = [counted(count) for count in range(least, most + 1)]
            return lambda chance: chance.choice(lengths)(chance)


def _flattened(parts: Iterable[Node]) -> list[Node]:
    flat: list[Node] = []
    for part in parts:
        flat.extend(_flattened(part.parts) if isinstance(part, Run) else [part])
    return flat


def _joined(parts: Sequence[Node]) -> Draw:
    """A sequence's draw: literal characters that follow each other are one string."""
    draws: list[Draw] = []
    prefix = ""
    for part in parts:
        if isinstance(part, Chars) and len(part.alphabet) == 1:
            prefix += part.alphabet
        else:
            draws.append(_prefixed(prefix, compiled(part)))
            prefix = ""
    if prefix or not draws:
        draws.append(_prefixed(prefix, None))
    if len(draws) == 1:
        return draws[0]
    return lambda chance: "".join([draw(chance) for draw in draws])


def _prefixed(prefix: str, draw: Draw | None) -> Draw:
    if draw is None:
        return lambda chance: prefix
    return (lambda chance: prefix + draw(chance)) if prefix else draw


def _counted(body: Node) -> Callable[[int], Draw]:
    """From a number of times to the draw that repeats `body` so often."""
    parts = _flattened([body])
    if len(parts) == 1 and isinstance(parts[0], Chars):
        alphabet = parts[0].alphabet
        return lambda count: _characters(alphabet, count)
    draw = compiled(body)
    return lambda count: lambda chance: "".join([draw(chance) for _ in range(count)])


def _characters(alphabet: str, count: int) -> Draw:
    """`count` characters of an alphabet, several from each draw of chance."""
    if len(alphabet) == 1 or count == 0:
        return lambda chance: alphabet * count
    table = _table(alphabet)
    width, size = len(table[0]), len(table)
    chunks, single = divmod(count, width)
    rest = _table(alphabet, single) if single else ("",)
    bound = len(rest) * size ** min(chunks, _CHUNKS)

    def draw(chance: Chance) -> str:
        number = chance.below(bound)
        number, index = divmod(number, len(rest))
        text = [rest[index]]
        for chunk in range(chunks):
            if chunk % _CHUNKS == 0 and chunk:
                number = chance.below(bound)
            number, index = divmod(number, size)
            text.append(table[index])
        return "".join(text)

    return draw


@lru_cache(64)
def _table(alphabet: str, width: int | None = None) -> tuple[str, ...]:
    """Every combination of `width` characters; of as many as the table has room for, if no width is given."""
    if width is None:
        width = 1
        while len(alphabet) ** (width + 1) <= _TABLE:
            width += 1
    return tuple(map("".join, product(alphabet, repeat=width)))
