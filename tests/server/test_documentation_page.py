"""The documentation page and web pages of other origins, in a real browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.browser import look
from tests.conftest import TOKEN, Server

# -- documentation -----------------------------------------------------------------------------------------------------


def test_the_documentation_page_shows_the_whole_document(mock: Server, tmp_path: Path) -> None:
    page = look(f"{mock.origin}/api/v1/ui/", tmp_path)
    assert "<title>Whop API</title>" in page.dom
    assert "Whop API v1 OAS 3.1" in page.text
    for operation in (
        "POST /audiences Create Audience",
        "GET /audiences List Audiences",
        "DELETE /audiences /{audience_id} Delete Audience",
        "POST /files Create File",
        "GET /files /{id} Retrieve File",
    ):
        assert operation in page.text
    for schema in ("Audience", "V1ErrorResponse", "PageInfo", "AudiencePage", "File"):
        assert f"{schema} Expand all object" in page.text
    assert "error" not in page.text.replace("V1ErrorResponse", "").lower()
    assert page.console == []


def test_an_operation_can_be_linked_to_and_shows_its_messages(mock: Server, tmp_path: Path) -> None:
    page = look(f"{mock.origin}/api/v1/ui/#/Audiences/createAudience", tmp_path)
    assert '"account_id" : "biz_4ZJ7Kq2mPx9Ydw"' in page.text
    assert "201 audience created" in page.text
    assert "Try again in 12 seconds." in page.text
    assert page.console == []


def test_the_documentation_page_asks_no_other_host(mock: Server, tmp_path: Path) -> None:
    requests = look(f"{mock.origin}/api/v1/ui/", tmp_path).requests
    assert f"{mock.origin}/api/v1/openapi.json" in requests
    assert {url for url in requests if not url.startswith(f"{mock.origin}/api/v1/")} == set()


# -- pages of another origin -------------------------------------------------------------------------------------------

SCRIPT = """<!doctype html><pre id="told"></pre><script type="module">
const mock = "%s", told = {};
const json = {"Content-Type": "application/json"};
const attempt = async (name, path, options, read) => {
  try {
    const answer = await fetch(mock + path, options);
    told[name] = await read(answer);
  } catch (error) {
    told[name] = error.name;
  }
};
%s
document.getElementById("told").textContent = JSON.stringify(told);
</script>"""


@contextmanager
def page_elsewhere(html: str) -> Iterator[str]:
    """A page on another port: its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def told_by(script: str, mock: Server, folder: Path) -> Any:
    """What a page of another origin found out about the mock."""
    with page_elsewhere(SCRIPT % (mock.origin, script)) as url:
        return json.loads(look(url, folder).text)


def test_an_app_on_another_port_can_use_the_mocked_api(mock: Server, tmp_path: Path) -> None:
    told = told_by(
        """
        const fields = {...json, Authorization: "Bearer token"};
        const order = {account_id: "biz_1", name: "spring", column_mapping: {email: "Email"}, file_id: "file_1"};
        const create = {method: "POST", headers: fields, body: JSON.stringify(order), credentials: "include"};
        await attempt("created", "/api/v1/audiences", create, async answer => [
          answer.status, (await answer.json()).status, answer.headers.get("Mock-Source")]);
        const list = {headers: fields};
        await attempt("listed", "/api/v1/audiences?account_id=biz_1", list, async answer => [
          answer.status, (await answer.json()).data.map(audience => audience.name)]);
        await attempt("refused", "/api/v1/audiences?account_id=biz_1", {}, async answer => [
          answer.status, answer.headers.get("WWW-Authenticate")]);
        """,
        mock,
        tmp_path,
    )
    assert told["created"] == [201, "pending", "state audiences"]
    assert told["listed"] == [200, ["spring"]]
    assert told["refused"] == [401, 'Bearer realm="api"']


def test_a_page_on_another_port_cannot_drive_the_mock(mock: Server, tmp_path: Path) -> None:
    made = mock.ask("POST", "/api/v1/files", {"filename": "customers.csv"}, TOKEN)
    before = mock.control("GET", "/clock")
    told = told_by(
        """
        const body = JSON.stringify({by: "1h"});
        const status = answer => answer.status, type = answer => answer.type;
        await attempt("json", "/__mock__/clock/advance", {method: "POST", headers: json, body}, status);
        await attempt("text", "/__mock__/clock/advance", {method: "POST", body}, status);
        await attempt("blind", "/__mock__/clock/advance", {method: "POST", body, mode: "no-cors"}, type);
        await attempt("reset", "/__mock__/reset", {method: "POST", mode: "no-cors"}, type);
        await attempt("read", "/__mock__/resources/files", {}, answer => answer.text());
        """,
        mock,
        tmp_path,
    )
    # A blind request is sent, and its answer kept from the page: what counts is that nothing came of it.
    assert told == {"json": "TypeError", "text": "TypeError", "blind": "opaque", "reset": "opaque", "read": "TypeError"}
    assert mock.control("GET", "/clock") == before
    assert mock.control("GET", f"/resources/files/{made.json['id']}")["state"] == "pending"
