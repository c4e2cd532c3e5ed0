"""HTTP/1.1 on the socket: uvicorn's, with a shorter way for a response that is whole.

uvicorn takes a response in two ASGI messages, checks each header field and writes twice. A mocked answer is made of
plain values: it is written at once, and what one turn of the event loop answers leaves at the end of that turn, so that
a client that waits for several answers is woken once. `docs/decisions/0008-one-write.md` has the figures.
"""

import asyncio
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

WRITE: Final = "mock_server.write"
"""The member of an ASGI scope that holds `write_whole` for its request; absent where another server serves."""


class WholeResponseProtocol(HttpToolsProtocol):
    """uvicorn's protocol, offering `write_whole` to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(_EndOfTurn(transport, self.loop))  # type: ignore[arg-type]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.scope[WRITE] = partial(write_whole, cycle)  # type: ignore[typeddict-unknown-key]
        super()._start_asgi_task(cycle, app)


def write_whole(cycle: RequestResponseCycle, head: bytes, body: bytes) -> bool:
    """Write a whole response: `head` is its status line and fields, checked, without the empty line that ends it.

    Gives False, and does nothing, where the response must go the long way: it has begun, or the client is slow or gone.
    """
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
    parts = [head]
    for name, value in cycle.default_headers:
        parts += name, b": ", value, b"\r\n"
    parts.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    parts.append(body)
    cycle.transport.write(b"".join(parts))
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


class _EndOfTurn:
    """A transport that collects what is written in one turn of the loop, and writes it when the turn ends."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write soon."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Write what is held, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held = self._held
        if held:
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))
            held.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
