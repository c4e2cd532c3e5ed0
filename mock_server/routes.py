"""Path templates, compiled: which path item a request's path belongs to (OpenAPI 3.1 §4.8.8.2)."""

import re
from difflib import get_close_matches
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")

_VARIABLE = re.compile(r"\{([^{}]+)\}")


class _Node(Generic[T]):
    """One segment's place in the tree: fixed texts first, then text around variables, then bare variables."""

    __slots__ = ("bare", "fixed", "mixed", "value")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.mixed: list[tuple[tuple[str, ...], _Node[T]]] = []
        self.bare: _Node[T] | None = None
        self.value: T | None = None


class Routes(Generic[T]):
    """Path templates and what each leads to.

    Templates that differ in nothing but their variables' names are one entry; a concrete path is preferred to a
    templated one, segment by segment, and a dead end is backed out of.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._fixed: dict[str, T] = {}
        self._templates: list[str] = []

    def add(self, template: str, value: T) -> T:
        """Enter `template`; gives the value that stands there, which is the earlier one where two are alike."""
        node = self._root
        for segment in template.split("/"):
            node = _child(node, segment)
        if node.value is None:
            node.value = value
            self._templates.append(template)
            if "{" not in template:
                self._fixed[template] = value
        return node.value

    def match(self, path: str) -> tuple[T, tuple[str, ...]] | None:
        """What the percent-encoded `path` leads to, with its variables' values in order, still encoded."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed, ()
        return _find(self._root, path.split("/"), 0, ())

    def nearest(self, path: str) -> str | None:
        """The template most like `path`, for an error message."""
        close = get_close_matches(path, self._templates, n=1, cutoff=0.5)
        return close[0] if close else None


def variables(template: str) -> tuple[str, ...]:
    """The names of a path template's variables, in order."""
    return tuple(_VARIABLE.findall(template))


def _child(node: _Node[T], segment: str) -> _Node[T]:
    if "{" not in segment:
        return node.fixed.setdefault(segment, _Node())
    if _VARIABLE.fullmatch(segment):
        if node.bare is None:
            node.bare = _Node()
        return node.bare
    pieces = tuple(_VARIABLE.split(segment)[::2])
    for known, child in node.mixed:
        if known == pieces:
            return child
    child = _Node()
    node.mixed.append((pieces, child))
    return child


def _values(pieces: tuple[str, ...], segment: str) -> tuple[str, ...] | None:
    """The texts between `pieces`, each as short as it can be, none empty; None where they do not fit. Linear time."""
    first, *others, last = pieces
    if not segment.startswith(first) or not segment.endswith(last):
        return None
    at, end = len(first), len(segment) - len(last)
    values = []
    for piece in others:
        found = segment.find(piece, at + 1, end)
        if found < 0:
            return None
        values.append(segment[at:found])
        at = found + len(piece)
    if at >= end:
        return None
    return (*values, segment[at:end])


def _find(node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]) -> tuple[T, tuple[str, ...]] | None:
    if at == len(segments):
        return None if node.value is None else (node.value, values)
    segment = segments[at]
    # RFC 3986 §6.2.2.2: an encoded unreserved character is the same as the bare one.
    fixed = node.fixed.get(unquote(segment) if "%" in segment else segment)
    if fixed is not None and (found := _find(fixed, segments, at + 1, values)) is not None:
        return found
    for pieces, child in node.mixed:
        matched = _values(pieces, segment)
        if matched and (found := _find(child, segments, at + 1, values + matched)) is not None:
            return found
    # RFC 6570 §3.2.2 lets a variable be empty, but OpenAPI's path parameters are required.
    if node.bare is not None and segment:
        return _find(node.bare, segments, at + 1, (*values, segment))
    return None
