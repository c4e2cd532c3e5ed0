"""The process: a document loaded, compiled and served until it is told to stop."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from mock_server.clock import Clock
from mock_server.contract import compile_contract
from mock_server.errors import DocumentError, UsageError
from mock_server.handlers import Project, check_project, load_project
from mock_server.journal import Journal
from mock_server.responder import Responder
from mock_server.server.application import CONTROL, Application, Live, Log
from mock_server.server.control import control_project
from mock_server.server.protocol import OneWriteProtocol
from mock_server.server.routing import Host, ProjectResolver
from mock_server.session import Session
from mock_server.settings import Settings
from mock_server.spec import Description, load
from mock_server.store.memory import MemoryStore

_CONTROL_DOCUMENT = Path(__file__).parent / "control.yaml"


class Mock:
    """A mock server, whole: `app` is the ASGI application. Raises `DocumentError` where the project cannot be served."""

    def __init__(self, settings: Settings, log: Log | None = None) -> None:
        self.settings = settings
        self._log = log
        description, project = load_all(settings)
        self.journal = Journal(settings.journal_size)
        self._host = Host(description, project, self._application)
        self.app = self._host.app

    @property
    def application(self) -> Application:
        """What answers."""
        return self._host.application

    @property
    def session(self) -> Session:
        """The items and the clock."""
        return self.application.live.responder.session

    def reload(self) -> list[str]:
        """Serve the project as it is now, keeping the items that still fit; gives a line for each that does not.

        Raises `DocumentError`, and goes on with what it served, where the project cannot be served.
        """
        description, project = load_all(self.settings)
        contract = compile_contract(description, project, ProjectResolver(project).handler)
        dropped = self.session.adopt(contract.resources)
        self.application.live = Live(Responder(contract, self.session, self.journal), project)
        self._host.specification.show(description)
        return dropped

    def _application(self, description: Description, resolver: ProjectResolver) -> Application:
        settings = self.settings
        contract = compile_contract(description, resolver.project, resolver.handler)
        clock = Clock.start(settings.clock, settings.rate)
        session = Session(contract.resources, MemoryStore(), clock=clock, seed=settings.seed)
        live = Live(Responder(contract, session, self.journal), resolver.project)
        control_description = load(str(_CONTROL_DOCUMENT), base_path=CONTROL)
        control = control_project(session, self.journal, lambda: self.application.live.contract)
        control_contract = compile_contract(control_description, control)
        return Application(live, Responder(control_contract, session), settings, self._log)


def load_all(settings: Settings) -> tuple[Description, Project]:
    """A project's description and its handlers, checked against each other."""
    description = load(settings.path, base_path=settings.base_path)
    project = load_project(description.handlers_file)
    if description.handlers_file is not None:
        resources = description.document.get("x-resources", {})
        check_project(project, description.handlers_file, resources, {each.id for each in description.operations})
    return description, project


def serve(mock: Mock, listener: socket.socket, told: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `told` is given a line whenever a watched project was reloaded, or could not be."""
    config = uvicorn.Config(
        mock.app, http=OneWriteProtocol, loop="uvloop", ws="none", lifespan="off", access_log=False, log_level="warning",
        timeout_graceful_shutdown=1, server_header=False, proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # What was made at start stays and is not looked through again; what requests leave behind is in no circles, so that
    # looking for some can wait.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)

    async def main() -> None:
        watching = asyncio.create_task(_watch(mock, told)) if mock.settings.watch else None
        await server.serve(sockets=[listener])
        if watching is not None:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(main())


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0: any free one); a `UsageError` that says what to do where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port (0 for any free one)"
        ) from None
    return listener


async def _watch(mock: Mock, told: Callable[[str], None]) -> None:
    from watchfiles import awatch

    target = Path(mock.settings.path)
    watched = target if target.is_dir() else target.parent
    async for _ in awatch(watched, recursive=False):
        try:
            dropped = mock.reload()
        except DocumentError as error:
            told(f"not reloaded, still serving the last good document:\n{error}")
        else:
            told("\n".join([f"reloaded {mock.settings.path}", *dropped]))
