"""The real command: run to its end, or watched while it serves."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.conftest import BIN, ROOT, Server

T = TypeVar("T")
COMMAND = BIN / "mock-server"

# A whole project in a few lines: one resource, moved on by time.
API = """\
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: /v1}]
paths:
  /pets:
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewPet'}}}
      responses:
        '201':
          description: Made
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
    get:
      operationId: listPets
      parameters: [{name: name, in: query, schema: {type: string}}]
      responses:
        '200':
          description: Some
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
  /pets/{petId}:
    get:
      operationId: getPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: One
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
  /version:
    get:
      operationId: getVersion
      responses:
        '200':
          description: Which
          content:
            application/json:
              schema: {type: object, required: [number], properties: {number: {type: integer}}}
              example: {number: 1}
components:
  schemas:
    NewPet: {type: object, required: [name], properties: {name: {type: string}}}
    Pet:
      type: object
      required: [id, name, status]
      properties:
        id: {type: string}
        name: {type: string}
        status: {type: string, enum: [new, fed, sold]}
        error_message: {type: [string, 'null']}
"""

BEHAVIOUR = """\
overlay: 1.0.0
info: {title: How pets behave, version: '1'}
actions:
  - target: $
    update:
      x-resources:
        pets:
          schema: '#/components/schemas/Pet'
          identity: {property: id, pattern: '^pet_[a-z0-9]{12}$'}
          operations: {create: createPet, get: getPet, list: listPets}
          lifecycle:
            property: status
            initial: new
            states:
              new: {next: [fed]}
              fed: {next: [sold]}
              sold: {}
          simulation:
            states:
              new: {leave: [{to: fed, after: 2s}]}
              fed: {leave: [{to: sold, after: 3s}]}
"""

FILES = {"api.yaml": API, "pets.overlay.yaml": BEHAVIOUR}


def command(
    *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    """The command, run to its end: exit code, standard output, standard error."""
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, timeout=60, cwd=cwd, env={**os.environ, **(env or {})},
        check=False,
    )  # fmt: skip


def until(condition: Callable[[], T], seconds: float = 20) -> T:
    """The first value of `condition` that is true; it is asked again and again, as it is not told when it changes."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come true in time"
        pause.wait(0.01)
    return value


@dataclass(frozen=True)
class Running:
    """`mock-server run` while it runs, and what it has told so far."""

    process: "subprocess.Popen[bytes]"
    server: Server
    _out: Path
    _err: Path

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    def end(self, signal: int) -> int:
        """Send it a signal and wait; gives the exit code."""
        self.process.send_signal(signal)
        return self.process.wait(timeout=10)


@contextmanager
def running(folder: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> Iterator[Running]:
    """`mock-server run` with these arguments; what it tells is kept in files of `folder`."""
    out, err = folder / "told.out", folder / "told.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [COMMAND, "run", *arguments], stdout=stdout, stderr=stderr, cwd=ROOT, env={**os.environ, **(env or {})}
        )
    try:

        def address() -> "re.Match[str] | None":
            assert process.poll() is None, err.read_text("utf-8")
            return re.search(r"http://[^/\s]+:\d+", out.read_text("utf-8"))

        yield Running(process, Server(until(address)[0], process), out, err)  # type: ignore[arg-type, index]
    finally:
        process.terminate()
        process.wait(timeout=10)
