"""What the words of one resource can speak of: its properties, the document's operations, expressions."""

import re
from collections.abc import Iterable, Mapping

from mock_server.errors import did_you_mean
from mock_server.spec import shapes, structure
from mock_server.spec.document import join, split
from mock_server.spec.operations import Operation
from mock_server.spec.structure import Finding, Severity
from mock_server.types import Json, JsonObject

_EXPRESSION = re.compile(
    r"\$item(#(/.*)?)?|\$server|\$request\.(body(#(/.*)?)?|(query|path|header)\.[^.].*)", re.DOTALL
)
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_ROOTS = ("$item", "$request.body", "$request.query", "$request.path", "$request.header", "$server")
_COUNTABLE_FORMATS = frozenset((None, "int32", "int64", "uint32", "uint64", "decimal", "double", "float"))


class Scope:
    """One resource while it is checked; collects what is wrong."""

    def __init__(
        self, document: JsonObject, name: str, operations: Mapping[str, Operation], findings: list[Finding]
    ) -> None:
        self.document = document
        self.name = name
        self.resource: JsonObject = document["x-resources"][name]
        self.pointer = join("/x-resources", name)
        self.operations = operations
        self.findings = findings
        self.schema: Json = {"$ref": self.resource["schema"]} if "schema" in self.resource else True
        self.hidden: list[str] = self.resource.get("hidden", [])

    def find(self, message: str, *tokens: str | int, severity: Severity = "error") -> None:
        """Something is wrong at a place below the resource."""
        self.findings.append(Finding(join(self.pointer, *tokens), message, severity))

    def members(self, name: str) -> list[Json] | None:
        """The schemas of a property, by name or pointer: empty where nothing is said, None where it is unknown."""
        tokens = split(name) if name.startswith("/") else [name]
        if tokens and tokens[0] in self.hidden:
            return []
        return shapes.at(self.document, [self.schema], tokens)

    def property(self, name: str, *tokens: str | int) -> list[Json]:
        """The same for a property that has to be known."""
        schemas = self.members(name)
        if schemas is None:
            known = [*shapes.properties(self.document, self.schema), *self.hidden]
            self.find(f"{self.resource['schema']} has no property {name!r}{did_you_mean(name, known)}", *tokens)
        return schemas or []

    def number(self, name: str, what: str, *tokens: str | int) -> None:
        """A property that has to be known and hold numbers: decimal strings do too."""
        schemas = self.property(name, *tokens)
        kinds = shapes.types(self.document, schemas) - {"null"}
        if not kinds or kinds & {"number", "integer"}:
            return
        parts = [part for schema in schemas for part in shapes.parts(self.document, schema)]
        words = any("enum" in part or "const" in part or part.get("format") not in _COUNTABLE_FORMATS for part in parts)
        if "string" not in kinds or words:
            self.find(f"{name!r} holds no numbers ({' or '.join(sorted(kinds))}), so {what}", *tokens)

    def operation(self, name: str, *tokens: str | int) -> Operation | None:
        """The operation of an operationId, which has to exist."""
        operation = self.operations.get(name)
        if operation is None:
            hint = did_you_mean(name, self.operations)
            self.find(f"no operation of the document has the operationId {name!r}{hint}", *tokens)
        return operation

    def one_of(self, name: str, known: Iterable[str], what: str, *tokens: str | int) -> bool:
        """Whether a name is known; says so where it isn't."""
        if name in known:
            return True
        self.find(f"{what} {name!r}{did_you_mean(name, known)}", *tokens)
        return False

    def json_schema(self, schema: Json, *tokens: str | int) -> None:
        """A schema has to be one, and its references have to lead somewhere."""
        import jsonschema_rs

        pointer = join(self.pointer, *tokens)
        found = structure.check_schema(self.document, schema, pointer)
        self.findings += found
        if not any(finding.severity == "error" for finding in found):
            try:
                jsonschema_rs.meta.validate(schema)
            except jsonschema_rs.ValidationError as error:
                place = join(pointer, *error.instance_path)
                self.findings.append(Finding(place, f"this is no JSON Schema: {error.message[:200]}"))

    def value(self, value: Json, *tokens: str | int) -> None:
        """A literal, or an expression whose root has to be known; also inside strings, arrays and objects."""
        if isinstance(value, str):
            if re.match(r"\$[A-Za-z]", value):
                self.expression(value, *tokens)
            else:
                for text in _EMBEDDED.findall(value):
                    self.expression(text, *tokens)
        elif isinstance(value, dict):
            for name, part in value.items():
                self.value(part, *tokens, name)
        elif isinstance(value, list):
            for index, part in enumerate(value):
                self.value(part, *tokens, index)

    def expression(self, text: str, *tokens: str | int) -> None:
        """A runtime expression: its root has to be known, and what it points at in `$item`."""
        root = re.split(r"[#.]", text)[0]
        if _EXPRESSION.fullmatch(text) is not None:
            if text.startswith("$item#/"):
                self.property(text[len("$item#") :], *tokens)
        elif root == "$parent" or root[1:] in self.document["x-resources"]:
            self.find(f"{root} is not built yet: an item cannot look at its parent or children", *tokens)
        else:
            root = ".".join(re.split(r"[#.]", text)[:2]) if root == "$request" else root
            hint = did_you_mean(root, _ROOTS) or f"; an expression begins with {', '.join(_ROOTS)}"
            self.find(f"{text[:60]!r} is no expression known here{hint}", *tokens)
