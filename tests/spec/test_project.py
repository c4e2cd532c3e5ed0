"""Loading descriptions: folders, files and URLs, whole or refused with a place for each mistake."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.errors import DocumentError
from mock_server.spec import load
from mock_server.spec import project as module
from mock_server.spec.document import Source, read

ROOT = Path(__file__).parent.parent.parent
BUNDLED = ROOT / "openapi"
BASE = """\
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: 'https://example.com/v1'}]
paths:
  /pets:
    post:
      responses:
        '201':
          description: created
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
components:
  schemas:
    Pet:
      type: object
      properties:
        id: {type: string}
        state: {type: string}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Behaviour, version: '1'}
actions:
  - target: $
    update:
      x-resources:
        pets:
          lifecycle:
            property: state
            initial: young
            states:
              young: {next: [old]}
              old: {}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(BASE)
    (tmp_path / "1.overlay.yaml").write_text(OVERLAY)
    return tmp_path


def mistake(path: Path | str) -> str:
    with pytest.raises(DocumentError) as caught:
        load(str(path))
    assert all(problem.location is not None for problem in caught.value.problems)
    return str(caught.value)


def test_a_folder_is_its_document_its_overlays_and_its_handlers(folder: Path) -> None:
    (folder / "handlers.py").write_text("raise SystemExit('looking runs no code')")
    (folder / "notes.json").write_text("{")  # nobody's business
    (folder / "data.yaml").write_text("a: 1")
    found = load(str(folder))
    assert found.name == folder.name
    assert found.base_path == "/v1"
    assert [operation.id for operation in found.operations] == ["post_pets"]
    assert found.handlers_file == folder / "handlers.py"
    assert found.files == (folder / "api.yaml", folder / "1.overlay.yaml", folder / "handlers.py")
    pets = found.document["x-resources"]["pets"]
    assert pets["lifecycle"]["initial"] == "young"
    assert pets["operations"] == {"create": "post_pets"}
    assert [one.word for one in found.inferred] == ["operations.create", "schema", "identity"]
    assert found.warnings == ()


def test_a_file_is_only_itself(folder: Path) -> None:
    found = load(str(folder / "api.yaml"))
    assert found.handlers_file is None
    assert found.files == (folder / "api.yaml",)
    assert "lifecycle" not in found.document["x-resources"]["pets"]


def test_overlays_are_applied_in_the_order_of_their_names(folder: Path) -> None:
    for number in (3, 2, 10):
        text = OVERLAY[: OVERLAY.index("x-resources")] + f"x-last: '{number}'\n"
        (folder / f"{number}.overlay.yml").write_text(text)
    assert load(str(folder)).document["x-last"] == "3"


def test_the_base_path_can_be_replaced(folder: Path) -> None:
    for given_path, path in (("/api/", "/api"), ("api", "/api"), ("/", ""), ("", "")):
        assert load(str(folder), base_path=given_path).base_path == path


def test_a_place_is_in_the_file_that_wrote_it(folder: Path) -> None:
    found = load(str(folder))
    assert str(found.locate("/components/schemas/Pet/type")) == f"{folder}/api.yaml:16 /components/schemas/Pet/type"
    place = found.locate("/x-resources/pets/lifecycle/states/old")
    assert str(place) == f"{folder}/1.overlay.yaml:13 /actions/0/update/x-resources/pets/lifecycle/states/old"
    assert found.locate("/x-resources/pets/schema").line == 7  # inferred: the resource it was inferred for


def test_a_mistake_that_an_overlay_brings_in_is_told_there(folder: Path) -> None:
    (folder / "1.overlay.yaml").write_text(OVERLAY.replace("next: [old]", "next: [odl]"))
    found = mistake(folder)
    assert found.startswith(
        f"{folder}/1.overlay.yaml:12 /actions/0/update/x-resources/pets/lifecycle/states/young/next/0: "
    )
    assert "did you mean 'old'?" in found


def test_a_mistake_in_the_base_is_told_there(folder: Path) -> None:
    (folder / "api.yaml").write_text(BASE.replace("schemas/Pet'", "schemas/Pets'"))
    assert f"{folder}/api.yaml:12 /paths/~1pets/post/responses/201/content/application~1json/schema/$ref" in mistake(
        folder
    )


def test_mistakes_come_in_the_order_of_their_places(folder: Path) -> None:
    text = BASE.replace("description: created", "description: 1").replace("title: Pets", "title: 2")
    (folder / "api.yaml").write_text(text.replace("openapi: 3.1.0", "openapi: 3.1.0\nx-a: 1\ntgas: 1"))
    lines = [int(line.split(":")[1].split()[0]) for line in mistake(folder).splitlines()]
    assert lines == [4, 11, 3]  # the errors, then the warning


def test_mistakes_in_the_document_and_in_its_behaviour_are_told_at_once(folder: Path) -> None:
    (folder / "api.yaml").write_text(BASE.replace("type: object", "type: objet"))
    (folder / "1.overlay.yaml").write_text(OVERLAY.replace("next: [old]", "nxt: [old]"))
    found = mistake(folder)
    assert "did you mean 'object'?" in found
    assert "did you mean 'next'?" in found


def test_the_same_mistake_all_over_is_told_once(folder: Path) -> None:
    schemas = "".join(f"    S{number}: {{type: string, nullable: true}}\n" for number in range(50))
    (folder / "api.yaml").write_text(BASE + schemas)
    (warning,) = load(str(folder)).warnings
    assert warning.message.endswith("(and so in 49 more places)")
    assert warning.location is not None
    assert warning.location.line == 20


