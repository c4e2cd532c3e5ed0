"""The servers that are measured: how each is started on a port, asked, and ended."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from json import dumps, loads
from pathlib import Path
from socket import create_server
from time import monotonic, sleep

HERE = Path(__file__).parent
PROJECT = HERE.parent / "openapi"
BODY = dumps(
    {
        "account_id": "biz_4ZJ7Kq2mPx9Ydw",
        "name": "Spring customers",
        "column_mapping": {"email": "Email", "phone": "Phone", "first_name": "First name"},
        "file_id": "file_1a2b3c4d5e6f7g",
    }
)
HEADERS = {"Authorization": "Bearer token", "Content-Type": "application/json"}
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """One of those compared: `command` starts it on a port, `path` is where it creates an audience."""

    name: str
    version: str
    command: Callable[[int], list[str]]
    path: str


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has answered: `started_in` is the time from its start to that answer, in seconds."""

    pid: int
    url: str
    started_in: float


def servers(document: Path) -> dict[str, Server]:
    """All servers by name, ours first; the others are given the effective `document` as a file."""
    python, command = sys.executable, str(Path(sys.executable).parent / "mock-server")
    steady, scalar = str(HERE / "node_modules/.bin/steady"), str(HERE / "scalar.mjs")
    listed = [
        Server(
            "mock-server",
            version("mock-server"),
            lambda port: [command, "run", str(PROJECT), "--port", str(port), "--log", "none"],
            "/api/v1/audiences",
        ),
        Server(
            "bare", f"uvicorn {version('uvicorn')}", lambda port: [python, "-m", "bench.bare", str(port)], "/audiences"
        ),
        Server(
            "@stdy/cli",
            _npm_version("@stdy/cli"),
            lambda port: [steady, "--quiet", "--host", "127.0.0.1", "--port", str(port), str(document)],
            "/audiences",
        ),
        Server(
            "@scalar/mock-server",
            _npm_version("@scalar/mock-server"),
            lambda port: ["node", scalar, str(document), str(port)],
            "/audiences",
        ),
    ]
    return {server.name: server for server in listed}


@contextmanager
def running(server: Server, *, core: int | None = None) -> Iterator[Running]:
    """Start a server, on one core if asked, until it has created an audience; end it afterwards.

    RuntimeError where it answers otherwise, ends, or takes longer than `START_SECONDS`.
    """
    port = _free_port()
    pinned = [] if core is None else ["taskset", "--cpu-list", str(core)]
    began = monotonic()
    process = subprocess.Popen(
        [*pinned, *server.command(port)],
        cwd=HERE.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while (status_code := create(port, server.path)) is None:
            if process.poll() is not None or monotonic() - began > START_SECONDS:
                raise RuntimeError(f"{server.name} did not start: {process.args!r}")
            sleep(0.001)
        if status_code != http.client.CREATED:
            raise RuntimeError(f"{server.name} answered {status_code}, not 201")
        yield Running(process.pid, f"http://127.0.0.1:{port}{server.path}", monotonic() - began)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started, which is its process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def create(port: int, path: str) -> int | None:
    """Send the request that all servers get; gives the status code, or None where nobody listens yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("POST", path, BODY, HEADERS)
        response = connection.getresponse()
        response.read()
    except (ConnectionRefusedError, ConnectionResetError):
        return None
    finally:
        connection.close()
    return response.status


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _npm_version(package: str) -> str:
    found: str = loads((HERE / "node_modules" / package / "package.json").read_text())["version"]
    return found
