"""Whether what `x-resources` says is possible: its names exist, its halves agree with each other and the document."""

from collections.abc import Sequence

from mock_server.errors import did_you_mean
from mock_server.spec import contract_half, shapes, simulation_half
from mock_server.spec.document import lookup, split
from mock_server.spec.inference import success
from mock_server.spec.operations import Operation
from mock_server.spec.scope import Scope
from mock_server.spec.structure import Finding
from mock_server.types import JsonObject


def check_meaning(document: JsonObject, operations: Sequence[Operation]) -> list[Finding]:
    """Every mistake in complete `x-resources` whose words `check_words` has found right."""
    findings: list[Finding] = []
    by_id = {operation.id: operation for operation in operations}
    users: dict[str, str] = {}
    for name in document.get("x-resources", {}):
        scope = Scope(document, name, by_id, findings)
        _check_operations(scope, users)
        if not _check_schema(scope):
            continue  # nothing else can be judged without it
        _check_members(scope)
        _check_list(scope)
        if "lifecycle" in scope.resource:
            contract_half.check(scope)
            if "simulation" in scope.resource:
                simulation_half.check(scope)
        elif "simulation" in scope.resource:
            scope.find("a simulation needs the lifecycle that it keeps; state one beside it", "simulation")
    return findings


def _check_operations(scope: Scope, users: dict[str, str]) -> None:
    for kind, names in scope.resource.get("operations", {}).items():
        listed = isinstance(names, list)
        for index, name in enumerate(names if listed else [names]):
            tokens = ("operations", kind, *([index] if listed else []))
            if scope.operation(name, *tokens) is None:
                continue
            user = f"{kind} of {scope.name}"
            if users.setdefault(name, user) != user:
                scope.find(f"{name!r} is {users[name]} already; an operation does one thing", *tokens)


def _check_schema(scope: Scope) -> bool:
    reference = scope.resource.get("schema")
    if reference is None:
        scope.find("schema is missing, and no operation tells it: name the schema of the representation")
        return False
    try:
        lookup(scope.document, reference)
    except LookupError:
        parent, _, name = reference.rpartition("/")
        try:
            siblings = lookup(scope.document, parent)
        except LookupError:
            siblings = ()
        scope.find(f"{reference} leads nowhere{did_you_mean(name, siblings)}", "schema")
        return False
    return True


def _check_members(scope: Scope) -> None:
    resource = scope.resource
    declared = shapes.properties(scope.document, scope.schema)
    if "identity" not in resource:
        scope.find("identity is missing, and no property has a usual name: say which property is the key")
    else:
        name = resource["identity"]["property"]
        schemas = scope.property(name, "identity", "property")
        kinds = shapes.types(scope.document, schemas)
        if not kinds <= {"string", "integer", "number"}:
            scope.find(f"{name!r} can be no key: it holds {' or '.join(sorted(kinds))}", "identity", "property")
    for word, name in resource.get("timestamps", {}).items():
        scope.property(name, "timestamps", word)
    for index, name in enumerate(scope.hidden):
        if name in declared:
            message = f"{name!r} is hidden, though the schema declares it: it is never returned"
            scope.find(message, "hidden", index, severity="warning")


def _check_list(scope: Scope) -> None:
    words = scope.resource.get("list")
    if words is None:
        return
    names = scope.resource.get("operations", {}).get("list", [])
    operation = scope.operations.get(names if isinstance(names, str) else next(iter(names), ""))
    if operation is None:
        scope.find("list describes the answer of the list operation, and operations.list names none", "list")
        return
    queries = [parameter.name for parameter in operation.parameters if parameter.location == "query"]
    what = f"{operation.method} {operation.path} has no query parameter"
    for word in ("size", "after"):
        if word in words:
            scope.one_of(words[word], queries, what, "list", word)
    for query, name in words.get("filters", {}).items():
        scope.one_of(query, queries, what, "list", "filters", query)
        scope.property(name, "list", "filters", query)
    media = success(operation)
    if media is None:
        scope.find(f"{operation.method} {operation.path} documents no JSON that it answers with", "list")
        return
    for pointer, *tokens in [(words["items"], "items"), *((key, "info", key) for key in words.get("info", {}))]:
        schemas = shapes.at(scope.document, [media.schema], split(pointer))
        if schemas is None:
            scope.find(f"the answer of {operation.method} {operation.path} has no {pointer}", "list", *tokens)
        elif tokens == ["items"] and not {"array"} & (shapes.types(scope.document, schemas) or {"array"}):
            scope.find(f"{pointer or 'the body'} of {operation.method} {operation.path} is no array", "list", *tokens)
