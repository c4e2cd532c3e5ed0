"""A project's own Python: `handlers.py`, where a description stops.

    from mock_server.handlers import Call, HookContext, Reply, Upload, on_entry, operation, route

    @on_entry("orders", "pending")                 # when an item enters a state: gives members to set
    def price(item, context): ...

    @operation("searchOrders")                     # answers an operation; None leaves it to what comes next
    def search(call): ...

    @route("PUT", "/uploads/{upload_id}")          # a path outside the document, its body as a stream
    async def receive(upload): ...

Only `run` and `check` execute it.
"""

import inspect
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TypeAlias, TypeVar

from mock_server.errors import DocumentError, Location, Problem
from mock_server.lifecycle import Context, Hook, HookContext
from mock_server.messages import Fields, Request, Response, check_response
from mock_server.security import Caller
from mock_server.session import Session
from mock_server.types import Instant, Json, JsonObject

__all__ = [
    "Call", "HookContext", "Project", "Reply", "Route", "Upload", "load_project", "on_entry", "operation", "route",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., object])

_MARK = "__mock_server__"


class Call:
    """One valid request of an operation: its parameters decoded by their schemas, its JSON body read.

    `path`, `query`, `header` and `cookie` are name -> value; `preferences` are those of `Prefer` (RFC 7240).
    """

    __slots__ = (
        "body",
        "caller",
        "cookie",
        "header",
        "operation_id",
        "path",
        "preferences",
        "query",
        "request",
        "session",
    )

    def __init__(
        self, operation_id: str, request: Request, session: Session, *, path: Mapping[str, Json] = {},
        query: Mapping[str, Json] = {}, header: Mapping[str, Json] = {}, cookie: Mapping[str, Json] = {},
        body: Json = None, caller: Caller | None = None, preferences: Mapping[str, str] = {},
    ) -> None:  # fmt: skip
        self.operation_id = operation_id
        self.request = request
        self.session = session
        self.path = path
        self.query = query
        self.header = header
        self.cookie = cookie
        self.body = body
        self.caller = caller
        self.preferences = preferences

    @property
    def context(self) -> Context:
        """The request as a lifecycle's expressions see it."""
        return Context(self.body, self.query, self.path, self.request.field, self.request.server)


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's answer where a plain JSON value is not enough; `body` None sends none. Field names in lower case."""

    status_code: int
    body: Json = None
    fields: Fields = ()

    def __post_init__(self) -> None:
        """Refuse, where it is made, what HTTP could not send."""
        check_response(self.status_code, self.fields)


class Upload:
    """A request to a path of the project's own, its body still arriving."""

    __slots__ = ("_chunks", "request", "session", "variables")

    def __init__(
        self, request: Request, variables: Mapping[str, str], session: Session, chunks: AsyncIterator[bytes]
    ) -> None:
        self.request = request
        self.variables = variables
        self.session = session
        self._chunks = chunks

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last of each name."""
        from urllib.parse import parse_qsl

        return dict(parse_qsl(self.request.query.decode("latin-1"), keep_blank_values=True))

    @property
    def now(self) -> Instant:
        """The session's virtual time."""
        return self.session.now()

    def field(self, name: bytes) -> str | None:
        """A header field's value, `name` in lower case."""
        return self.request.field(name)

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece as it arrives."""
        return self._chunks


Route: TypeAlias = Callable[[Upload], Awaitable[Response]]


@dataclass(slots=True)
class Project:
    """What a project's handlers.py offers, by what it is for."""

    hooks: dict[tuple[str, str], Hook] = field(default_factory=dict)
    operations: dict[str, Callable[[Call], object]] = field(default_factory=dict)
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)


def on_entry(resource: str, state: str) -> Callable[[F], F]:
    """The function gives members to set when an item of `resource` enters `state`: `(values, HookContext) -> dict`."""
    return _marked("hooks", (resource, state))


def operation(operation_id: str) -> Callable[[F], F]:
    """The function answers the operation: `(Call) -> JSON value | Reply | None`; None leaves it to what comes next."""
    return _marked("operations", operation_id)


def route(method: str, path: str) -> Callable[[F], F]:
    """The coroutine function answers `method path`, a path template outside the document: `(Upload) -> Response`."""
    return _marked("routes", (method.upper(), path))


def load_project(file: Path | None) -> Project:
    """Execute a handlers.py and collect what it offers; a mistake in it is a `DocumentError` with its line."""
    project = Project()
    if file is None:
        return project
    for kind, key, function in _marks(_executed(file)):
        place = place_of(function)
        table: dict[object, Callable[..., object]] = getattr(project, kind)
        if key in table:
            raise DocumentError([Problem(f"a second handler for {key}", place)])
        if inspect.iscoroutinefunction(function) != (kind == "routes"):
            needed = "an async function" if kind == "routes" else "a plain function, not an async one"
            raise DocumentError([Problem(f"{function.__name__} must be {needed}", place)])
        table[key] = function
    return project


def place_of(function: Callable[..., object]) -> Location:
    """Where a handler is written."""
    code = inspect.unwrap(function).__code__
    return Location(code.co_filename, code.co_firstlineno, "")


def check_project(project: Project, resources: JsonObject, operation_ids: set[str]) -> None:
    """Refuse handlers for states, resources and operations that the document does not have."""
    from mock_server.errors import did_you_mean

    problems = []

    def unknown(function: Callable[..., object], what: str, word: str, known: set[str]) -> None:
        place = place_of(function)
        problems.append(Problem(f"{function.__name__}: no {what} {word!r}{did_you_mean(word, known)}", place))

    for (resource, state), hook in project.hooks.items():
        if resource not in resources:
            unknown(hook, "resource", resource, set(resources))
            continue
        states = set(resources[resource].get("lifecycle", {}).get("states", {}))
        if state not in states:
            unknown(hook, f"state of {resource} is called", state, states)
    for operation_id, function in project.operations.items():
        if operation_id not in operation_ids:
            unknown(function, "operation", operation_id, operation_ids)
    if problems:
        raise DocumentError(problems)


def _marked(kind: str, key: object) -> Callable[[F], F]:
    def mark(function: F) -> F:
        function.__dict__.setdefault(_MARK, []).append((kind, key))
        return function

    return mark


def _marks(members: Mapping[str, object]) -> list[tuple[str, object, Callable[..., object]]]:
    functions = {id(member): member for member in members.values() if inspect.isfunction(member)}  # each once
    return [(kind, key, function) for function in functions.values() for kind, key in getattr(function, _MARK, ())]


def _executed(file: Path) -> dict[str, object]:
    module = ModuleType("mock_server_project_handlers")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    try:
        # From its source, always: bytecode is told from newer source by whole seconds, and would be left behind.
        exec(compile(file.read_bytes(), str(file), "exec"), vars(module))  # noqa: S102  # it is the project's own
    except (Exception, SystemExit) as error:  # whatever the project's code raises is told as its own mistake
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        line = error.lineno if isinstance(error, SyntaxError) else frames[-1].lineno if frames else None
        place = Location(str(file), line, "")
        raise DocumentError([Problem(f"{type(error).__name__}: {error}", place)]) from error
    return vars(module)
