"""Every request of the process: which part it is for, and the way back.

The control API, then the project's own paths, then the document's operations; what is none of these is the
documentation's (`Otherwise`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TypeAlias
from urllib.parse import unquote

import orjson

from mock_server.chance import Chance
from mock_server.clock import http_date
from mock_server.contract import Contract
from mock_server.errors import DocumentError, Problem, Refusal
from mock_server.handlers import Project, Route, Upload, place_of
from mock_server.messages import Request, Response, check_response
from mock_server.responder import Responder, fault
from mock_server.routes import Routes, variables
from mock_server.server import exchange
from mock_server.server.exchange import Receive, Scope, Send
from mock_server.server.guard import Guard
from mock_server.settings import Settings
from mock_server.types import SECOND

CONTROL = "/__mock__"
_CONTROL_PATHS = CONTROL + "/"

Otherwise: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Log: TypeAlias = Callable[[Request, Response, int], None]
"""Told of each exchange: the request, the response and how long it took, in microseconds."""


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """A path of the project's own: its template's variables and its functions by method."""

    names: tuple[str, ...]
    methods: dict[str, Route]


class Live:
    """The document being served now; a reload puts another in its place."""

    def __init__(self, responder: Responder, project: Project) -> None:
        self.responder = responder
        self.contract: Contract = responder.contract
        self.base_path = self.contract.description.base_path
        self.below = self.base_path + "/"
        self.own_routes = _own_routes(project, self.contract)
        routed = self.contract.routes.match
        pages = [page for page in ("/openapi.json", "/openapi.yaml", "/ui") if routed(page) is None]
        self._pages = frozenset(self.base_path + page for page in pages)
        # A document that has a path of its own there keeps it.
        self._assets = self.below + "ui/" if "/ui" in pages and routed("/ui/x") is None else None

    def is_documentation(self, path: str) -> bool:
        """Whether `path` is of the documentation: the description, or the page that shows it."""
        return path in self._pages or (self._assets is not None and path.startswith(self._assets))

    def is_beside(self, path: str) -> bool:
        """Whether `path`, below the base path, is the project's own: only where the base path is the root."""
        if self.own_routes is None or self.base_path:
            return False
        return self.contract.routes.match(path) is None and self.own_routes.match(path) is not None

    def own_route(self, request: Request) -> tuple[Route, dict[str, str]] | Response:
        """The project's function for a request outside the document, with the path's variables decoded.

        A response where none is asked: to OPTIONS, and to a CORS preflight. Raises a `Refusal` (404, 405).
        """
        found = self.own_routes.match(request.path) if self.own_routes else None
        if found is None:
            hint = f"; the API is below {self.base_path}" if self.base_path else ""
            raise Refusal(404, f"nothing is served at {request.path[:200]}{hint}", source="routing")
        own, values = found
        method = "GET" if request.method == "HEAD" and "HEAD" not in own.methods else request.method
        if method in own.methods:
            return own.methods[method], {name: unquote(value) for name, value in zip(own.names, values, strict=True)}
        implied = {"HEAD"} if "GET" in own.methods else set()
        allow = ", ".join(sorted({*own.methods, *implied, "OPTIONS"}))
        fields = ((b"allow", allow.encode()),)
        if method == "OPTIONS":
            return exchange.preflight(request, allow) or Response(204, fields=fields, source="routing")
        raise Refusal(405, f"{method} is not allowed here; allowed are {allow}", source="routing", fields=fields)


