"""A contract and a session in this process, without a socket, on a clock that stands still."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from mock_server.clock import Clock
from mock_server.contract import Contract, compile_contract
from mock_server.handlers import Project, load_project
from mock_server.journal import Journal
from mock_server.messages import Request, Response
from mock_server.responder import Responder
from mock_server.session import Session
from mock_server.spec import load
from mock_server.store.memory import MemoryStore

PETS = Path(__file__).parent / "pets.yaml"
BUNDLED = Path(__file__).parent.parent / "openapi"


def contract_of(path: Path = PETS, project: Project | None = None) -> Contract:
    """The project at `path`, compiled."""
    description = load(str(path))
    return compile_contract(description, project or load_project(description.handlers_file))


class World:
    """What a client and a test see of one contract in one session."""

    def __init__(self, contract: Contract, seed: int = 0) -> None:
        self.session = Session(contract.resources, MemoryStore(), clock=Clock.start("frozen"), seed=seed)
        self.journal = Journal(100)
        self.responder = Responder(contract, self.session, self.journal)

    def ask(self, method: str, target: str, body: Any = None, fields: Mapping[str, str] | None = None) -> Response:
        """One request; a body that is not bytes goes as JSON."""
        path, _, query = target.partition("?")
        sent = {"authorization": "Bearer token", **(fields or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        encoded = [(name.encode(), value.encode()) for name, value in sent.items()]
        return self.responder.respond(Request(method, path, query=query.encode(), fields=encoded, body=body or b""))

    def json(self, method: str, target: str, body: Any = None, fields: Mapping[str, str] | None = None) -> Any:
        """The JSON of an answer that must be a success."""
        response = self.ask(method, target, body, fields)
        assert response.status_code < 300, response.body
        return json.loads(response.body)

    def advance(self, seconds: float) -> None:
        self.session.advance(timedelta(seconds=seconds))
