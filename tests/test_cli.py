"""The command as people and scripts meet it: help, exit codes, mistakes, what it prints."""

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.cli import commands
from mock_server.spec import load
from mock_server.spec.document import Source, read
from tests.commands import API, BEHAVIOUR, COMMAND, FILES, command, running, until
from tests.conftest import ROOT, TOKEN, Server, serving

NAMES = sorted(commands.commands)
ORDER = {"account_id": "biz_1", "name": "spring", "column_mapping": {"email": "Email"}, "file_id": "file_1"}
EVERYWHERE = "0.0.0.0"  # noqa: S104  what the guard is about
Write = Callable[..., Path]


def create(server: Server, base_path: str = "/api/v1", **fields: str) -> Any:
    answer = server.ask("POST", f"{base_path}/audiences", ORDER, {**TOKEN, **fields})
    assert answer.status == 201, answer.body
    return answer.json


# -- help --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_ends_with_an_example_that_can_be_copied(name: str) -> None:
    told = command(*name.split(), "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert re.search(rf"Examples?:\n {{2,}}mock-server {'run' if name in ('', 'wait') else name} ", told.stdout)
    assert "MOCK_SERVER_" in told.stdout


@pytest.mark.parametrize("name", NAMES)
def test_help_explains_every_option(name: str) -> None:
    for option in commands.commands[name].params:
        if option.param_type_name == "option":
            assert getattr(option, "help", None), option.name


# -- exit codes --------------------------------------------------------------------------------------------------------


def test_a_mistyped_command_or_option_is_answered_with_the_right_one() -> None:
    for arguments, meant in ((["chekc", "openapi"], "'check'"), (["run", "openapi", "--clok", "real"], "--clock")):
        told = command(*arguments)
        assert told.returncode == 2
        assert re.search(rf"Did you mean.*{meant}", told.stderr)


@pytest.mark.parametrize(
    "option",
    ["--latency=soon", "--latency=5s..1s", "--rate=0", "--rate=-1", "--rate=nan", "--rate=inf", "--rate=x", "--seed=x",
     "--port=70000", "--clock=fast", "--log=xml", "--base-path=/a b", "--base-path=/__mock__", "--control-token=",
     "--host=10.1.2.3", "--host=nope.invalid", f"--host={EVERYWHERE}"],
)  # fmt: skip
def test_a_nonsense_value_is_refused_with_what_is_wrong(option: str) -> None:
    name = option.partition("=")[0]
    guarded = name == "--host" and not option.endswith(EVERYWHERE)
    arguments = [option, *(["--control-token", "t"] if guarded else [])]
    if name == "--control-token":
        arguments = ["--host", EVERYWHERE, option]  # an empty one guards nothing
    told = command("run", "openapi", "--port", "0", *arguments)
    assert (told.returncode, told.stdout) == (2, "")
    assert name.removeprefix("--") in told.stderr
    assert "Traceback" not in told.stderr


def test_a_host_of_other_machines_needs_a_control_token() -> None:
    told = command("run", "openapi", "--port", "0", "--host", EVERYWHERE)
    assert told.returncode == 2
    assert "--control-token" in told.stderr and "MOCK_SERVER_CONTROL_TOKEN" in told.stderr
    with serving("openapi", "--host", EVERYWHERE, "--control-token", "t") as server:
        assert server.ask("GET", "/__mock__/health").status == 401


def test_a_port_that_is_taken_is_told_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = command("run", "openapi", "--port", port)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1
    assert port in told.stderr and "--port" in told.stderr


MISTAKES: Mapping[str, tuple[dict[str, str], str]] = {
    "YAML that is none": ({"api.yaml": "openapi: 3.1.0\ninfo: {title: x\npaths: {}\n"}, r"/api\.yaml:3 "),
    "a reference that leads nowhere": (
        {"api.yaml": API.replace("NewPet'", "NewPat'")},
        r"/api\.yaml:10 /paths/~1pets/post/\S*: .*NewPat",
    ),
    "a target that selects nothing": (
        {**FILES, "pets.overlay.yaml": BEHAVIOUR.replace("target: $", "target: $.paths['/pet']")},
        r"/pets\.overlay\.yaml:4 /actions/0/target: .*did you mean '/pets'",
    ),
    "a word that the language has not": (
        {**FILES, "pets.overlay.yaml": BEHAVIOUR.replace("lifecycle:", "lifcycle:")},
        r"/pets\.overlay\.yaml:11 \S*/x-resources/pets/lifcycle: .*did you mean 'lifecycle'",
    ),
    "a state that there is not": (
        {**FILES, "pets.overlay.yaml": BEHAVIOUR.replace("next: [sold]", "next: [sould]")},
        r"/pets\.overlay\.yaml:16 \S*/states/fed\S*: .*did you mean 'sold'",
    ),
    "no document": ({"notes.txt": ""}, r"openapi member"),
    "Python that is none": ({**FILES, "handlers.py": "x = 1\ndef f(:\n"}, r"/handlers\.py:2 .*SyntaxError"),
    "Python that raises": (
        {**FILES, "handlers.py": "def f():\n    raise KeyError('boo')\n\nf()\n"},
        r"/handlers\.py:2 .*KeyError: 'boo'",
    ),
    "Python that ends the process": (
        {**FILES, "handlers.py": "import sys\n\nsys.exit('bye')\n"},
        r"/handlers\.py:3 .*SystemExit: bye",
    ),
    "a hook for no state": (
        {**FILES, "handlers.py": "from mock_server.handlers import on_entry\n\n"
                                 "@on_entry('pets', 'sould')\ndef sell(item, context): ...\n"},
        r"/handlers\.py:\d .*'sould'; did you mean 'sold'",
    ),
    "a handler for no operation": (
        {**FILES, "handlers.py": "from mock_server.handlers import operation\n\n"
                                 "@operation('getPat')\ndef get(call): ...\n"},
        r"/handlers\.py:\d .*'getPat'; did you mean 'getPet'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("name", ["run", "check"])
def test_a_mistake_is_told_with_its_place(project: Write, tmp_path: Path, name: str, mistake: str) -> None:
    files, wanted = MISTAKES[mistake]
    project(**files)
    # As people call it: by a path from where they are.
    told = command(name, f"./{tmp_path.name}", *(["--port", "0"] if name == "run" else []), cwd=tmp_path.parent)
    assert (told.returncode, told.stdout) == (2, "")
    assert re.search(f"^error: .*{wanted}", told.stderr, re.MULTILINE), told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("name", ["run", "check", "spec", "resources"])
def test_a_missing_file_is_told_with_one_that_is_like_it(name: str) -> None:
    told = command(name, "opnapi")
    assert (told.returncode, told.stdout) == (2, "")
    assert re.search("opnapi.*did you mean 'openapi'", told.stderr)


def test_looking_runs_no_handlers(project: Write) -> None:
    folder = project(**FILES, **{"handlers.py": "raise SystemExit('it ran')"})
    for name in ("spec", "resources"):
        assert command(name, folder).returncode == 0


def test_a_reader_that_goes_away_is_no_fault() -> None:
    with subprocess.Popen(
        [COMMAND, "spec", "openapi"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as told:
        assert told.stdout is not None and told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == b""


# -- variables ---------------------------------------------------------------------------------------------------------


def test_every_option_of_run_is_a_variable_too(tmp_path: Path) -> None:
    variables = {
        "PATH": "openapi", "HOST": "localhost", "PORT": "0", "BASE_PATH": "/v9", "SEED": "7", "CLOCK": "frozen",
        "RATE": "3", "LATENCY": "1ms..2ms", "WATCH": "1", "LOG": "json", "CONTROL_TOKEN": "t",
        "ALLOW_HOST": "a.test b.test",
    }  # fmt: skip
    options = {str(each.name).upper() for each in commands.commands["run"].params}  # click names them for its variables
    assert options == set(variables)
    with running(tmp_path, env={f"MOCK_SERVER_{name}": value for name, value in variables.items()}) as mock:
        assert mock.server.origin.startswith("http://127.0.0.1:")
        assert create(mock.server, "/v9")["id"]
        for host in ("a.test", "b.test"):
            fields = {"Authorization": "Bearer t", "Host": host}
            assert mock.server.ask("GET", "/__mock__/health", fields=fields).json["seed"] == 7
        clock = mock.server.ask("GET", "/__mock__/clock", fields={"Authorization": "Bearer t"}).json
        assert (clock["mode"], clock["rate"]) == ("frozen", 3)
        line = until(lambda: [json.loads(line) for line in mock.err.splitlines()])[0]
        assert (line["method"], line["status_code"]) == ("POST", 201)
        assert line["milliseconds"] >= 1


@pytest.mark.parametrize(
    ("name", "option"), [("wait", "timeout"), ("wait", "port"), ("wait", "host"), ("spec", "format"),
                         ("resources", "format"), ("check", "seeds")],
)  # fmt: skip
def test_options_of_other_commands_are_variables_too(name: str, option: str) -> None:
    nonsense = {"MOCK_SERVER_PORT": "1", "MOCK_SERVER_TIMEOUT": "1ms", f"MOCK_SERVER_{option.upper()}": "no such"}
    told = command(name, *([] if name == "wait" else ["openapi"]), env=nonsense)
    assert told.returncode == (1 if option == "host" else 2)
    assert "no such" in told.stderr


def test_an_option_counts_more_than_its_variable() -> None:
    told = command("spec", "openapi", "--format", "json", env={"MOCK_SERVER_FORMAT": "yaml"})
    assert json.loads(told.stdout)


# -- run ---------------------------------------------------------------------------------------------------------------


def test_the_start_tells_what_is_served_and_how_to_move_its_clock(tmp_path: Path) -> None:
    with running(tmp_path, "openapi", "--port", "0", "--clock", "frozen") as mock:
        told = until(lambda: mock.out if "clock" in mock.out else "")
        for part in ("Whop API", f"{mock.server.origin}/api/v1", "operations  5", "audiences, files", "frozen"):
            assert part in told
        (line,) = re.findall(r"curl .*", told)
        before = mock.server.control("GET", "/clock")["epoch"]
        moved = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True, timeout=30).stdout
        assert json.loads(moved)["epoch"] == pytest.approx(before + 10)
        assert mock.err == ""


def test_the_same_seed_gives_the_same_ids_and_another_gives_others() -> None:
    ids = []
    for seed in ("1", "1", "2"):
        with serving("openapi", "--seed", seed) as server:
            ids.append([create(server)["id"] for _ in range(3)])
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])


def test_the_base_path_replaces_the_documents(project: Write, tmp_path: Path) -> None:
    with running(tmp_path, "openapi", "--port", "0", "--base-path", "v9/") as mock:
        assert f"{mock.server.origin}/v9\n" in mock.out
        assert create(mock.server, "/v9")
        assert mock.server.ask("POST", "/api/v1/audiences", ORDER, TOKEN).status == 404
        assert mock.server.ask("GET", "/v9/openapi.json").json["servers"] == [{"url": "/v9"}]
        assert mock.server.ask("GET", "/v9/ui/").status == 200
    project(**{"api.yaml": API})
    with serving(str(tmp_path), "--base-path", "/") as server:
        assert server.ask("GET", "/version").json == {"number": 1}


def test_an_audience_becomes_ready_by_itself_in_real_time() -> None:
    with serving("openapi", "--clock", "real", "--rate", "1000") as server:
        made = create(server)
        query = f"/api/v1/audiences?account_id=biz_1&audience_id={made['id']}"
        statuses = ["pending"]

        def is_over() -> bool:
            statuses.append(server.ask("GET", query, fields=TOKEN).json["data"][0]["status"])
            return statuses[-1] == "ready"

        until(is_over)
        order = ["pending", "processing", "syncing", "ready"]
        assert statuses == sorted(statuses, key=order.index)


def test_every_answer_is_held_back_by_the_latency() -> None:
    with serving("openapi", "--latency", "300ms..301ms", "--log", "json") as server:
        create(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.stdout is not None
        (line,) = [line for line in server.process.stdout if line.startswith("{")]
        assert json.loads(line)["milliseconds"] >= 300


@pytest.mark.parametrize("form", ["text", "json", "none", None])
def test_requests_are_logged_to_standard_error_as_asked(tmp_path: Path, form: str | None) -> None:
    with running(tmp_path, "openapi", "--port", "0", *(["--log", form] if form else [])) as mock:
        create(mock.server)
        mock.server.ask("GET", "/nowhere")
        mock.end(signal.SIGTERM)
        lines = mock.err.splitlines()
        if form in ("none", None):
            assert lines == []  # no terminal, so none unless asked
        elif form == "json":
            assert [json.loads(line)["status_code"] for line in lines] == [201, 404]
        else:
            assert re.fullmatch(r"\d\d:\d\d:\d\d POST \S*/audiences 201 state audiences [\d.]+ ms", lines[0])
            assert len(lines) == 2
        assert "state audiences" not in mock.out


# -- terminals ---------------------------------------------------------------------------------------------------------


def on_a_terminal(
    *arguments: str, env: dict[str, str] | None = None, then: Callable[[str], bool] = lambda _: False
) -> str:
    """What the command shows on a terminal of its own; it is ended (Ctrl-C) as soon as `then` is true of that."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *arguments], stdin=inner, stdout=inner, stderr=inner, cwd=ROOT, env={**os.environ, **(env or {})}
    )
    os.close(inner)
    shown = ""
    try:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while data := os.read(outer, 65536):
                shown += data.decode()
                if then(shown):
                    process.send_signal(signal.SIGINT)
    finally:
        process.kill()
        process.wait(timeout=10)
        os.close(outer)
    return shown


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b[31merror\x1b[0m: nowhere" in on_a_terminal("spec", "nowhere")
    assert "\x1b[" not in on_a_terminal("spec", "nowhere", env={"NO_COLOR": "1"})
    assert "\x1b[" not in command("spec", "nowhere").stderr
    assert "\x1b[" in on_a_terminal("resources", "openapi")
    assert "\x1b[" not in command("resources", "openapi").stdout


def test_on_a_terminal_each_request_is_a_line() -> None:
    asked: list[int] = []

    def ask(shown: str) -> bool:
        found = re.search(r"http://[^/\s]+:(\d+)/api/v1/ui", shown)
        if found and not asked:
            asked.append(int(found[1]))
            with socket.create_connection(("127.0.0.1", asked[0]), timeout=10) as connection:
                connection.sendall(b"GET /api/v1/%1b%5b31mred HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                while connection.recv(4096):
                    pass
        return "mred 404" in shown

    shown = on_a_terminal("run", "openapi", "--port", "0", then=ask)
    assert "\x1b[32mhttp://127.0.0.1:" in shown
    (line,) = [line for line in shown.splitlines() if "mred" in line]
    assert "\x1b" not in line  # what a client sends does not steer the terminal
    assert "Traceback" not in shown


# -- spec, resources, check --------------------------------------------------------------------------------------------


class CoreLoader(yaml.SafeLoader):
    """A reader of YAML 1.2's core schema (§10.3.2)."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
     "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
):  # fmt: skip
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))

