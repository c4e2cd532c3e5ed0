"""The judge of values: validators for the schemas of a document, compiled once, and what they find as violations."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs import Draft202012Validator, FancyRegexOptions, RegexOptions, Registry

from mock_server.dialect import BACKTRACKS, BOUNDED_PATTERN, FORMATS, BoundedPattern, Direction, Translation
from mock_server.errors import DocumentError, Location, Problem, Violation
from mock_server.spec.document import join, lookup, split
from mock_server.types import Json, JsonObject
from mock_server.violations import tell

__all__ = ["Direction", "Schemas", "Validator"]

_DOCUMENT: Final = "mem:document"
_LOOSE: Final = "mem:loose"


class Validator:
    """One compiled schema. `is_valid(instance)` is the compiled method itself: nothing stands in between.

    An instance nested deeper than about 1,000 levels ends the process: bound the depth before (`bodies` does).
    """

    __slots__ = ("_compiled", "_lookup", "is_valid")

    is_valid: Callable[[Json], bool]

    def __init__(self, compiled: jsonschema_rs.Validator, holder: Callable[[str], Json]) -> None:
        self._compiled = compiled
        self._lookup = holder
        self.is_valid = compiled.is_valid

    def violations(self, instance: Json, place: str = "body") -> list[Violation]:
        """All that is wrong with `instance`, in order of the JSON Pointers into it; empty if it is valid."""
        return tell(self._compiled.iter_errors(instance), instance, place, self._lookup)


class Schemas:
    """The schemas of one document (JSON Schema 2020-12, as OpenAPI 3.1 has it), formats asserted, patterns bounded.

    `warnings` are what can be served all the same; `locate` finds a pointer's place in the files, for problems. Every
    method raises DocumentError, naming the pointer, for a schema that cannot be compiled.
    """

    def __init__(self, document: JsonObject, locate: Callable[[str], Location] | None = None) -> None:
        self.document = document
        self.locate: Callable[[str], Location] = locate or (lambda pointer: Location("document", None, pointer))
        whole = Translation()
        self._translated = whole.of(document)
        self._is_directed = whole.directed
        self.warnings = [self._unbounded(pattern, document) for pattern in dict.fromkeys(whole.unbounded)]
        self._told = set(whole.unbounded)
        self._registries: dict[Direction | None, Registry] = {}
        self._validators: dict[tuple[str, Direction | None], Validator] = {}

    def at(self, pointer: str, *, direction: Direction | None = None) -> Validator:
        """The validator of the schema at a JSON Pointer of the document.

        In a `request` a `readOnly` property is not required, in a `response` a `writeOnly` one is not (OpenAPI
        3.0.4 §4.7.24.2 and JSON Schema Validation §9.4 ask that it be not sent that way; sent all the same it is no
        violation). Compiled on first use, then the same one.
        """
        key = (pointer, direction if self._is_directed else None)
        validator = self._validators.get(key)
        if validator is None:
            compiled = self._compile({"$ref": f"{_DOCUMENT}#{quote(pointer, safe='/~')}"}, key[1], pointer)
            validator = self._validators[key] = Validator(compiled, self._holder())
        return validator

    def of(self, schema: Json, *, direction: Direction | None = None) -> Validator:
        """A validator of a schema that is not in the document; `#/components/...` in it means the document's."""
        direction = direction if self._is_directed else None
        loose = Translation(base=_DOCUMENT, direction=direction, lookup=self.target)
        translated = loose.of(schema)
        for pattern in loose.unbounded:
            if pattern not in self._told:
                self._told.add(pattern)
                self.warnings.append(self._unbounded(pattern))
        return Validator(self._compile(translated, direction), self._holder(translated))

    def resolve(self, schema: Json) -> Json:
        """What a schema's chain of `$ref` leads to; words beside a `$ref` are passed over."""
        seen = []
        while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            if reference in seen:
                raise self._refused(f"the reference {reference!r} leads back to itself", join("", *split(reference)))
            seen.append(reference)
            schema = self.target(reference)
        return schema

    def target(self, reference: str) -> Json:
        """What a local reference, `#/...`, leads to in the document."""
        try:
            return lookup(self.document, reference)
        except LookupError:
            raise self._refused(f"the reference {reference!r} leads nowhere", None) from None

    def _registry(self, direction: Direction | None) -> Registry:
        registry = self._registries.get(direction)
        if registry is None:
            document = self._translated
            if direction is not None:
                document = Translation(direction=direction, lookup=self.target).of(document)
            registry = Registry([(_DOCUMENT, document)], draft=jsonschema_rs.Draft202012)
            self._registries[direction] = registry
        return registry

    def _compile(
        self, schema: Json, direction: Direction | None, pointer: str | None = None
    ) -> jsonschema_rs.Validator:
        try:
            return self._build(schema, direction, RegexOptions())
        except jsonschema_rs.ValidationError as error:
            if error.kind.as_dict().get("format") != "regex":
                raise self._uncompilable(error, schema, pointer) from None
        try:  # look-around in `patternProperties` cannot be moved to another keyword: all of these patterns run bounded
            return self._build(schema, direction, FancyRegexOptions(backtrack_limit=BACKTRACKS))
        except jsonschema_rs.ValidationError as error:
            raise self._uncompilable(error, schema, pointer) from None

    def _build(
        self, schema: Json, direction: Direction | None, options: RegexOptions | FancyRegexOptions
    ) -> jsonschema_rs.Validator:
        return Draft202012Validator(
            schema,
            registry=self._registry(direction),
            base_uri=_LOOSE,
            validate_formats=True,
            formats=dict(FORMATS),
            keywords={BOUNDED_PATTERN: BoundedPattern},
            pattern_options=options,
            offline=True,
        )

    def _holder(self, loose: Json = None) -> Callable[[str], Json]:
        """How to find the schema that holds a keyword, by the keyword's absolute location."""

        def holder(location: str) -> Json:
            resource, _, fragment = location.partition("#")
            tokens = split("#" + fragment)
            try:
                return lookup(self._translated if resource == _DOCUMENT else loose, join("", *tokens[:-1]))
            except LookupError:
                return None

        return holder

    def _uncompilable(self, error: jsonschema_rs.ValidationError, schema: Json, pointer: str | None) -> DocumentError:
        """What a schema that cannot be compiled says about the place of its mistake."""
        facts = error.kind.as_dict()
        path = join("", *error.instance_path)
        if isinstance(facts.get("error"), jsonschema_rs.ReferencingError):
            return self._refused(f"this schema cannot be compiled: {error.message}", pointer)
        if facts.get("format") == "regex":
            message = f"{error.instance!r} is not a regular expression"
        elif path.endswith("/type"):
            message = f"{error.instance!r} is not a type of JSON Schema"
        else:
            message = f"this schema cannot be compiled: {error.message}"
        if pointer is None and _has(schema, path):
            return self._refused(f"{path}: {message}", None)
        return self._refused(message, path if _has(self.document, path) else pointer)

    def _refused(self, message: str, pointer: str | None) -> DocumentError:
        return DocumentError([Problem(message, None if pointer is None else self.locate(pointer))])

    def _unbounded(self, pattern: str, schema: Json = None) -> Problem:
        message = (
            f"the pattern {pattern!r} needs look-around or backreferences: it is run by a slower engine, "
            f"which gives up (no match) after {BACKTRACKS} steps"
        )
        pointer = None if schema is None else _where(schema, pattern)
        return Problem(message, None if pointer is None else self.locate(pointer), "warning")


def _has(document: Json, pointer: str) -> bool:
    try:
        lookup(document, pointer)
    except LookupError:
        return False
    return True


def _where(node: Json, pattern: str, pointer: str = "") -> str | None:
    """The pointer to the first place where `pattern` is written."""
    if isinstance(node, dict):
        if node.get("pattern") == pattern:
            return join(pointer, "pattern")
        if pattern in node:
            return join(pointer, pattern)
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = (_where(part, pattern, join(pointer, name)) for name, part in parts)
    return next((place for place in found if place is not None), None)
