"""One request in, one response out.

The order in which things are asked is the order of this page: routing, security, validation, then the operation's
answer (a project's handler, else state, else an example, else the schema). Whatever refuses does so by raising a
`Refusal`, which is written in the shape that the document gives to errors.
"""

import logging
from collections.abc import Callable
from time import perf_counter_ns
from urllib.parse import unquote

from mock_server.contract import CompiledOperation, Contract, PathItem
from mock_server.errors import Refusal
from mock_server.handlers import Call
from mock_server.journal import Journal
from mock_server.messages import Request, Response
from mock_server.parameters import Arguments
from mock_server.session import Session

logger = logging.getLogger("mock_server")

_NOTHING = Arguments({}, {}, {}, {})


class Responder:
    """Answers the requests of one contract in one session. `journal` remembers them; None keeps no record."""

    def __init__(self, contract: Contract, session: Session, journal: Journal | None = None) -> None:
        self.contract = contract
        self.session = session
        self.journal = journal

    def respond(self, request: Request) -> Response:
        """The response to a request; never raises, but for what stops the process."""
        started = perf_counter_ns()
        operation_id: str | None = None
        reason: Refusal | None = None
        refuse: Callable[[Refusal], Response] = self.contract.refuse
        try:
            found = self.contract.routes.match(request.path)
            if found is None:
                raise self._no_path(request)
            item, values = found
            operation = item.methods.get(request.method)
            if operation is None:
                operation = _implied(item, request)
                if operation is None:
                    response = Response(204, fields=((b"allow", item.allow.encode()),), source="routing")
                    self.record(request, response, started, None, None)
                    return response
            operation_id, refuse = operation.operation.id, operation.refuse
            response = operation.answer(self._call(operation, values, request))
        except Refusal as refusal:
            response, reason = refuse(refusal), refusal
        except Exception as error:  # noqa: BLE001  # told, and never a dropped connection
            reason = fault(request, error)
            response = refuse(reason)
        self.record(request, response, started, operation_id, reason)
        return response

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """The response to a request that was refused before it was whole, in the shape its operation documents."""
        started = perf_counter_ns()
        found = self.contract.routes.match(request.path)
        operation = found[0].methods.get(request.method) if found else None
        response = (operation.refuse if operation else self.contract.refuse)(refusal)
        self.record(request, response, started, operation.operation.id if operation else None, refusal)
        return response

    def record(
        self, request: Request, response: Response, started: int, operation_id: str | None, reason: Refusal | None
    ) -> None:
        """Remember an exchange that began at `started` (monotonic nanoseconds)."""
        if self.journal is not None:
            microseconds = (perf_counter_ns() - started) // 1000
            self.journal.add(self.session.now(), microseconds, request, response, operation_id, reason)

    def _call(self, operation: CompiledOperation, values: tuple[str, ...], request: Request) -> Call:
        caller = operation.authorise(request) if operation.authorise else None
        raw = dict(zip(operation.names, values, strict=True)) if values else {}
        path, query, header, cookie = operation.arguments(raw, request) if operation.arguments else _NOTHING
        if operation.undeclared:
            path = {**{name: unquote(raw[name]) for name in operation.undeclared}, **path}
        body = operation.read_body(request) if operation.read_body else None
        preferred = request.field(b"prefer")
        preferences = _preferences(preferred) if preferred else {}
        return Call(
            operation.operation.id, request, self.session, path=path, query=query, header=header, cookie=cookie,
            body=body, caller=caller, preferences=preferences,
        )  # fmt: skip

    def _no_path(self, request: Request) -> Refusal:
        near = self.contract.routes.nearest(unquote(request.path))
        hint = f"; did you mean {request.base_path}{near}?" if near else ""
        asked = request.base_path + request.path[:200]
        return Refusal(404, f"the document has no path {asked}{hint}", source="routing")


def fault(request: Request, error: Exception) -> Refusal:
    """What is answered where code fails, the project's or ours: the log has the traceback, the client its last line."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return Refusal(500, f"{type(error).__name__}: {error} (the server's log has the traceback)", source="fault")


def _implied(item: PathItem, request: Request) -> CompiledOperation | None:
    """The operation of a method that the document does not list: GET's for HEAD, none for OPTIONS, else a 405."""
    if request.method == "HEAD" and "GET" in item.methods:
        return item.methods["GET"]
    if request.method == "OPTIONS":
        return None
    # RFC 9110 §15.5.6: a 405 carries Allow.
    allow = item.allow
    raise Refusal(
        405, f"{request.method} is not allowed here; allowed are {allow}", source="routing",
        fields=((b"allow", allow.encode()),),
    )  # fmt: skip


def _preferences(text: str) -> dict[str, str]:
    """The preferences of a `Prefer` field; of two alike the first counts (RFC 7240 §2)."""
    found: dict[str, str] = {}
    for preference in text.split(","):
        name, _, value = preference.split(";", 1)[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found
