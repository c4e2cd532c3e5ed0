"""The command `mock-server`: for people and for scripts.

Exit codes: 0 fine, 1 findings, 2 usage, or a document that cannot be served; 130 and 143 where SIGINT (Ctrl-C) and
SIGTERM ended it, as a shell counts them.
"""

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mock_server.errors import DocumentError, Problem, UsageError
from mock_server.settings import Settings

if TYPE_CHECKING:
    from mock_server.messages import Request, Response
    from mock_server.spec import Description


def _spans(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[timedelta, timedelta] | None:
    """The least and the greatest of a duration, or of a range of them."""
    from mock_server.spec.durations import parse

    if text is None:
        return None
    try:
        low, high = parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return timedelta(microseconds=low), timedelta(microseconds=high)


def _plain_path(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """A path as RFC 3986 writes it (§3.3), or '' for the root."""
    if text is not None and re.fullmatch(r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*", text, re.ASCII) is None:
        raise click.BadParameter(f"{text!r} is no path; write one such as /api/v2")
    return text


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; mistakes of the document or the call end it with exit code 2 and what to do."""
    # https://no-color.org
    color = False if os.environ.get("NO_COLOR") else None
    try:
        code = commands(args=arguments, standalone_mode=False, color=color) or 0
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        code = 130
    except DocumentError as error:
        _tell_problems(error.problems, color=color)
        code = 2
    except UsageError as error:
        _tell_problems([Problem(str(error))], color=color)
        code = 2
    raise SystemExit(code)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""
\b
Examples:
  mock-server run openapi/                    serve a project on http://127.0.0.1:8080
  mock-server run petstore.yaml --port 0      one file, on any free port
  mock-server run openapi/ --clock frozen     time moves only when a test moves it
  mock-server check openapi/                  find every mistake before it is served

\b
Exit codes:
  0 fine, 1 findings, 2 usage, or a document that cannot be served; 130 after Ctrl-C, 143 after SIGTERM
""",
)
@click.version_option(package_name="mock-server", message="%(version)s")
def commands() -> None:
    """A stateful mock server made from an OpenAPI document.

    PATH is a folder (one OpenAPI document, *.overlay.yaml, handlers.py), a file or an http(s) URL. Every option of
    every command can also be given as a variable: --base-path as MOCK_SERVER_BASE_PATH, and PATH as MOCK_SERVER_PATH.
    """


def _command(option: str, *examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command whose help ends with how its options, as `option`, are given as variables, and with examples."""
    variable = f"MOCK_SERVER_{option.upper().replace('-', '_')}"
    lines = "\n".join(f"  mock-server {example}" for example in examples)
    return commands.command(
        # On each command, so that its name is no part of its variables' names.
        context_settings={"auto_envvar_prefix": "MOCK_SERVER"},
        epilog=f"Each option can be given as a variable too: --{option} as {variable}.\n\n"
        f"\b\nExample{'s' if len(examples) > 1 else ''}:\n{lines}",
    )


_path = click.argument("path", envvar="MOCK_SERVER_PATH")


@_command(
    "base-path",
    "run openapi/",
    "run openapi/ --port 0 --clock frozen --seed 7",
    "run openapi/ --latency 200ms..600ms --watch",
)
@_path
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes any free one."
)
@click.option(
    "--base-path", metavar="PATH", callback=_plain_path, help="Instead of the path of the document's server URL."
)
@click.option("--seed", default=0, show_default=True, help="Everything that is drawn depends on it.")
@click.option(
    "--clock", type=click.Choice(["real", "frozen"]), default="real", show_default=True, help="How virtual time passes."
)
@click.option("--rate", default=1.0, show_default=True, help="Virtual seconds a second.")
@click.option("--latency", metavar="SPAN", callback=_spans, help="Hold each answer back: 200ms or 200ms..600ms.")
@click.option("--watch", is_flag=True, help="Reload on change, keeping the items that still fit.")
@click.option(
    "--log", type=click.Choice(["text", "json", "none"]),
    help="One line a request, to standard error.  [default: text on a terminal, else none]",
)  # fmt: skip
@click.option("--control-token", help="What /__mock__ asks for as a bearer token; needed on a non-loopback --host.")
@click.option(
    "--allow-host", multiple=True,
    help="Another name this server goes by; repeatable, in the variable with spaces between.",
)  # fmt: skip
def run(path: str, log: str | None, allow_host: tuple[str, ...], **options: Any) -> None:
    """Serve PATH until Ctrl-C."""
    from mock_server.server.process import Mock, listen, serve

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    settings = Settings(
        path,
        log=log or ("text" if sys.stderr.isatty() else "none"),  # type: ignore[arg-type]
        allow_hosts=allow_host,
        **options,
    )
    mock = Mock(settings, _logger(settings.log))
    contract = mock.application.live.contract
    _tell_problems(contract.warnings)
    listener = listen(settings.host, settings.port)
    _tell_start(contract.description, f"http://{_authority(*listener.getsockname()[:2])}", settings)
    raise click.exceptions.Exit(128 + serve(mock, listener, _teller(settings.log)))


@_command("port", "run openapi/ & mock-server wait && npm test")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it is to answer.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@click.option(
    "--timeout", metavar="SPAN", callback=_spans, default="30s", show_default=True, help="How long to wait at most."
)
def wait(host: str, port: int, timeout: tuple[timedelta, timedelta]) -> None:
    """Wait until a mock server answers.

    Exit code 1 where none did in time.
    """
    from mock_server.waiting import answers_within

    if not answers_within(host, port, timeout[1]):
        click.echo(
            f"no mock server answered on {_authority(host, port)} within {timeout[1].total_seconds():g} s", err=True
        )
        raise click.exceptions.Exit(1)


@_command("format", "spec openapi/ --format json | jq .paths")
@_path
@click.option(
    "--format", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="How it is written."
)
def spec(path: str, format: str) -> None:
    """Print the effective document.

    It is the base with its overlays, and the behaviour inferred.
    """
    from mock_server.spec import load
    from mock_server.spec.yaml_output import to_yaml

    document = load(path).document
    click.echo(to_yaml(document) if format == "yaml" else json.dumps(document, indent=2, ensure_ascii=False))


@_command("format", "resources openapi/ --format json")
@_path
@click.option(
    "--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How it is written."
)
def resources(path: str, format: str) -> None:
    """Print the resources, stated and inferred.

    Of each: what the document states, what was inferred, and why.
    """
    from mock_server.spec import load

    description = load(path)
    inferred: dict[str, dict[str, Any]] = {}
    for each in description.inferred:
        inferred.setdefault(each.resource, {})[each.word] = {"value": each.value, "why": each.why}
    told = {
        name: {"stated": _stated(definition, inferred.get(name, {})), "inferred": inferred.get(name, {})}
        for name, definition in description.document.get("x-resources", {}).items()
    }
    click.echo(json.dumps(told, indent=2, ensure_ascii=False) if format == "json" else _resources_text(told))


@_command("seeds", "check openapi/ --seeds 500")
@_path
@click.option(
    "--seeds", default=100, show_default=True, type=click.IntRange(1),
    help="How many seeds each simulation is tried with.",
)  # fmt: skip
def check(path: str, seeds: int) -> None:
    """Find what is wrong in PATH.

    The document, its overlays, its behaviour and every success answer are tried; each lifecycle is simulated with many
    seeds and must keep its own contract. Exit code 1 where a check fails, 2 where PATH cannot be served at all.
    """
    from mock_server.checking import check_all

    description, problems = check_all(path, seeds)
    _tell_problems(problems)
    errors = sum(problem.severity == "error" for problem in problems)
    tried = ", ".join(
        [
            _counted(len(description.operations), "operation"),
            _counted(len(description.document.get("x-resources", {})), "resource"),
            _counted(seeds, "seed"),
        ]
    )
    found = f"{_counted(errors, 'error')}, {_counted(len(problems) - errors, 'warning')}"
    click.echo(f"{description.name}: {tried}: {found}")
    if errors:
        raise click.exceptions.Exit(1)


def _end(number: int, _: object) -> NoReturn:
    # Nothing is served yet. What a handler of signals raises may get lost, as in a finalizer that happens to run.
    os._exit(128 + number)


def _tell_start(description: "Description", address: str, settings: Settings) -> None:
    resources = ", ".join(description.document.get("x-resources", {})) or "none"
    title = description.document["info"]["title"]
    base = address + description.base_path
    clock = f"{settings.clock}, {settings.rate:g} seconds a second" if settings.clock == "real" else "frozen"
    token = " -H 'Authorization: Bearer <control token>'" if settings.control_token else ""
    move = f"curl -X POST {address}/__mock__/clock/advance{token} -H 'Content-Type: application/json'"
    move += """ -d '{"by": "10s"}'"""
    lines = [
        f"{click.style(title, bold=True)} on {click.style(base, fg='green')}",
        f"  operations  {len(description.operations)}, documented at {base}/ui/",
        f"  resources   {resources}",
        f"  clock       {clock}; move it: {move}",
    ]
    click.echo("\n".join(lines))


def _tell_problems(problems: Sequence[Problem], *, color: bool | None = None) -> None:
    for problem in problems:
        word = click.style(problem.severity, fg="red" if problem.severity == "error" else "yellow")
        click.echo(f"{word}: {problem}", err=True, color=color)


def _teller(form: str) -> Callable[[str], None]:
    """What tells of reloads, in the form that requests are told in."""
    if form == "json":
        from mock_server.request_log import json_note

        return lambda lines: click.echo(json_note(lines), err=True)
    return lambda lines: click.echo(lines, err=True)


def _stated(definition: Mapping[str, Any], inferred: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a resource that nobody had to infer; of `operations`, those of its own words."""
    stated = {word: value for word, value in definition.items() if word not in inferred}
    operations = {
        verb: name for verb, name in stated.pop("operations", {}).items() if f"operations.{verb}" not in inferred
    }
    return {**stated, "operations": operations} if operations else stated


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

    def tell(request: "Request", response: "Response", microseconds: int) -> None:
        # Who read the log may be gone: the server goes on.
        with contextlib.suppress(OSError):
            click.echo(line(request, response, microseconds), err=True)

    return tell


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
