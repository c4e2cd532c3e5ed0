"""Whether a document has OpenAPI's structure: the right kinds of value, references that lead somewhere.

What keeps the document from being served is an error, what does not a warning. Every value is visited once, as the
kind its place gives it, so that a `$ref` in an example is data, and a property named `$ref` a property.
"""

import re
from collections import deque
from collections.abc import Callable
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeAlias

from mock_server.errors import DocumentError, Location, Problem, did_you_mean
from mock_server.spec.document import join, lookup, split
from mock_server.spec.versions import (
    HOLDERS,
    METHODS,
    MISTAKEN_KEYWORDS,
    PARAMETER_LOCATIONS,
    REFERABLE,
    SCHEMA,
    TYPES,
    VERSIONS,
    Tables,
)
from mock_server.types import Json, JsonObject

Severity: TypeAlias = Literal["error", "warning"]


class Finding(NamedTuple):
    """A mistake at a pointer into the effective document; whoever has the files adds where that was written."""

    pointer: str
    message: str
    severity: Severity = "error"


class Mistake(DocumentError):
    """Findings that end a step; its problems name no file until someone who knows the files has added it."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__(
            Problem(one.message, Location("document", None, one.pointer), one.severity) for one in findings
        )


# Where a value is, as (the place of what it is in, its token): written out only when something is wrong with it.
_Place: TypeAlias = "tuple[_Place, str | int] | None"

_JSON_TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
    "string": ("a string", (str,)),
    "boolean": ("true or false", (bool,)),
    "number": ("a number", (int, float)),
}
_STATUS = re.compile(r"[1-5](?:\d\d|XX)|default")
_VARIABLE = re.compile(r"\{([^{}]*)\}")


def check(document: Json) -> list[Finding]:
    """Every mistake in the structure of an OpenAPI document, in document order within each kind."""
    if not isinstance(document, dict):
        return [Finding("", "an OpenAPI document is an object with the members openapi, info and paths")]
    version = document.get("openapi")
    if "swagger" in document and version is None:
        return [Finding("/swagger", f"Swagger {document['swagger']} is not supported yet; convert it to OpenAPI 3.1")]
    if not isinstance(version, str):
        hint = "; quote it" if isinstance(version, float) else did_you_mean("openapi", document)
        return [Finding("/openapi", f"openapi must be the version as a string, such as '3.1.0'{hint}")]
    tables = VERSIONS.get(".".join(version.split(".")[:2]))
    if tables is None or re.fullmatch(r"\d+\.\d+\.\d+\S*", version) is None:
        known = " and ".join(f"{name}.x" for name in VERSIONS)
        return [Finding("/openapi", f"OpenAPI {version} is not supported yet; {known} is")]
    return [*_Walk(document, tables).run([("OpenAPI", document, None)]), *_misspelt(document)]


def _misspelt(document: JsonObject) -> list[Finding]:
    """Extensions of the root that look like ours: any `x-` is allowed there, and would be passed over in silence."""
    close = [
        name for name in document if name != "x-resources" and get_close_matches(name, ["x-resources"], cutoff=0.8)
    ]
    return [
        Finding(join("", name), f"nothing reads {name!r}; did you mean 'x-resources'?", "warning") for name in close
    ]


def check_schema(document: JsonObject, schema: Json, pointer: str) -> list[Finding]:
    """The same for one schema that stands at `pointer`, where OpenAPI itself has none."""
    walk = _Walk(document, next(iter(VERSIONS.values())))
    return [finding._replace(pointer=pointer + finding.pointer) for finding in walk.run([("Schema", schema, None)])]


def _pointer(place: _Place) -> str:
    tokens: list[str | int] = []
    while place is not None:
        place, token = place
        tokens.append(token)
    return join("", *reversed(tokens))


class _Walk:
    def __init__(self, document: JsonObject, tables: Tables) -> None:
        self.document = document
        self.tables = {
            kind: {name.rstrip("!?"): shape for name, shape in table.items()} for kind, table in tables.items()
        }
        self.needed = {
            kind: [(name[:-1], name[-1] == "!") for name in table if name[-1] in "!?"] for kind, table in tables.items()
        }
        self.findings: list[Finding] = []
        self.todo: deque[tuple[str, Json, _Place]] = deque()  # first come, first visited: document order
        self.references: list[tuple[str, Json, _Place]] = []
        self.seen: set[tuple[str, str]] = set()
        self.anchors: set[str] = set()
        self.special: dict[str, Callable[[JsonObject, _Place], None]] = {
            "Paths": self.paths,
            "Responses": self.responses,
            "Callback": self.callback,
            "SecurityRequirement": self.security_requirement,
            "Parameter": self.parameter,
        }

    def run(self, todo: list[tuple[str, Json, _Place]]) -> list[Finding]:
        self.todo.extend(todo)
        while self.todo:
            while self.todo:
                kind, value, place = self.todo.popleft()
                if kind == "Schema":
                    self.schema(value, place)
                else:
                    self.object(kind, value, place)
            self.follow()
        return list(dict.fromkeys(self.findings))  # what is referred to may have been visited twice

    def find(self, place: _Place, message: str, severity: Severity = "error") -> None:
        self.findings.append(Finding(_pointer(place), message, severity))

    def object(self, kind: str, value: Json, place: _Place) -> None:
        if not isinstance(value, dict):
            self.find(place, f"this must be an object ({kind} of OpenAPI), not {_shown(value)}")
            return
        if kind in REFERABLE and "$ref" in value:
            self.reference(kind, value, place)
            return
        special = self.special.get(kind)
        if special is not None:
            special(value, place)
        table = self.tables.get(kind)
        if table is None:
            return
        for name, essential in self.needed[kind]:
            if name not in value:
                self.find(place, f"{name} is missing here", "error" if essential else "warning")
        for name, part in value.items():
            shape = table.get(name)
            if shape is not None:
                self.expect(shape, part, (place, name))
            elif not name.startswith("x-"):
                self.find(
                    (place, name), f"OpenAPI has no {name!r} here; it is ignored{did_you_mean(name, table)}", "warning"
                )
        if kind == "PathItem" and "$ref" in value:
            self.reference(kind, value, place)

    def expect(self, shape: str, value: Json, place: _Place) -> None:
        if shape == "any":
            return
        if shape in _JSON_TYPES:
            name, kinds = _JSON_TYPES[shape]
            if type(value) not in kinds:
                self.find(place, f"this must be {name}, not {_shown(value)}")
        elif shape == "type":
            self.types(value, place)
        elif shape[0] == "[":
            if not isinstance(value, list):
                self.find(place, f"this must be an array, not {_shown(value)}")
                return
            for index, part in enumerate(value):
                self.expect(shape[1:-1], part, (place, index))
        elif shape[0] == "{":
            if not isinstance(value, dict):
                self.find(place, f"this must be an object, not {_shown(value)}")
                return
            for name, part in value.items():
                self.expect(shape[1:-1], part, (place, name))
        else:
            self.todo.append((shape, value, place))

    def schema(self, value: Json, place: _Place) -> None:
        if not isinstance(value, dict):
            if not isinstance(value, bool):
                self.find(place, f"a schema must be an object, true or false, not {_shown(value)}")
            return
        for name, part in value.items():
            shape = SCHEMA.get(name)
            if shape == "any":
                if name in ("$ref", "$dynamicRef"):
                    self.references.append(("Schema", part, (place, name)))
            elif shape == "string" and type(part) is str:  # by far the most
                if name in ("$anchor", "$dynamicAnchor"):
                    self.anchors.add(f"#{part}")
                elif name == "$id":
                    self.find((place, name), "$id is not supported yet: name this schema by a $ref with a pointer")
            elif shape is not None:
                self.expect(shape, part, (place, name))
            elif not name.startswith("x-"):
                hint = did_you_mean(name, SCHEMA) if name not in MISTAKEN_KEYWORDS else f"; {MISTAKEN_KEYWORDS[name]}"
                if hint:  # other words are allowed: JSON Schema leaves unknown keywords to whoever knows them
                    self.find((place, name), f"JSON Schema has no {name!r}; it is ignored{hint}", "warning")

    def types(self, value: Json, place: _Place) -> None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if name not in TYPES:
                hint = did_you_mean(name, TYPES) if isinstance(name, str) else "; quote it" if name is None else ""
                self.find(place, f"a type is {', '.join(TYPES)}, not {_shown(name)}{hint}")
        if not names:
            self.find(place, "an array of types has at least one")

    def reference(self, kind: str, value: JsonObject, place: _Place) -> None:
        self.references.append((kind, value["$ref"], (place, "$ref")))
        if kind == "PathItem":
            return
        for name in value:
            if name not in self.tables["Reference"] and not name.startswith("x-"):
                self.find((place, name), f"{name!r} beside a $ref is ignored", "warning")

    def follow(self) -> None:
        """Checks the references found since the last time; what they lead to is visited as what they need there."""
        references, self.references = self.references, []
        for kind, reference, place in references:
            if not isinstance(reference, str):
                self.find(place, f"$ref must be a string, not {_shown(reference)}")
            elif not reference.startswith("#"):
                self.find(
                    place, f"{reference} is outside this document, which is not supported yet; move it into components"
                )
            elif (kind, reference) not in self.seen and reference not in self.anchors:
                try:
                    target = lookup(self.document, reference)
                except LookupError:
                    self.find(place, f"{reference} leads nowhere{self.nearest(reference)}")
                    continue
                self.seen.add((kind, reference))
                if not reference.startswith(f"#/components/{HOLDERS[kind]}/"):
                    path: _Place = None
                    for token in split(reference):
                        path = (path, token)
                    self.todo.append((kind, target, path))

    def nearest(self, reference: str) -> str:
        parent, _, name = reference.rpartition("/")
        try:
            siblings = lookup(self.document, parent)
        except LookupError:
            return ""
        return did_you_mean(name, siblings) if isinstance(siblings, dict) else ""

    def paths(self, value: JsonObject, place: _Place) -> None:
        shapes: dict[str, str] = {}
        for path, item in value.items():
            if path.startswith("x-"):
                continue
            here = (place, path)
            self.todo.append(("PathItem", item, here))
            if not path.startswith("/"):
                self.find(here, "a path starts with a slash")
            names = _VARIABLE.findall(path)
            shape = _VARIABLE.sub("{}", path)
            if "" in names or "{" in _VARIABLE.sub("", path) or "}" in _VARIABLE.sub("", path):
                self.find(here, "the braces of this path do not enclose names")
            elif len(set(names)) < len(names):
                self.find(here, "this path has the same variable twice")
            elif shape in shapes:
                # Not allowed, but GitHub's own document does it: each method is still told apart.
                both = [
                    method
                    for method in METHODS
                    if method in _members(item) and method in _members(value[shapes[shape]])
                ]
                message = f"this is the same path as {shapes[shape]}; only the names of its variables differ"
                self.find(here, message, "error" if both else "warning")
            shapes[shape] = path

    def responses(self, value: JsonObject, place: _Place) -> None:
        for status, response in value.items():
            if status.startswith("x-"):
                continue
            if _STATUS.fullmatch(status) is None:
                hint = (
                    f"; write {status.upper()}"
                    if _STATUS.fullmatch(status.upper())
                    else did_you_mean(status, ["default"])
                )
                self.find((place, status), f"{status!r} is no status code, range such as 4XX, or default{hint}")
            else:
                self.todo.append(("Response", response, (place, status)))
        if not value:
            self.find(place, "no response is documented here", "warning")

    def callback(self, value: JsonObject, place: _Place) -> None:
        for expression, item in value.items():
            if not expression.startswith("x-"):
                self.todo.append(("PathItem", item, (place, expression)))

    def security_requirement(self, value: JsonObject, place: _Place) -> None:
        components = self.document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        known = schemes if isinstance(schemes, dict) else {}
        for name, scopes in value.items():
            if name not in known:
                self.find((place, name), f"components.securitySchemes has no {name!r}{did_you_mean(name, known)}")
            self.expect("[string]", scopes, (place, name))

    def parameter(self, value: JsonObject, place: _Place) -> None:
        location = value.get("in")
        if isinstance(location, str) and location not in PARAMETER_LOCATIONS:
            hint = did_you_mean(location, PARAMETER_LOCATIONS)
            if location in ("body", "formData"):
                hint = "; OpenAPI 3 has a requestBody for it"
            self.find((place, "in"), f"a parameter is in {', '.join(PARAMETER_LOCATIONS)}, not {location!r}{hint}")
        if location == "path" and value.get("required") is not True:
            self.find(place, "a parameter in the path is always required; say required: true", "warning")
        if "schema" not in value and "content" not in value:
            self.find(place, "this parameter has neither schema nor content; any text is taken for it", "warning")
        content = value.get("content")
        if isinstance(content, dict) and len(content) != 1:
            self.find((place, "content"), "the content of a parameter has exactly one media type")
        style = value.get("style")
        if isinstance(style, str) and location in PARAMETER_LOCATIONS and style not in PARAMETER_LOCATIONS[location]:
            known = PARAMETER_LOCATIONS[location]
            self.find(
                (place, "style"),
                f"in {location} the style is {' or '.join(known)}, not {style!r}{did_you_mean(style, known)}",
            )


def _members(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _shown(value: Json) -> str:
    kinds = {dict: "an object", list: "an array", type(None): "null", bool: str(value).lower()}
    return kinds.get(type(value)) or repr(value)[:60]
