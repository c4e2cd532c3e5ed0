"""OpenAPI Overlay 1.0: changes to a document, kept apart from it. https://spec.openapis.org/overlay/v1.0.0.html

Stricter than the specification asks in one thing: a target that selects nothing is a mistake, since a change that
silently isn't made helps nobody. Where 1.0 is silent, 1.1's wording is followed: arrays inside an `update` are
appended to the arrays they meet.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mock_server.errors import DocumentError, Location, Problem, did_you_mean
from mock_server.spec.document import Source, join, locate, read, split
from mock_server.spec.places import MAXIMUM_DEPTH
from mock_server.spec.values import copy, is_deeper
from mock_server.types import Json, JsonObject

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment

_Tokens = tuple[str, ...]
_MEMBERS = {
    "overlay": ("overlay", "info", "extends", "actions"),
    "info": ("title", "version"),
    "action": ("target", "description", "update", "remove"),
}


class _Origin(NamedTuple):
    source: Source
    tokens: _Tokens


class Provenance:
    """Which text each part of an effective document comes from."""

    def __init__(self, base: Source) -> None:
        self._origins: dict[_Tokens, _Origin] = {(): _Origin(base, ())}

    def locate(self, pointer: str) -> Location:
        """The file and line that wrote what is at `pointer`; the pointer told is the one in that file."""
        source, tokens = self._origin(tuple(split(pointer)))
        return locate(source, join("", *tokens))

    def _origin(self, tokens: _Tokens) -> _Origin:
        for length in range(len(tokens), -1, -1):
            origin = self._origins.get(tokens[:length])
            if origin is not None:
                return _Origin(origin.source, origin.tokens + tokens[length:])
        raise AssertionError("the root has an origin")

    def write(self, tokens: _Tokens, source: Source, origin: _Tokens) -> None:
        """What is at `tokens`, whole, now comes from `origin` in `source`."""
        self._forget(tokens)
        self._origins[tokens] = _Origin(source, origin)

    def remove(self, tokens: _Tokens) -> None:
        """A member of an object is gone."""
        self._forget(tokens)

    def remove_entry(self, array: _Tokens, index: int, length: int) -> None:
        """Entry `index` of an array of `length` entries is gone: those behind it move up by one."""
        moved: dict[_Tokens, _Origin] = {}
        for old in range(index + 1, length):
            entry, place = (*array, str(old)), (*array, str(old - 1))
            moved[place] = self._origin(entry)
            moved |= {place + key[len(entry) :]: origin for key, origin in self._below(entry)}
        for old in range(index, length):
            self._forget((*array, str(old)))
        self._origins |= moved

    def _below(self, tokens: _Tokens) -> Iterable[tuple[_Tokens, _Origin]]:
        return [(key, origin) for key, origin in self._origins.items() if key[: len(tokens)] == tokens]

    def _forget(self, tokens: _Tokens) -> None:
        for key, _ in self._below(tokens):
            del self._origins[key]


def apply(document: Json, overlays: Sequence[Source], base: Source | None = None) -> tuple[Json, Provenance]:
    """A new document with each overlay's actions applied in order, and where its parts come from.

    `base` is the text that `document` was read from, for locations. Raises `DocumentError` with every problem of the
    first overlay that has any.
    """
    provenance = Provenance(base or Source("document", ""))
    if overlays:
        document = copy(document)
    for source in overlays:
        content = read(source)
        problems = list(_mistakes(source, content))
        if problems:
            raise DocumentError(problems)
        document = _Application(document, source, provenance).apply(content["actions"])
        if is_deeper(document, MAXIMUM_DEPTH):
            message = f"with this overlay the document is nested deeper than {MAXIMUM_DEPTH} levels"
            raise DocumentError([Problem(message, Location(source.name, 1, ""))])
    return document, provenance


def _mistakes(source: Source, content: Json) -> Iterator[Problem]:
    """What is wrong with an overlay before any document is known."""
    for tokens, message in _faults(content):
        yield Problem(message, locate(source, join("", *tokens)))


_Fault = tuple[tuple[str | int, ...], str]


def _faults(content: Json) -> Iterator[_Fault]:
    if not isinstance(content, dict):
        yield (), "an overlay is an object with the members overlay, info and actions"
        return
    yield from _unknown("overlay", content)
    version = content.get("overlay")
    if not isinstance(version, str):
        yield ("overlay",), "overlay must be the version as text, such as 1.0.0"
    elif re.fullmatch(r"1\.0\.\d+", version) is None:
        yield ("overlay",), f"Overlay {version} is not known here; write the overlay for 1.0.0"
    info = content.get("info")
    if not isinstance(info, dict):
        yield ("info",), "info must be an object with the members title and version"
    else:
        yield from _unknown("info", info, "info")
        for name in _MEMBERS["info"]:
            if not isinstance(info.get(name), str):
                yield ("info", name), f"info.{name} must be a string"
    if not isinstance(content.get("extends", ""), str):
        yield ("extends",), "extends must be a URI reference to the document"
    actions = content.get("actions")
    if not isinstance(actions, list) or not actions:
        yield ("actions",), "actions must be an array of at least one action"
        return
    for index, action in enumerate(actions):
        yield from _action_faults(action, index)


def _action_faults(action: Json, index: int) -> Iterator[_Fault]:
    place = ("actions", index)
    if not isinstance(action, dict):
        yield place, "an action is an object with a target and an update or remove"
        return
    yield from _unknown("action", action, *place)
    if not isinstance(action.get("target"), str):
        yield (*place, "target"), "an action needs a target, a JSONPath such as $.paths"
    if not isinstance(action.get("description", ""), str):
        yield (*place, "description"), "description must be a string"
    if not isinstance(action.get("remove", False), bool):
        yield (*place, "remove"), "remove must be true or false"
    elif "update" not in action and not action.get("remove"):
        yield place, "this action does nothing; give it an update, or remove: true"


def _unknown(what: str, value: JsonObject, *tokens: str | int) -> Iterator[_Fault]:
    for name in value:
        if name not in _MEMBERS[what] and not name.startswith("x-"):
            hint = did_you_mean(name, _MEMBERS[what])
            yield (*tokens, name), f"an Overlay 1.0 {what} object has no member {name!r}{hint}"


class _Application:
    """One overlay on its way into a document, which it changes in place."""

    def __init__(self, document: Json, source: Source, provenance: Provenance) -> None:
        self.document = document
        self.source = source
        self.provenance = provenance
        self.problems: list[Problem] = []

    def apply(self, actions: list[JsonObject]) -> Json:
        environment = _environment()
        for index, action in enumerate(actions):
            origin: _Tokens = ("actions", str(index))
            targets = self.select(environment, action["target"], (*origin, "target"))
            if action.get("remove"):
                self.remove(targets, (*origin, "target"))
            else:
                for tokens, value in targets:
                    self.update(tokens, value, action["update"], (*origin, "update"))
        if self.problems:
            raise DocumentError(self.problems)
        return self.document

    def problem(self, message: str, origin: _Tokens) -> None:
        self.problems.append(Problem(message, locate(self.source, join("", *origin))))

    def select(
        self, environment: "JSONPathEnvironment", target: str, origin: _Tokens
    ) -> list[tuple[tuple[str | int, ...], Json]]:
        """The objects and arrays that a target selects, each once, in the order found."""
        from jsonpath import JSONPathError

        try:
            found = {match.parts: match.obj for match in environment.finditer(target, self.document)}
        except JSONPathError as error:
            self.problem(f"the target is no JSONPath (RFC 9535): {str(error).splitlines()[0]}", origin)
            return []
        except RecursionError:
            self.problem("the target is too deeply nested", origin)
            return []
        if not found:
            self.problem(f"the target {target} selects nothing{self.nearest(environment, target)}", origin)
        primitive = [parts for parts, value in found.items() if not isinstance(value, dict | list)]
        if primitive:
            more = f" and {len(primitive) - 1} more" if len(primitive) > 1 else ""
            message = (
                f"the target selects {join('', *primitive[0])}{more}, which is no object or array;"
                " Overlay 1.0 changes those only: target the object or array that it is in"
            )
            self.problem(message, origin)
        return [(parts, value) for parts, value in found.items() if isinstance(value, dict | list)]

    def nearest(self, environment: "JSONPathEnvironment", target: str) -> str:
        """A hint why a plain path selects nothing: how far it gets, and what is there instead."""
        parts = re.findall(r"\.[A-Za-z_][\w-]*|\['[^']*'\]|\[\"[^\"]*\"\]", target)
        if "$" + "".join(parts) != target:
            return ""
        value = self.document
        for part in parts:
            name = part[1:] if part.startswith(".") else part[2:-2]
            if not isinstance(value, dict) or name not in value:
                names = value if isinstance(value, dict) else ()
                return f": there is no {name!r}{did_you_mean(name, names)}"
            value = value[name]
        return ""

    def update(self, parts: tuple[str | int, ...], target: Json, update: Json, origin: _Tokens) -> None:
        tokens = tuple(map(str, parts))
        if isinstance(target, list):
            self.provenance.write((*tokens, str(len(target))), self.source, origin)
            target.append(copy(update))
        elif isinstance(update, dict):
            self.merge(tokens, target, update, origin)
        else:
            place = join("", *tokens) or "the document"
            self.problem(f"the update of {place}, an object, must be an object too", origin)

    def merge(self, tokens: _Tokens, target: JsonObject, update: JsonObject, origin: _Tokens) -> None:
        for name, value in update.items():
            here, from_ = (*tokens, name), (*origin, name)
            present = target.get(name)
            if isinstance(present, dict) and isinstance(value, dict):
                self.merge(here, present, value, from_)
            elif isinstance(present, list) and isinstance(value, list):
                for index, entry in enumerate(value):
                    self.provenance.write((*here, str(len(present))), self.source, (*from_, str(index)))
                    present.append(copy(entry))
            elif isinstance(present, dict | list):
                kind = "an object" if isinstance(present, dict) else "an array"
                self.problem(f"{join('', *here)} is {kind} and cannot become {_kind(value)}; remove it first", from_)
            else:
                target[name] = copy(value)
                self.provenance.write(here, self.source, from_)

    def remove(self, targets: Sequence[tuple[tuple[str | int, ...], Any]], origin: _Tokens) -> None:
        # The last first, so that neither what was found below a removed part nor an index behind one is missed.
        for parts in sorted((parts for parts, _ in targets), key=_order, reverse=True):
            if not parts:
                self.problem("the target selects the whole document, which cannot be removed", origin)
                return
            *path, last = parts
            container = self.document
            for part in path:
                container = container[part]
            tokens = tuple(map(str, path))
            if isinstance(container, list):
                self.provenance.remove_entry(tokens, int(last), len(container))
            else:
                self.provenance.remove((*tokens, str(last)))
            del container[last]


def _order(parts: tuple[str | int, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in parts)


def _kind(value: Json) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "null" if value is None else f"the value {str(value)[:40]!r}"


def _environment() -> "JSONPathEnvironment":
    from jsonpath import JSONPathEnvironment  # 0.1 s that only documents with overlays pay

    return JSONPathEnvironment(strict=True)
