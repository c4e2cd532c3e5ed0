"""The command `mock-server`: for people and for scripts.

Exit codes: 0 fine, 1 findings, 2 usage, or a document that cannot be served.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from mock_server.errors import DocumentError, Problem, UsageError
from mock_server.settings import Settings

if TYPE_CHECKING:
    from mock_server.messages import Request, Response
    from mock_server.spec import Description

F = TypeVar("F", bound=Callable[..., None])

_EXAMPLES = """
\b
Examples:
  mock-server run openapi/                    serve a project on http://127.0.0.1:8080
  mock-server run petstore.yaml --port 0      one file, on any free port
  mock-server run openapi/ --clock frozen     time moves only when a test moves it
  mock-server check openapi/                  find every mistake before it is served
"""


class _Commands(click.Group):
    """A group that asks "did you mean" of a mistyped command."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if close and "ean" not in error.message:
                error.message += f" Did you mean {close[0]!r}?"
            raise


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; mistakes of the document or the call end it with exit code 2 and what to do."""
    try:
        commands(args=arguments, auto_envvar_prefix="MOCK_SERVER", standalone_mode=False)
        code = 0
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        code = 130
    except (DocumentError, UsageError) as error:
        _tell_error(error)
        code = 2
    raise SystemExit(code)


@click.group(
    cls=_Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="mock-server", message="%(version)s")
def commands() -> None:
    """A stateful mock server made from an OpenAPI document.

    PATH is a folder (one OpenAPI document, *.overlay.yaml, handlers.py), a file or an http(s) URL. Every option can
    also be given as MOCK_SERVER_<COMMAND>_<OPTION> or, for run, as MOCK_SERVER_<OPTION>.
    """


@commands.command(
    epilog="""
\b
Examples:
  mock-server run openapi/
  mock-server run openapi/ --port 0 --clock frozen --seed 7
  mock-server run openapi/ --latency 200ms..600ms --watch
