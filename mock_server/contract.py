"""A description, compiled: everything that a request needs looked up, and nothing left to walk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mock_server.answers import Answer, Outcome, from_project, from_state
from mock_server.bodies import decode_json, match
from mock_server.errors import DocumentError, Problem, Refusal, Violation
from mock_server.handlers import Call, Project
from mock_server.messages import Request, Response
from mock_server.parameters import Arguments, compile_parameters
from mock_server.problems import compile_problem_writer, status_for_validation
from mock_server.resources import Resource, Verb, compile_resources
from mock_server.routes import Routes, variables
from mock_server.security import Caller, compile_security
from mock_server.spec import Description, MediaType, Operation, RequestBody
from mock_server.spec.operations import security_schemes
from mock_server.types import Json
from mock_server.validation import Schemas, Validator

Reading = Callable[[Request], Json]
Refusing = Callable[[Refusal], Response]
Resolve = Callable[[str], Callable[[Call], object] | None]
"""operationId -> the project's own handler, if it has one."""


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """One operation, ready to be asked. None where there is nothing to do: no security, no parameters, no body."""

    operation: Operation
    names: tuple[str, ...]
    undeclared: tuple[str, ...]
    """The path's variables that no parameter declares: taken as the text they are."""
    authorise: Callable[[Request], Caller] | None
    arguments: Callable[[Mapping[str, str], Request], Arguments] | None
    read_body: Reading | None
    answer: Answer
    refuse: Refusing