TRICKY = """
openapi: 3.1.0
info: {title: 'on', version: '1e3', description: "a\\nb # c: d\\n", x-a: ['0o17', '12:30', '=', '<<', 'y', 'No', '~',
  'null', '2026-01-01', '+.5', '.5', '1_000', '0x1F', '-', '', ' x ', "\\u2028\\t\\x85", '1.',
  'é', '😀', '.inf', '0b1'],
  x-b: [1e3, 0o17, true, null, -0.0, 1.5e-7, 123456789012345678901234567890, 0x1F, 2026-01-01, 12:30, on, 1_000]}
paths: {}
"""


@pytest.mark.parametrize("path", ["openapi", "tricky.yaml"])
def test_spec_means_the_same_to_every_reader(tmp_path: Path, path: str) -> None:
    if path == "tricky.yaml":
        (tmp_path / path).write_text(TRICKY, "utf-8")
        path = str(tmp_path / path)
    document = load(path).document
    text = command("spec", path).stdout
    assert json.loads(command("spec", path, "--format", "json").stdout) == document
    assert read(Source("it", text)) == document
    assert yaml.safe_load(text) == document
    assert yaml.load(text, CoreLoader) == document  # noqa: S506  a safe one
    (tmp_path / "again.yaml").write_text(text, "utf-8")
    assert load(str(tmp_path / "again.yaml")).document == document