class Application:
    """Answers requests with what is live. `control` answers below `/__mock__`."""

    def __init__(self, live: Live, control: Responder, settings: Settings, log: Log | None = None) -> None:
        self.live = live
        self.control = control
        document = orjson.dumps(control.contract.description.document)
        self._control_document = Response(
            200, document, fields=((b"content-type", b"application/json"),), source="documentation"
        )
        self._second, self._date_field = -1, b""
        self._guard = Guard(settings)
        self._limit = settings.body_limit
        self._latency = settings.latency
        self._delays = Chance(settings.seed, "latency")
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send, otherwise: Otherwise) -> None:
        """Answer one HTTP request."""
        started = perf_counter_ns()
        path = scope["raw_path"].decode("latin-1")
        live = self.live
        try:
            if path.startswith(_CONTROL_PATHS) or path == CONTROL:
                request, response = await self._controlled(scope, receive, path[len(CONTROL) :])
                origin = None  # no page of another origin reads these
            else:
                if live.is_documentation(path):
                    await self._documented(scope, receive, send, otherwise)
                    return
                if path.startswith(live.below) and not live.is_beside(path):
                    request, response = await self._mocked(live, scope, receive, path[len(live.base_path) :])
                else:
                    request, response = await self._beside(live, scope, receive, path)
                origin = request.field(b"origin")
        except exchange.Disconnected:
            return
        if self._latency is not None:
            await asyncio.sleep(self._delay())
        date = self._date()
        if origin is not None or not exchange.write_response(scope, response, date):
            await exchange.send_response(scope, send, response, date, origin)
        if self._log is not None:
            self._log(request, response, (perf_counter_ns() - started) // 1000)

    async def _documented(self, scope: Scope, receive: Receive, send: Send, otherwise: Otherwise) -> None:
        origin = dict(scope["headers"]).get(b"origin")
        page = None if origin is None else origin.decode("latin-1")
        await otherwise(scope, receive, exchange.dressed(send, self._date(), page))

    async def _mocked(self, live: Live, scope: Scope, receive: Receive, path: str) -> tuple[Request, Response]:
        """A request below the document's base path."""
        responder = live.responder
        try:
            body = await exchange.read_body(receive, self._limit)
        except Refusal as refusal:
            request = exchange.request_of(scope, live.base_path, path, b"")
            return request, responder.refused(request, refusal)
        request = exchange.request_of(scope, live.base_path, path, body)
        if request.method == "OPTIONS" and (found := live.contract.routes.match(request.path)):
            started = perf_counter_ns()
            answered = exchange.preflight(request, found[0].allow)
            if answered is not None:
                responder.record(request, answered, started, None, None)
                return request, answered
        return request, responder.respond(request)

    async def _controlled(self, scope: Scope, receive: Receive, path: str) -> tuple[Request, Response]:
        request = exchange.request_of(scope, CONTROL, path, b"")
        try:
            self._guard.check(request)
            request.body = await exchange.read_body(receive, self._limit)
        except Refusal as refusal:
            return request, self.control.refused(request, refusal)
        if path in ("", "/", "/openapi.json") and request.method in ("GET", "HEAD"):
            return request, self._control_document
        return request, self.control.respond(request)

    async def _beside(self, live: Live, scope: Scope, receive: Receive, path: str) -> tuple[Request, Response]:
        """A request outside the base path: the project's own path, or nobody's."""
        started = perf_counter_ns()
        request = exchange.request_of(scope, "", path, b"")
        responder = live.responder
        reason: Refusal | None = None
        try:
            found = live.own_route(request)
            if isinstance(found, Response):
                response = found
            else:
                route, names = found
                response = await route(Upload(request, names, responder.session, exchange.chunks(receive)))
                check_response(response.status_code, response.fields)
        except Refusal as refusal:
            response, reason = live.contract.refuse(refusal), refusal
        except exchange.Disconnected:
            raise
        except Exception as error:  # noqa: BLE001  # a fault of the project's: told, and never a dropped connection
            reason = fault(request, error)
            response = live.contract.refuse(reason)
        responder.record(request, response, started, None, reason)
        return request, response

    def _date(self) -> bytes:
        """The value of a Date field, by the session's clock (RFC 9110 §6.6.1)."""
        second = self.live.responder.session.now() // SECOND
        if second != self._second:
            self._second, self._date_field = second, http_date(second * SECOND).encode()
        return self._date_field

    def _delay(self) -> float:
        """How long to hold an answer back, in seconds of real time."""
        assert self._latency is not None
        low, high = (span.total_seconds() for span in self._latency)
        return low + (high - low) * self._delays.fraction()


def _own_routes(project: Project, contract: Contract) -> Routes[OwnRoute] | None:
    if not project.routes:
        return None
    routes: Routes[OwnRoute] = Routes()
    base_path = contract.description.base_path
    for (method, template), function in project.routes.items():
        taken = template.startswith(CONTROL) or bool(base_path and template.startswith(base_path + "/"))
        if taken or contract.routes.match(template.removeprefix(base_path)) is not None:
            where = CONTROL if template.startswith(CONTROL) else f"{base_path or '/'}, the document's"
            message = f"the route {method} {template} lies below {where}: choose another path"
            raise DocumentError([Problem(message, place_of(function))])
        routes.add(template, OwnRoute(variables(template), {})).methods[method] = function
    return routes