def test_warnings_do_not_keep_from_loading(folder: Path) -> None:
    (folder / "api.yaml").write_text(BASE + "servers2: 1\n")
    (warning,) = load(str(folder)).warnings
    assert str(warning).startswith(f"{folder}/api.yaml:20 /servers2: OpenAPI has no 'servers2' here")
    assert "did you mean 'servers'?" in str(warning)


def test_a_folder_needs_exactly_one_document(folder: Path, tmp_path: Path) -> None:
    (folder / "other.json").write_text(json.dumps(read(Source("a.yaml", BASE))))
    assert "several files here have an openapi member: api.yaml, other.json" in mistake(folder)
    (tmp_path / "empty").mkdir()
    assert "no .yaml, .yml or .json file here has an openapi member" in mistake(tmp_path / "empty")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(BASE)
    assert "no such file or folder; did you mean 'api.yaml'?" in mistake(tmp_path / "apy.yaml")
    assert "no such file or folder" in mistake(tmp_path / "a" / "b" / "c.yaml")
    assert "this cannot be read: embedded null byte" in mistake("no\0such")


@pytest.mark.parametrize("text", ["", "[]", "just text", "openapi: ]", "a: 1", "swagger: '2.0'", "openapi: 3.0.3"])
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "api.yaml").write_text(text)
    assert f"{tmp_path}/api.yaml:1" in mistake(tmp_path / "api.yaml")


def test_the_bundled_description_is_whole() -> None:
    found = load(str(BUNDLED))
    assert found.base_path == "/api/v1"
    assert found.warnings == ()
    assert {operation.id for operation in found.operations} >= {"createAudience", "listAudiences", "deleteAudience"}
    listed = found.document["x-resources"]["audiences"]["list"]
    assert listed == {
        "items": "/data",
        "size": "first",
        "after": "after",
        "filters": {"account_id": "account_id", "audience_id": "id"},
        "info": {
            "/page_info/start_cursor": "startCursor",
            "/page_info/end_cursor": "endCursor",
            "/page_info/has_next_page": "hasNextPage",
            "/page_info/has_previous_page": "hasPreviousPage",
        },
    }


def test_importing_spec_imports_nothing_above_it_and_nothing_slow() -> None:
    code = "import sys, mock_server.spec; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    allowed = {"mock_server", "mock_server.errors", "mock_server.types", "mock_server.spec"}
    assert {name for name in names if name.startswith("mock_server")} <= allowed | {
        name for name in names if name.startswith("mock_server.spec.")
    }
    slow = {
        "connexion",
        "jsonpath",
        "jsonschema",
        "jsonschema_rs",
        "http.client",
        "urllib.request",
        "flask",
        "schemathesis",
    }
    assert not names & slow


class Handler(BaseHTTPRequestHandler):
    """Serves one document, and goes round in circles elsewhere."""

    def do_GET(self) -> None:
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
        else:
            body = BASE.encode() if self.path == "/api.yaml" else b"x" * 5000
            self.send_response(200 if self.path != "/missing" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def origin() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_url_is_fetched(origin: str) -> None:
    found = load(f"{origin}/api.yaml")
    assert found.base_path == "/v1"
    assert found.files == ()
    assert str(found.locate("/paths/~1pets")) == f"{origin}/api.yaml:5 /paths/~1pets"


def test_what_cannot_be_fetched_is_told(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/missing", "/loop", "/file"):
        assert f"{origin}{path} /: this cannot be fetched" in mistake(origin + path)
    assert "cannot be fetched" in mistake("http://127.0.0.1:1/x")
    assert "cannot be fetched" in mistake("http://[bad/x")
    monkeypatch.setattr(module, "MAXIMUM_DOWNLOAD", 1000)
    assert "is larger than" in mistake(f"{origin}/big")


WORDS = st.sampled_from(
    ["x", "get", "id", "$ref", "#/components/schemas/Pet", "", "~1", "{id}", "/a/{b}", "default", "2s"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 600) | st.floats(-2, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


def check_places(error: DocumentError, folder: Path) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.location is not None
        assert problem.location.file.startswith(str(folder))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_damage_to_a_description_is_told_otherwise_than_with_places(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in sorted(BUNDLED.glob("*.y*ml")):
        content = read(Source(file.name, file.read_text()))
        for _ in range(data.draw(st.integers(0, 2))):
            container = data.draw(st.sampled_from(list(containers(content))))
            tokens = list(container) if isinstance(container, dict) else list(range(len(container)))
            if tokens:
                token = data.draw(st.sampled_from(tokens))
                if data.draw(st.booleans()):
                    del container[token]
                else:
                    container[token] = data.draw(JSON)
        (folder / file.name).write_text(yaml.safe_dump(content))
    try:
        load(str(folder))
    except DocumentError as error:
        check_places(error, folder)


def test_an_overlay_that_would_be_passed_over_is_told(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(BASE)
    (tmp_path / "overlay.yaml").write_text("# ours\n" + OVERLAY)
    with pytest.raises(DocumentError, match=r"overlay.yaml.*its name ends in \.overlay\.yaml"):
        load(str(tmp_path))


def test_a_misspelt_extension_is_told(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(BASE + "x-resource: {}\nx-internal: {}\n")
    (warning,) = load(str(tmp_path / "api.yaml")).warnings
    assert "did you mean 'x-resources'?" in warning.message
    assert warning.severity == "warning"