"""
)
@click.argument("path", envvar="MOCK_SERVER_PATH")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="MOCK_SERVER_HOST", help="Address to bind.")
@click.option(
    "--port", default=8080, show_default=True, envvar="MOCK_SERVER_PORT", type=click.IntRange(0, 65535),
    help="Port; 0 takes any free one.",
)  # fmt: skip
@click.option("--base-path", envvar="MOCK_SERVER_BASE_PATH", help="Instead of the path of the document's server URL.")
@click.option("--seed", default=0, show_default=True, envvar="MOCK_SERVER_SEED", help="Keys everything drawn.")
@click.option(
    "--clock", type=click.Choice(["real", "frozen"]), default="real", show_default=True, envvar="MOCK_SERVER_CLOCK",
    help="How virtual time passes.",
)  # fmt: skip
@click.option("--rate", default=1.0, show_default=True, envvar="MOCK_SERVER_RATE", help="Virtual seconds a second.")
@click.option("--latency", envvar="MOCK_SERVER_LATENCY", help="Hold each answer back: 200ms or 200ms..600ms.")
@click.option("--watch", is_flag=True, envvar="MOCK_SERVER_WATCH", help="Reload on change, keeping what still fits.")
@click.option(
    "--log", type=click.Choice(["text", "json", "none"]), envvar="MOCK_SERVER_LOG",
    help="One line a request, to standard error.  [default: text on a terminal, else none]",
)  # fmt: skip
@click.option(
    "--control-token", envvar="MOCK_SERVER_CONTROL_TOKEN",
    help="What /__mock__ asks for as a bearer token; needed on a non-loopback --host.",
)  # fmt: skip
@click.option(
    "--allow-host", multiple=True, envvar="MOCK_SERVER_ALLOW_HOST", help="Another name this server goes by; repeatable."
)
def run(path: str, latency: str | None, log: str | None, allow_host: tuple[str, ...], **options: Any) -> None:
    """Serve PATH until Ctrl-C."""
    from mock_server.server.process import Mock, listen, serve

    settings = Settings(
        path,
        latency=_latency(latency),
        log=log or ("text" if sys.stderr.isatty() else "none"),  # type: ignore[arg-type]
        allow_hosts=allow_host,
        **options,
    )
    mock = Mock(settings, _logger(settings.log))
    contract = mock.application.live.contract
    _tell_problems(contract.warnings)
    listener = listen(settings.host, settings.port)
    _tell_start(contract.description, f"http://{_authority(*listener.getsockname()[:2])}", settings)
    serve(mock, listener, lambda line: click.echo(line, err=True))


@commands.command(epilog="\b\nExample:\n  mock-server run openapi/ & mock-server wait && npm test")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="MOCK_SERVER_HOST")
@click.option("--port", default=8080, show_default=True, envvar="MOCK_SERVER_PORT")
@click.option("--timeout", default="30s", show_default=True, help="How long to wait at most.")
def wait(host: str, port: int, timeout: str) -> None:
    """Wait until a mock server answers; exit code 1 where none did in time."""
    from mock_server.waiting import answers_within

    if not answers_within(host, port, _span(timeout)):
        click.echo(f"nothing answered on {_authority(host, port)} within {timeout}", err=True)
        raise click.exceptions.Exit(1)


@commands.command(epilog="\b\nExample:\n  mock-server spec openapi/ --format json | jq .paths")
@click.argument("path", envvar="MOCK_SERVER_PATH")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def spec(path: str, form: str) -> None:
    """Print the effective document: the base with its overlays, and the behaviour inferred."""
    from mock_server.spec import load
    from mock_server.spec.yaml_output import to_yaml

    document = load(path).document
    click.echo(to_yaml(document) if form == "yaml" else json.dumps(document, indent=2, ensure_ascii=False))


@commands.command(epilog="\b\nExample:\n  mock-server resources openapi/ --format json")
@click.argument("path", envvar="MOCK_SERVER_PATH")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def resources(path: str, form: str) -> None:
    """Print the resources: what is stated of each, what was inferred, and why."""
    from mock_server.spec import load

    description = load(path)
    inferred: dict[str, dict[str, Any]] = {}
    for each in description.inferred:
        inferred.setdefault(each.resource, {})[each.word] = {"value": each.value, "why": each.why}
    told = {
        name: {
            "stated": {word: value for word, value in definition.items() if word not in inferred.get(name, {})},
            "inferred": inferred.get(name, {}),
        }
        for name, definition in description.document.get("x-resources", {}).items()
    }
    click.echo(json.dumps(told, indent=2, ensure_ascii=False) if form == "json" else _resources_text(told))


@commands.command(epilog="\b\nExample:\n  mock-server check openapi/ --seeds 500")
@click.argument("path", envvar="MOCK_SERVER_PATH")
@click.option("--seeds", default=100, show_default=True, help="How many seeds each simulation is tried with.")
def check(path: str, seeds: int) -> None:
    """Find what is wrong in PATH: the document, its overlays, its behaviour, and every success answer.

    Each lifecycle is simulated with many seeds and must keep its own contract. Exit code 1 where a check fails,
    2 where PATH cannot be served at all.
    """
    from mock_server.checking import check_all

    description, problems = check_all(path, seeds)
    _tell_problems(problems)
    errors = sum(problem.severity == "error" for problem in problems)
    operations, count = len(description.operations), len(description.document.get("x-resources", {}))
    click.echo(
        f"{description.name}: {operations} operations, {count} resources, {seeds} seeds each: "
        f"{errors} errors, {len(problems) - errors} warnings"
    )
    if errors:
        raise click.exceptions.Exit(1)


def _tell_start(description: "Description", address: str, settings: Settings) -> None:
    resources = ", ".join(description.document.get("x-resources", {})) or "none"
    title = description.document["info"]["title"]
    base = address + description.base_path
    clock = f"{settings.clock}, {settings.rate:g} seconds a second" if settings.clock == "real" else "frozen"
    lines = [
        f"{click.style(title, bold=True)} on {click.style(base, fg='green')}",
        f"  operations  {len(description.operations)}, documented at {base}/ui/",
        f"  resources   {resources}",
        f"  clock       {clock}; move it: curl -X POST {address}/__mock__/clock/advance "
        "-H 'Content-Type: application/json' -d '{\"by\": \"10s\"}'",
    ]
    click.echo("\n".join(lines))


def _tell_problems(problems: "tuple[Problem, ...] | list[Problem]") -> None:
    for problem in problems:
        colour = "red" if problem.severity == "error" else "yellow"
        click.echo(f"{click.style(problem.severity, fg=colour)}: {problem}", err=True)


def _tell_error(error: DocumentError | UsageError) -> None:
    if isinstance(error, DocumentError):
        _tell_problems(list(error.problems))
    else:
        click.echo(f"{click.style('error', fg='red')}: {error}", err=True)


def _resources_text(told: Mapping[str, Mapping[str, Any]]) -> str:
    lines = []
    for name, of in told.items():
        lines.append(click.style(name, bold=True))
        lines += [f"  stated    {word}: {_short(value)}" for word, value in of["stated"].items()]
        lines += [
            f"  inferred  {word}: {_short(each['value'])}   ({each['why']})" for word, each in of["inferred"].items()
        ]
    return "\n".join(lines) or "no resources: nothing in this document is stateful"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."


def _logger(form: str) -> "Callable[[Request, Response, int], None] | None":
    if form == "none":
        return None
    from mock_server.request_log import json_line, text_line

    line = json_line if form == "json" else text_line
    return lambda request, response, microseconds: click.echo(line(request, response, microseconds), err=True)


def _latency(text: str | None) -> tuple[timedelta, timedelta] | None:
    if text is None:
        return None
    from mock_server.spec.language import parse_duration

    try:
        low, high = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--latency: {error}") from None
    return timedelta(microseconds=low), timedelta(microseconds=high)


def _span(text: str) -> timedelta:
    latency = _latency(text)
    assert latency is not None
    return latency[1]


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
