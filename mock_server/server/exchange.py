"""ASGI messages to `Request` and `Response` values and back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, TypeAlias

from mock_server.errors import Refusal
from mock_server.messages import Fields, Request, Response, check_response
from mock_server.server.protocol import WRITE

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

# A body over the limit is read to its end and thrown away, so that the client sees the answer; but not for ever.
_DRAINED = 1 << 28

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_NO_CONTENT = frozenset({204, 304})
_SAFE: tuple[tuple[bytes, bytes], ...] = (
    # What a mock echoes may be somebody's HTML: it must not run beside the control API.
    (b"content-security-policy", b"sandbox"),
    (b"x-content-type-options", b"nosniff"),
    # An answer to a page names its origin: kept by a cache, one to somebody else would not do.
    (b"vary", b"Origin"),
)


class Disconnected(Exception):
    """The client went away before its request was whole."""


def request_of(scope: Scope, base_path: str, path: str, body: bytes) -> Request:
    """The request of an ASGI scope; `base_path` is where in its path `path` begins."""
    request = Request(
        scope["method"], path, query=scope["query_string"], fields=scope["headers"], body=body, base_path=base_path
    )
    request.server = f"{scope['scheme']}://{request.field(b'host') or _bound(scope)}"
    return request


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes: more is a `Refusal` (413), once all of it has come."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        body = await _rest(receive, body, limit)
    elif message["type"] == "http.disconnect":
        raise Disconnected
    if len(body) > limit:
        raise Refusal(413, f"the body is larger than {limit} bytes, the most that is taken", source="validation")
    return body


async def _rest(receive: Receive, body: bytes, limit: int) -> bytes:
    """A body that comes in pieces; of one over the limit, what shows that it is."""
    parts, size, more = [body], len(body), True
    while more and size <= _DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        if size <= limit:
            parts.append(part)
        size += len(part)
        more = message.get("more_body", False)
    return b"".join(parts)


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


def write_response(scope: Scope, response: Response, date: bytes) -> bool:
    """Write a response whole, where the server offers that (`protocol`); False where it must be sent."""
    write = scope.pop(WRITE, None)  # taken out, as it refers to the scope: a circle would be left behind
    if write is None:
        return False
    status_code = response.status_code
    head = _head(status_code, tuple(response.fields), response.source)
    if status_code in _NO_CONTENT:
        return bool(write(b"%bdate: %b\r\n" % (head, date), b""))
    body = response.body
    head = b"%bdate: %b\r\ncontent-length: %d\r\n" % (head, date, len(body))
    return bool(write(head, b"" if scope["method"] == "HEAD" else body))


async def send_response(scope: Scope, send: Send, response: Response, date: bytes, origin: str | None) -> None:
    """Send a response with the fields that all answers carry; `origin` is that of a page which may read it.

    `date` is the value of its Date field.
    """
    fields = [*_fields(response), (b"date", date)]
    body = response.body
    if response.status_code in _NO_CONTENT:
        body = b""
    else:
        fields.append((b"content-length", b"%d" % len(body)))
    if origin is not None:
        fields += cors(origin, fields)
    await send({"type": "http.response.start", "status": response.status_code, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _fields(response: Response) -> list[tuple[bytes, bytes]]:
    return [*response.fields, (b"mock-source", response.source.encode("latin-1", "replace")), *_SAFE]


@lru_cache(1024)
def _head(status_code: int, fields: Fields, source: str) -> bytes:
    """A status line and fields as they are written; ValueError for fields that HTTP does not allow."""
    reason = _PHRASES.get(status_code, "")
    lines = [f"HTTP/1.1 {status_code} {reason}\r\n".encode()]
    sent = _fields(Response(status_code, fields=fields, source=source))
    check_response(status_code, sent)
    for name, value in sent:
        lines += name, b": ", value, b"\r\n"
    return b"".join(lines)


def cors(origin: str, fields: Fields) -> list[tuple[bytes, bytes]]:
    """The fields that let a page of any origin read an answer, credentials and all (Fetch §3.2.3)."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        # With credentials a `*` here would be a name, so the names are listed.
        (b"access-control-expose-headers", b", ".join(dict.fromkeys(name for name, _ in fields))),
    ]


def dressed(send: Send, date: bytes, origin: str | None) -> Send:
    """`send`, with the Date field and those by which a page of `origin` may read what somebody else answers."""

    async def send_dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = [*message["headers"], (b"date", date), (b"vary", b"Origin")]
            message["headers"] = fields if origin is None else [*fields, *cors(origin, fields)]
        await send(message)

    return send_dressed


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


def _bound(scope: Scope) -> str:
    host, port = scope.get("server") or ("127.0.0.1", 80)
    return f"{host}:{port}"
