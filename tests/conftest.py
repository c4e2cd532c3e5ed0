"""What the tests share: real servers, started by the tests and ended by them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TOKEN = {"Authorization": "Bearer token"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A mock server that is running: `origin` is `http://127.0.0.1:PORT`."""

    origin: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    def ask(self, method: str, path: str, body: Any = None, fields: dict[str, str] | None = None) -> Answer:
        """Send one request; a body that is not bytes goes as JSON."""
        fields = dict(fields or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Drive the mock; gives the JSON of an answer that must be a success."""
        answer = self.ask(method, f"/__mock__{path}", body)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def advance(self, by: str) -> None:
        self.control("POST", "/clock/advance", {"by": by})


@contextmanager
def serving(*arguments: str, env: dict[str, str] | None = None) -> Iterator[Server]:
    """`mock-server run` with these arguments on a free port."""
    process = subprocess.Popen(
        [BIN / "mock-server", "run", *arguments, "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(env or {})},
    )
    try:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            found = re.search(r"(http://[^/\s]+:\d+)", line)
            if found:
                yield Server(found[1], process)
                break
        else:
            raise AssertionError(f"it did not start: {told}")
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="session")
def bundled() -> Iterator[Server]:
    """The bundled API on a frozen clock; ask for `mock` in a test that changes it."""
    with serving("openapi", "--clock", "frozen") as server:
        yield server


@pytest.fixture
def mock(bundled: Server) -> Server:
    """The bundled API on a frozen clock, with nothing in it."""
    bundled.control("POST", "/reset")
    return bundled


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Writes a project folder: `project(**{"api.yaml": text})`."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return tmp_path

    return write
