"""ASGI messages to `Request` and `Response` values and back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from mock_server.errors import Refusal
from mock_server.messages import Fields, Request, Response

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

# A body over the limit is read to its end and thrown away, so that the client sees the answer; but not for ever.
_DRAINED = 1 << 28

_NO_CONTENT = frozenset({204, 304})
_SAFE: tuple[tuple[bytes, bytes], ...] = (
    # What a mock echoes may be somebody's HTML: it must not run beside the control API.
    (b"content-security-policy", b"sandbox"),
    (b"x-content-type-options", b"nosniff"),
)


class Disconnected(Exception):
    """The client went away before its request was whole."""


def request_of(scope: Scope, base_path: str, body: bytes) -> Request:
    """The request of an ASGI scope, its path counted from `base_path`."""
    fields = scope["headers"]
    path = scope["raw_path"].decode("latin-1")
    request = Request(scope["method"], path[len(base_path) :], query=scope["query_string"], fields=fields, body=body)
    host = request.field(b"host")
    request.server = f"{scope['scheme']}://{host or _bound(scope)}"
    return request


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes: more is a `Refusal` (413), once all of it has come."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if message["type"] == "http.disconnect":
            raise Disconnected
        return body if len(body) <= limit else _too_large(limit)
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif size > _DRAINED:
            break
    return b"".join(parts) if size <= limit else _too_large(limit)


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it arrives; other requests get their turn between two pieces."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        more = message.get("more_body", False)
        yield message.get("body", b"")
        await asyncio.sleep(0)


async def send_response(send: Send, response: Response, request: Request) -> None:
    """Send a response with the fields that all mocked answers carry."""
    body = response.body
    fields = [*response.fields, (b"mock-source", response.source.encode("latin-1", "replace")), *_SAFE]
    if response.status_code in _NO_CONTENT:
        body = b""
    else:
        fields.append((b"content-length", b"%d" % len(body)))
    origin = request.field(b"origin")
    if origin is not None:
        fields += cors(origin, fields)
    await send({"type": "http.response.start", "status": response.status_code, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def cors(origin: str, fields: Fields) -> list[tuple[bytes, bytes]]:
    """The fields that let a page of any origin read an answer and all its fields, credentials and all (Fetch §3.2.3)."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        # With credentials a `*` here would be a name, so the names are listed.
        (b"access-control-expose-headers", b", ".join(dict.fromkeys(name for name, _ in fields))),
        (b"vary", b"Origin"),
    ]


def preflight(request: Request, allow: str) -> Response | None:
    """The answer to a CORS preflight; None when the request is no preflight."""
    method = request.field(b"access-control-request-method")
    if request.method != "OPTIONS" or method is None or request.field(b"origin") is None:
        return None
    wanted = request.field(b"access-control-request-headers") or ""
    fields = [
        (b"access-control-allow-methods", allow.encode()),
        (b"access-control-allow-headers", wanted.encode("latin-1")),
        (b"access-control-max-age", b"600"),
    ]
    if request.field(b"access-control-request-private-network") is not None:
        fields.append((b"access-control-allow-private-network", b"true"))
    return Response(204, fields=fields, source="routing")


def _too_large(limit: int) -> bytes:
    raise Refusal(413, f"the body is larger than {limit} bytes, the most that is taken", source="validation")


def _bound(scope: Scope) -> str:
    host, port = scope.get("server") or ("127.0.0.1", 80)
    return f"{host}:{port}"
