"""The process: a document loaded, compiled and served until it is told to stop."""

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from mock_server.clock import Clock
from mock_server.contract import compile_contract
from mock_server.errors import UsageError
from mock_server.handlers import Project, check_project, load_project
from mock_server.journal import Journal
from mock_server.responder import Responder
from mock_server.server.application import CONTROL, Application, Live, Log
from mock_server.server.control import control_project
from mock_server.server.protocol import WholeResponseProtocol
from mock_server.server.routing import Host, ProjectResolver
from mock_server.server.watching import stamps, watch
from mock_server.session import Session
from mock_server.settings import Settings
from mock_server.spec import Description, load
from mock_server.store.memory import MemoryStore

_CONTROL_DOCUMENT = Path(__file__).parent / "control.yaml"
_BACKLOG = 2048  # clients that wait to be taken
_GRACE = 1.0  # seconds that answers on their way have when the process is told to end


class Mock:
    """A mock server, whole: `app` is the ASGI application.

    Raises `DocumentError` or `UsageError` where the project cannot be served.
    """

    def __init__(self, settings: Settings, log: Log | None = None) -> None:
        self.settings = settings
        self._log = log
        self.watched = stamps(Path(settings.path)) if settings.watch else {}
        description, project = load_all(settings)
        if settings.watch and not self.watched:
            raise UsageError(f"--watch is for folders and files; {settings.path} is neither")
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
        # All that can be refused is before the first change of what is being served.
        live = Live(Responder(contract, self.session, self.journal), project)
        dropped = self.session.adopt(contract.resources)
        self.application.live = live
        self._host.show(description)
        return [*(f"warning: {problem}" for problem in contract.warnings), *dropped]

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
    if description.base_path.startswith(CONTROL):
        raise UsageError(f"{description.base_path} is where the control API is served; name another --base-path")
    project = load_project(description.handlers_file)
    if description.handlers_file is not None:
        resources = description.document.get("x-resources", {})
        check_project(project, resources, {each.id for each in description.operations})
    return description, project


class _Server(uvicorn.Server):
    """uvicorn's, ended at once: nobody waits for a client that is still sending, and others are given a second."""

    ended_by = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal: the loop sees soon that it is to end."""
        self.ended_by = self.ended_by or sig
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is going on: to its application, a request that is still arriving is one whose client went away."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and cycle.more_body:
                connection.transport.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(super().shutdown(sockets), _GRACE)


def serve(mock: Mock, listener: socket.socket, told: Callable[[str], None]) -> int:
    """Serve until SIGINT or SIGTERM; gives its number.

    `told` is given the lines to show whenever a watched project was reloaded, or could not be.
    """
    config = uvicorn.Config(
        mock.app, http=WholeResponseProtocol, interface="asgi3", ws="none", lifespan="off",
        access_log=False, log_level="warning",
        server_header=False, date_header=False, proxy_headers=False, timeout_keep_alive=75,
    )  # fmt: skip
    # An answer that is held back (--latency) when the process ends is no fault.
    logging.getLogger("uvicorn.error").addFilter(_is_no_end)
    server = _Server(config)
    # What was made at start stays and is not looked through again; what requests leave behind is in no circles, so that
    # looking for some can wait.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)

    async def main() -> None:
        path = Path(mock.settings.path)
        watching = asyncio.create_task(watch(path, mock.watched, mock.reload, told)) if mock.watched else None
        try:
            await server.serve(sockets=[listener])
        finally:
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching

    # From before the loop runs until it has ended: what is raised inside of it by a signal may get lost.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(main())
    return server.ended_by


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port` (0: any free one): from here on, clients that come are kept waiting.

    Raises a `UsageError` that says what to do where it cannot.
    """
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}; {_way_out(error)}") from None
    return listener


def _way_out(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "choose another --port (0 for any free one)"
    if error.errno == errno.EACCES:
        return "choose a --port from 1024 on"
    return "--host must be an address of this machine"


def _is_no_end(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