def test_resources_tell_what_is_stated_and_what_was_inferred_and_why(project: Write) -> None:
    told = json.loads(command("resources", "openapi", "--format", "json").stdout)
    assert set(told) == {"audiences", "files"}
    assert told["audiences"]["stated"]["lifecycle"]["property"] == "status"
    assert told["audiences"]["inferred"]["list"]["value"]["items"] == "/data"
    assert "GET /audiences" in told["audiences"]["inferred"]["list"]["why"]
    text = command("resources", project(**{"api.yaml": API})).stdout
    assert re.search(r"^  inferred +identity: .*\bid\b.*\(.*\)$", text, re.MULTILINE)
    nothing = "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n"
    assert command("resources", project(**{"api.yaml": nothing})).stdout.startswith("no resources")


def test_the_bundled_project_is_without_fault() -> None:
    told = command("check", "openapi")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "openapi: 5 operations, 2 resources, 100 seeds: 0 errors, 0 warnings\n"


def test_a_finding_of_check_is_exit_code_1(project: Write) -> None:
    told = command("check", project(**{**FILES, "api.yaml": API.replace("number: 1}", "number: one}")}))
    assert told.returncode == 1
    assert re.search(r"^error: .*/api\.yaml:\d+ /paths/~1version/get/\S*: .*'one'|\"one\"", told.stderr, re.MULTILINE)
    assert "1 error, 0 warnings" in told.stdout


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\S+\n", command("--version").stdout)


def test_the_module_is_importable_without_the_server() -> None:
    code = "import sys, mock_server.cli; sys.exit('connexion' in sys.modules or 'uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