@dataclass(frozen=True, slots=True)
class PathItem:
    """The operations of one path template, by method; HEAD answers as GET where the document does not say otherwise."""

    methods: dict[str, CompiledOperation]

    @property
    def allow(self) -> str:
        """The value of an `Allow` field (RFC 9110 §10.2.1)."""
        implied = {"HEAD"} if "GET" in self.methods else set()
        return ", ".join(sorted({*self.methods, *implied, "OPTIONS"}))


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document, compiled. `refuse` answers for requests that no operation is meant by."""

    description: Description
    routes: Routes[PathItem]
    operations: Sequence[CompiledOperation]
    resources: Mapping[str, Resource]
    schemas: Schemas
    refuse: Refusing
    warnings: tuple[Problem, ...]


def compile_contract(description: Description, project: Project, resolve: Resolve | None = None) -> Contract:
    """Compile a description with the project's handlers; `DocumentError` where it cannot be served.

    `resolve` finds the project's handler of an operationId; by default the project's own table is asked.
    """
    document = description.document
    schemas = Schemas(document, description.locate)
    by_id = {operation.id: operation for operation in description.operations}
    try:
        resources = compile_resources(document.get("x-resources", {}), by_id, schemas, project.hooks)
        compiler = _Compiler(description, schemas, resources, resolve or project.operations.get)
        routes: Routes[PathItem] = Routes()
        operations = [compiler.operation(operation) for operation in description.operations]
    except DocumentError as error:
        raise DocumentError(_placed(description, error.problems)) from None
    for compiled in operations:
        item = routes.add(compiled.operation.path, PathItem({}))
        if compiled.operation.method in item.methods:
            other = item.methods[compiled.operation.method].operation
            message = f"{compiled.operation.method} {compiled.operation.path} cannot be told from {other.path}"
            raise DocumentError([Problem(message, description.locate(compiled.operation.pointer))])
        item.methods[compiled.operation.method] = compiled
    warnings = (*description.warnings, *_placed(description, schemas.warnings), *compiler.warnings)
    refuse = compile_problem_writer(None, description.operations, schemas)
    return Contract(description, routes, operations, resources, schemas, refuse, warnings)


class _Compiler:
    def __init__(
        self, description: Description, schemas: Schemas, resources: Mapping[str, Resource], resolve: Resolve
    ) -> None:
        self._description = description
        self._schemas = schemas
        self._schemes = security_schemes(description.document)
        self._resolve = resolve
        self._resources = {
            operation_id: (resource, verb)
            for resource in resources.values()
            for operation_id, verb in resource.operations.items()
        }
        self.warnings: list[Problem] = []
        self._warned: set[str] = set()

    def operation(self, operation: Operation) -> CompiledOperation:
        status_code = status_for_validation(operation)
        body = operation.request_body
        names = variables(operation.path)
        declared = {parameter.name for parameter in operation.parameters if parameter.location == "path"}
        return CompiledOperation(
            operation,
            names,
            tuple(name for name in names if name not in declared),
            compile_security(operation, self._schemes),
            compile_parameters(operation.parameters, self._schemas, status_code),
            self._body(body, status_code) if body else None,
            self._answer(operation),
            compile_problem_writer(operation, self._description.operations, self._schemas),
        )

    def _answer(self, operation: Operation) -> Answer:
        outcome = Outcome(operation, self._schemas)
        resource, verb = self._resources.get(operation.id, (None, None))
        if resource is not None and verb is not None:
            self._warn_of_parents(resource, verb, operation)
            answer = from_state(resource, verb, outcome)
        else:
            answer = outcome.described()
        handler = self._resolve(operation.id)
        return answer if handler is None else from_project(handler, answer, outcome)

    def _warn_of_parents(self, resource: Resource, verb: Verb, operation: Operation) -> None:
        """Tell once that a collection within a path, `/users/{user}/posts`, is one for all: it is not divided yet."""
        if verb not in ("create", "list") or resource.name in self._warned:
            return
        above = [name for name in variables(operation.path) if name not in resource.parents[operation.id]]
        if not above:
            return
        self._warned.add(resource.name)
        message = f"all {resource.name} are one collection, whatever {{{above[0]}}} is: no member of theirs holds it"
        self.warnings.append(Problem(message, self._description.locate(operation.pointer), "warning"))

    def _body(self, body: RequestBody, status_code: int) -> Reading:
        validators = {}
        for name, media in body.content.items():
            if not name.split(";")[0].rstrip().endswith(("/json", "+json")):
                place = self._description.locate(media.pointer)
                self.warnings.append(
                    Problem(f"bodies of {name} are taken as they come: they are not checked yet", place, "warning")
                )
            elif media.schema_pointer is not None:
                validators[name] = self._schemas.at(media.schema_pointer, direction="request")
        return _reader(body, validators, status_code)


def _reader(body: RequestBody, validators: dict[str, Validator], status_code: int) -> Reading:
    content = body.content
    accepted = ", ".join(content)
    # RFC 9110 §12.5.1: a 415 says in Accept what would have been taken.
    unsupported = ((b"accept", accepted.encode()),)

    def read(request: Request) -> Json:
        if not request.body:
            if body.required:
                missing = Violation("body", "", f"is missing; send it as {accepted}", "required")
                raise Refusal(status_code, "a body is required", source="validation", violations=(missing,))
            return None
        content_type = request.field(b"content-type")
        media = content.get(content_type) if content_type else None
        if media is None and (media := match(content, content_type)) is None:
            sent = f"Content-Type {content_type!r}" if content_type else "no Content-Type"
            raise Refusal(
                415, f"{sent} is not supported here; send {accepted}", source="validation", fields=unsupported
            )
        return check(request, media)

    def check(request: Request, media: MediaType) -> Json:
        validator = validators.get(media.name)
        if validator is None and not media.name.endswith("json"):
            return None
        value = decode_json(request.body)
        if validator is not None and not validator.is_valid(value):
            violations = validator.violations(value)
            raise Refusal(status_code, "the body is not valid", source="validation", violations=violations)
        return value

    return read


def _placed(description: Description, problems: Sequence[Problem]) -> list[Problem]:
    """Problems whose location is but a pointer, with the file and line where it stands."""
    return [
        Problem(problem.message, description.locate(problem.location.pointer), problem.severity)
        if problem.location is not None and problem.location.file == "document"
        else problem
        for problem in problems
    ]
