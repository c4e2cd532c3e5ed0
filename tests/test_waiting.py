"""Waiting for a server: it ends as soon as one answers, or when the time is over."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from mock_server.waiting import answers_within
from tests.commands import COMMAND, command
from tests.conftest import ROOT, Server, serving

LONG = timedelta(seconds=30)
SHORT = timedelta(milliseconds=200)


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """Another program on a port of its own, which gives every client the same answer, or none; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def answer_each() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                held.append(client)
                if answer is not None:
                    client.recv(4096)
                    client.sendall(answer)

        thread = threading.Thread(target=answer_each)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in held:
                client.close()


def test_a_server_that_runs_answers_at_once(bundled: Server) -> None:
    began = time.monotonic()
    assert answers_within("127.0.0.1", bundled.port, LONG)
    assert time.monotonic() - began < 5


def test_one_that_refuses_without_its_token_is_there_too() -> None:
    with serving("openapi", "--control-token", "t") as server:
        assert command("wait", "--port", str(server.port)).returncode == 0


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ids=["silence", "an end", "no HTTP", "another server's 200"],
)
def test_what_is_no_mock_server_is_not_taken_for_one(answer: bytes | None) -> None:
    with answering(answer) as port:
        began = time.monotonic()
        assert not answers_within("127.0.0.1", port, SHORT)
        assert 0.1 < time.monotonic() - began < 5


def test_a_server_that_comes_later_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    waiting = subprocess.Popen([COMMAND, "wait", "--port", port])
    with subprocess.Popen([COMMAND, "run", "openapi", "--port", port], cwd=ROOT, stdout=subprocess.DEVNULL) as late:
        assert waiting.wait(timeout=30) == 0
        late.terminate()


def test_the_command_tells_by_its_exit_code(bundled: Server) -> None:
    found = command("wait", "--port", str(bundled.port))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    missed = command("wait", "--port", "1", "--timeout", "100ms")
    assert (missed.returncode, missed.stdout) == (1, "")
    assert "127.0.0.1:1" in missed.stderr and "0.1 s" in missed.stderr
