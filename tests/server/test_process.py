"""The process: it is there when it says so, and ends at once and cleanly when told to."""

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.commands import running
from tests.conftest import TOKEN

ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143}
ASKED = b"GET /api/v1/audiences HTTP/1.1\r\nHost: x\r\n\r\n"


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("options", [(), ("--watch",)], ids=["plain", "watching"])
def test_a_signal_ends_it_at_once_whatever_clients_do(
    tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    with running(tmp_path, "openapi", "--port", "0", *options) as mock:
        file = mock.server.ask("POST", "/api/v1/files", {"filename": "a.csv"}, TOKEN).json
        path = file["upload_url"].removeprefix(mock.server.origin)
        with (
            connected(mock.server.port) as idle, connected(mock.server.port) as silent,
            connected(mock.server.port) as slow, connected(mock.server.port) as uploading,
        ):  # fmt: skip
            idle.sendall(ASKED)
            assert b" 401 " in idle.recv(4096)  # answered, and kept alive
            slow.sendall(ASKED[:20])
            uploading.sendall(
                f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n".encode()
            )
            assert b" 100 " in uploading.recv(4096)  # so it is being read
            uploading.sendall(b"Email\n")
            began = time.monotonic()
            assert mock.end(number) == ENDINGS[number]
            assert time.monotonic() - began < 1  # those that are given time would have a second
            assert silent.recv(1) == b""
        assert mock.err == ""


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_right_after_the_start_ends_it_too(tmp_path: Path, number: signal.Signals) -> None:
    for _ in range(3):
        with running(tmp_path, "openapi", "--port", "0") as mock:
            assert mock.end(number) == ENDINGS[number]
            assert mock.err == ""


def test_an_answer_that_is_held_back_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with running(tmp_path, "openapi", "--port", "0", "--latency", "1h") as mock:
        with connected(mock.server.port) as waiting:
            # Two in a row: the first one's answer is on its way when the second one's interim answer shows it was read.
            waiting.sendall(
                b"POST /api/v1/audiences HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            assert b" 100 " in waiting.recv(4096)
            waiting.sendall(b"{}")
            began = time.monotonic()
            assert mock.end(signal.SIGTERM) == 143
            assert time.monotonic() - began < 2
        assert mock.err == ""


def test_it_takes_clients_as_soon_as_its_address_is_told(tmp_path: Path) -> None:
    for _ in range(3):
        with running(tmp_path, "openapi", "--port", "0") as mock, connected(mock.server.port) as client:
            client.sendall(ASKED)
            assert b" 401 " in client.recv(4096)


def test_a_port_is_free_again_as_soon_as_it_has_ended(tmp_path: Path) -> None:
    port = "0"
    for _ in range(2):
        with running(tmp_path, "openapi", "--port", port) as mock:
            port = str(mock.server.port)
            with connected(mock.server.port) as client:
                client.sendall(ASKED)
                assert b" 401 " in client.recv(4096)
                assert mock.end(signal.SIGTERM) == 143
