"""HTTP/1.1 on the socket: uvicorn's, with each response's head and body leaving in one write."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn writes a response's head and its body one after the other: two system calls, often two packets."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(_HeldHead(transport, self))  # type: ignore[arg-type]


class _HeldHead:
    """A transport that holds back a response's head until what follows it is written, or the connection closed."""

    __slots__ = ("_cycle", "_head", "_protocol", "_transport", "_write")

    def __init__(self, transport: asyncio.Transport, protocol: HttpToolsProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._write = transport.write
        self._cycle: object = None
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, or hold back the first of a request's writes; an interim response (1xx) is never held."""
        cycle = self._protocol.cycle
        if self._head:
            data, self._head = self._head + data, b""
        elif cycle is not self._cycle and data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._cycle = cycle
            self._head = data
            return
        self._write(data)

    def close(self) -> None:
        """Write what is held, and close."""
        if self._head:
            self.write(b"")
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
