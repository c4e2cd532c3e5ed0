"""`--watch`: a saved file is served, a broken one is told, and what still fits is kept."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import API, BEHAVIOUR, FILES, Running, command, running, until
from tests.conftest import Server

Write = Callable[..., Path]
HANDLERS = """\
from mock_server.handlers import operation


@operation("getVersion")
def version(call):
    return {"number": %d}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def watching(tmp_path: Path, folder: Path) -> Iterator[Running]:
    with running(tmp_path, folder, "--port", "0", "--watch", "--clock", "frozen") as mock:
        yield mock
        assert mock.end(signal.SIGTERM) == 143
        assert "Traceback" not in mock.err


def save(folder: Path, **texts: str) -> None:
    """Save files as editors do: another file takes the place of each."""
    for stem, text in texts.items():
        name = {"api": "api.yaml", "behaviour": "pets.overlay.yaml", "handlers": "handlers.py"}[stem]
        (folder / "saving.tmp").write_text(text)
        (folder / "saving.tmp").replace(folder / name)


def create(server: Server, name: str = "Rex") -> str:
    answer = server.ask("POST", "/v1/pets", {"name": name})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def version(server: Server) -> Any:
    return server.ask("GET", "/v1/version").json["number"]


def title(server: Server) -> str:
    return str(server.ask("GET", "/v1/openapi.json").json["info"]["title"])


def test_a_changed_overlay_is_served_and_what_fits_is_kept(watching: Running, folder: Path) -> None:
    server = watching.server
    kept = create(server)
    server.advance("2s")
    assert server.ask("GET", f"/v1/pets/{kept}").json["status"] == "fed"
    overlay = BEHAVIOUR + "  - {target: $.info, update: {title: Better pets}}\n"
    save(folder, behaviour=overlay.replace("{to: sold, after: 3s}", "{to: sold, after: 1h}"))
    until(lambda: title(server) == "Better pets")
    assert server.ask("GET", f"/v1/pets/{kept}").json["status"] == "fed"
    assert [pet["id"] for pet in server.ask("GET", "/v1/pets").json] == [kept]
    again = create(server)
    assert again != kept  # and no number is given twice
    server.advance("2s")
    server.advance("10s")
    assert server.ask("GET", f"/v1/pets/{again}").json["status"] == "fed"
    assert "dropped" not in watching.err


def test_what_no_longer_fits_is_dropped_with_a_line(watching: Running, folder: Path) -> None:
    server = watching.server
    gone = create(server, "Rex")
    kept = create(server, "Tom")
    toms = API.replace("name: {type: string}\n", "name: {type: string, pattern: T}\n")
    save(folder, api=toms.replace("title: Pets", "title: Toms"))
    until(lambda: title(server) == "Toms")
    assert server.ask("GET", f"/v1/pets/{gone}").status == 404
    assert server.ask("GET", f"/v1/pets/{kept}").json["name"] == "Tom"
    assert until(lambda: re.search(r"dropped 1 pets", watching.err))


def test_items_of_a_state_that_is_no_more_are_dropped(watching: Running, folder: Path) -> None:
    server = watching.server
    pet = create(server)
    overlay = BEHAVIOUR.replace("fed", "fat") + "  - {target: $.info, update: {title: Fat pets}}\n"
    save(folder, behaviour=overlay.replace("initial: new", "initial: fat").replace("new: {next: [fat]}", "").replace(
        "new: {leave: [{to: fat, after: 2s}]}", ""), api=API.replace("[new, fed", "[fat"))  # fmt: skip
    until(lambda: title(server) == "Fat pets")
    assert server.ask("GET", f"/v1/pets/{pet}").status == 404
    assert server.ask("POST", "/v1/pets", {"name": "Rex"}).json["status"] == "fat"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"api": API.replace("info: {", "info: [")}, r"api\.yaml:\d+ "),
        ({"behaviour": BEHAVIOUR.replace("lifecycle:", "lifcycle:")}, r"pets\.overlay\.yaml:11 .*did you mean"),
        ({"handlers": "raise ValueError('boo')\n"}, r"handlers\.py:1 .*ValueError: boo"),
        ({"handlers": "import sys\nsys.exit(0)\n"}, r"handlers\.py:2 .*SystemExit"),
        ({"handlers": "from mock_server.handlers import route\n\n@route('PUT', '/v1/x')\nasync def f(upload): ...\n"},
         r"handlers\.py.*PUT /v1/x"),
    ],
    ids=["the document", "an overlay", "an exception", "an exit", "a route"],
)  # fmt: skip
def test_a_broken_file_is_told_and_the_last_good_one_served(
    watching: Running, folder: Path, broken: dict[str, str], told: str
) -> None:
    server = watching.server
    pet = create(server)
    save(folder, **broken)
    until(lambda: re.search(f"not reloaded.*{told}", watching.err, re.DOTALL))
    assert server.ask("GET", f"/v1/pets/{pet}").json["name"] == "Rex"
    assert title(server) == "Pets"
    (folder / "handlers.py").unlink(missing_ok=True)
    save(folder, api=API.replace("title: Pets", "title: Good pets"), behaviour=BEHAVIOUR)
    until(lambda: title(server) == "Good pets")
    assert server.ask("GET", f"/v1/pets/{pet}").json["name"] == "Rex"
    assert "dropped" not in watching.err


def test_changed_handlers_are_served(watching: Running, folder: Path) -> None:
    server = watching.server
    assert version(server) == 1
    for number in (2, 3, 4):  # within a second, and of one size
        save(folder, handlers=HANDLERS % number)
        until(lambda number=number: version(server) == number)  # type: ignore[misc]
    (folder / "handlers.py").unlink()
    until(lambda: version(server) == 1)


def test_warnings_of_what_is_reloaded_are_told(watching: Running, folder: Path) -> None:
    save(folder, api=API.replace("application/json: {schema: {$ref: '#/components/schemas/NewPet'}}", "text/plain: {}"))
    until(lambda: re.search(r"^reloaded", watching.err, re.MULTILINE))
    assert re.search(r"^warning: .*api\.yaml:\d+ .*text/plain", watching.err, re.MULTILINE)


def test_another_file_is_none_of_its_business(watching: Running, folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    save(folder, api=API.replace("title: Pets", "title: Other pets"))
    until(lambda: title(watching.server) == "Other pets")
    assert watching.err.count("reloaded") == 1


def test_a_single_file_is_watched_too(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(API)
    with running(tmp_path, file, "--port", "0", "--watch") as mock:
        save(tmp_path, api=API.replace("number: 1}", "number: 2}"))
        until(lambda: version(mock.server) == 2)


def test_a_moved_base_path_is_served_with_its_documentation(watching: Running, folder: Path) -> None:
    server = watching.server
    save(folder, api=API.replace("/v1", "/v2"))
    until(lambda: server.ask("GET", "/v2/version").status == 200)
    assert server.ask("GET", "/v1/version").status == 404
    assert server.ask("GET", "/v2/openapi.json").json["servers"] == [{"url": "/v2"}]
    assert server.ask("GET", "/v2/ui/").status == 200


def test_a_url_cannot_be_watched(bundled: Server) -> None:
    told = command("run", f"{bundled.origin}/api/v1/openapi.json", "--port", "0", "--watch")
    assert (told.returncode, told.stdout) == (2, "")
    assert "--watch" in told.stderr
