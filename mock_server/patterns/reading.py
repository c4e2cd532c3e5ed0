"""Reads regular expressions, with Python's own parser, into the tree that `drawing` draws from."""

import re
import warnings
from collections.abc import Iterable, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from string import ascii_lowercase
from typing import Any, Final

from mock_server.patterns.drawing import Chars, Choice, Node, Repeat, Run

_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F)))
_BEYOND: Final = "àéîõüßøλжя中あ€☃\n\t"  # tried where a class has nothing printable left
_DIGIT, _WORD, _SPACE = re.compile("[0-9]"), re.compile("[A-Za-z0-9_]"), re.compile(r"\s")
_CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: (_DIGIT, True),
    sre.CATEGORY_NOT_DIGIT: (_DIGIT, False),
    sre.CATEGORY_WORD: (_WORD, True),
    sre.CATEGORY_NOT_WORD: (_WORD, False),
    sre.CATEGORY_SPACE: (_SPACE, True),
    sre.CATEGORY_NOT_SPACE: (_SPACE, False),
}
# Unicode properties, which Python does not know, as ASCII characters that have them.
_PROPERTIES: Final = {
    **dict.fromkeys(("L", "Letter", "Alphabetic", "Latin", "Script=Latin"), "A-Za-z"),
    **dict.fromkeys(("Lu", "Uppercase_Letter", "Uppercase"), "A-Z"),
    **dict.fromkeys(("Ll", "Lowercase_Letter", "Lowercase"), "a-z"),
    **dict.fromkeys(("N", "Nd", "Number", "Decimal_Number"), "0-9"),
    **dict.fromkeys(("P", "Punctuation", "Po"), "!#%&*,./:;?@"),
    **dict.fromkeys(("S", "Symbol"), "$+<=>"),
    **dict.fromkeys(("Z", "Zs", "Separator", "Space_Separator"), " "),
}
_TOKEN: Final = re.compile(
    r"\\[pP]\{([^}]*)\}|\\p(.)|\\u\{([0-9A-Fa-f]+)\}|\\c([A-Za-z])|\\.|\[\^?|\]|\(\?<(?![=!])", re.DOTALL
)


class Reader:
    """Reads Python's parse of an expression; `checked` is set where drawing alone cannot promise a match."""

    def __init__(self, pattern: str) -> None:
        self.checked = False
        self._pattern = pattern
        self._starts = self._ends = False

    def read(self) -> Node:
        """The whole expression: `^` first and `$` last hold by themselves, since nothing is put around.

        Raises `re.error` or ValueError.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of what other dialects read as set operations
            items = list(parser.parse(_translated(self._pattern)))
        if items and items[0] == (sre.AT, sre.AT_BEGINNING):
            del items[0]
            self._starts = True
        if items and items[-1] == (sre.AT, sre.AT_END):
            del items[-1]
            self._ends = True
        return self._sequence(items)

    def padded(self, node: Node) -> Node:
        """`node` with letters around it, where the expression is not anchored."""
        self.checked = True
        letters = Repeat(Chars(ascii_lowercase), 0, None)
        start = () if self._starts else (letters,)
        return Run((*start, node) if self._ends else (node, letters))

    def _sequence(self, items: Iterable[Any]) -> Node:
        return Run(tuple(self._node(operator, argument) for operator, argument in items))

    def _node(self, operator: Any, argument: Any) -> Node:
        match operator:
            case sre.LITERAL:
                return Chars(chr(argument))
            case sre.NOT_LITERAL:
                return Chars(self._alphabet([(sre.NEGATE, None), (sre.LITERAL, argument)]))
            case sre.ANY:
                return Chars(_PRINTABLE)
            case sre.IN:
                return Chars(self._alphabet(argument))
            case sre.BRANCH:
                return Choice(tuple(self._sequence(branch) for branch in argument[1]))
            case sre.SUBPATTERN:
                return self._sequence(argument[3])
            case sre.ATOMIC_GROUP:
                self.checked = True
                return self._sequence(argument)
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                self.checked |= operator is sre.POSSESSIVE_REPEAT
                least, most, body = argument
                return Repeat(self._sequence(body), least, None if most is sre.MAXREPEAT else most)
            case sre.AT | sre.ASSERT | sre.ASSERT_NOT:
                self.checked = True
                return Run(())
        raise ValueError(f"{self._pattern!r} cannot be drawn from: it has a {str(operator).lower()}")

    def _alphabet(self, members: Sequence[Any]) -> str:
        """The characters of a class, only printable ASCII ones if there are any."""
        negated = members[0][0] is sre.NEGATE
        members = members[1:] if negated else members
        candidates = dict.fromkeys(_PRINTABLE + _BEYOND)
        for operator, argument in members:  # a class may lie wholly beyond what is tried otherwise
            if operator is sre.LITERAL:
                candidates[chr(argument)] = None
            elif operator is sre.RANGE:
                candidates.update(dict.fromkeys(map(chr, range(argument[0], min(argument[1], argument[0] + 63) + 1))))
        allowed = [char for char in candidates if _is_in(char, members) != negated and not "\ud800" <= char <= "\udfff"]
        usual = [char for char in allowed if char in _PRINTABLE]
        if not allowed:
            raise ValueError(f"{self._pattern!r} cannot be drawn from: it has a class without known characters")
        return "".join(usual or allowed)


def _is_in(char: str, members: Iterable[Any]) -> bool:
    for operator, argument in members:
        if operator is sre.LITERAL:
            found = ord(char) == argument
        elif operator is sre.RANGE:
            found = argument[0] <= ord(char) <= argument[1]
        else:
            expression, wanted = _CATEGORIES[argument]
            found = (expression.match(char) is not None) == wanted
        if found:
            return True
    return False


def _translated(pattern: str) -> str:
    """An ECMA-262 expression as Python writes it, as far as drawing is concerned."""
    in_class = False

    def written(found: re.Match[str]) -> str:
        nonlocal in_class
        text = found.group()
        name = found.group(1) or found.group(2)
        if name is not None:
            if text.startswith("\\P"):
                raise re.error("a negated Unicode property")
            if name not in _PROPERTIES:
                raise re.error(f"the Unicode property {name}")
            return _PROPERTIES[name] if in_class else f"[{_PROPERTIES[name]}]"
        if found.group(3):
            return re.escape(chr(int(found.group(3), 16)))
        if found.group(4):
            return re.escape(chr(ord(found.group(4)) % 32))
        if text.startswith("[") and not in_class:
            in_class = True
        elif text == "]":
            in_class = False
        elif text == "(?<" and not in_class:
            return "(?P<"
        elif text.startswith("[") and in_class:
            return "\\[" + text[1:]
        return text

    return _TOKEN.sub(written, pattern)
