"""What stands on the wire, whatever the operation: methods, CORS, bodies that are not fit, secrets."""

import gzip
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TOKEN, Server, serving
from tests.worlds import PETS

AUDIENCES = "/api/v1/audiences"
ORDER = {"account_id": "biz_1", "name": "spring", "column_mapping": {"email": "Email"}, "file_id": "file_1"}
JSON = {**TOKEN, "Content-Type": "application/json"}


def message(answer: Any) -> str:
    """An error's message; it must have the documented shape and nothing else."""
    assert answer.json.keys() == {"error"}
    assert answer.json["error"].keys() == {"type", "message"}
    return str(answer.json["error"]["message"])


# -- routing -----------------------------------------------------------------------------------------------------------


def test_an_unknown_path_is_404_and_names_the_nearest(mock: Server) -> None:
    answer = mock.ask("GET", "/api/v1/audience")
    assert (answer.status, answer.fields["mock-source"]) == (404, "routing")
    assert AUDIENCES in message(answer)
    assert mock.ask("GET", "/elsewhere").status == 404


def test_another_method_is_405_with_allow(mock: Server) -> None:
    answer = mock.ask("PUT", AUDIENCES)
    assert answer.status == 405
    assert answer.fields["allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_answers_as_get_without_a_body(mock: Server) -> None:
    path = f"{AUDIENCES}?account_id=biz_1"
    got, head = mock.ask("GET", path, fields=TOKEN), mock.ask("HEAD", path, fields=TOKEN)
    assert (head.status, head.body) == (200, b"")
    assert head.fields["content-length"] == got.fields["content-length"] == str(len(got.body))


def test_options_tells_what_is_allowed(mock: Server) -> None:
    answer = mock.ask("OPTIONS", AUDIENCES)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.fields["allow"] == "GET, HEAD, OPTIONS, POST"


# -- browsers ----------------------------------------------------------------------------------------------------------


def test_a_page_of_another_port_may_use_the_mock(mock: Server) -> None:
    origin = "http://localhost:5173"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = mock.ask("OPTIONS", AUDIENCES, fields=asked)
    assert preflight.status == 204
    assert preflight.fields["access-control-allow-origin"] == origin
    assert preflight.fields["access-control-allow-credentials"] == "true"
    assert "POST" in preflight.fields["access-control-allow-methods"]
    assert preflight.fields["access-control-allow-headers"] == "authorization,content-type"
    answer = mock.ask("POST", AUDIENCES, ORDER, {**TOKEN, "Origin": origin})
    assert answer.status == 201
    assert answer.fields["access-control-allow-origin"] == origin
    assert "mock-source" in answer.fields["access-control-expose-headers"]
    assert answer.fields["vary"] == "Origin"


def test_errors_can_be_read_by_a_page_too(mock: Server) -> None:
    answer = mock.ask("POST", AUDIENCES, ORDER, {"Origin": "http://localhost:5173"})
    assert answer.status == 401
    assert answer.fields["access-control-allow-origin"] == "http://localhost:5173"


def test_a_mocked_answer_cannot_run_as_a_page(mock: Server) -> None:
    answer = mock.ask("POST", AUDIENCES, ORDER, TOKEN)
    assert answer.fields["content-security-policy"] == "sandbox"
    assert answer.fields["x-content-type-options"] == "nosniff"


# -- security ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        (None, 401),
        ("token", 401),
        ("Basic dXNlcjpwYXNz", 401),
        ("Bearer ", 401),
        ("Bearer an-expired-token", 401),
        ("Bearer revoked", 401),
        ("Bearer invalid", 401),
        ("Bearer forbidden", 403),
        ("Bearer anything-else", 201),
        ("bearer lower-case-scheme", 201),
    ],
)
def test_a_credential_is_good_unless_it_says_otherwise(mock: Server, credential: str | None, status: int) -> None:
    answer = mock.ask("POST", AUDIENCES, ORDER, {"Authorization": credential} if credential else {})
    assert answer.status == status
    if status == 401:
        assert answer.fields["www-authenticate"].startswith("Bearer")
        message(answer)


def test_security_comes_before_validation(mock: Server) -> None:
    assert mock.ask("POST", AUDIENCES, {"name": 5}).status == 401


# -- bodies ------------------------------------------------------------------------------------------------------------


def test_every_mistake_of_a_body_is_told_with_its_place(mock: Server) -> None:
    answer = mock.ask("POST", AUDIENCES, {"name": 5, "column_mapping": {"email": [], "a/b": 1}}, TOKEN)
    assert answer.status == 422
    told = message(answer)
    for part in ("account_id", "file_id", "body/name", "body/column_mapping/email", "body/column_mapping/a~1b"):
        assert part in told


_TEXT = json.dumps(ORDER)
_LARGE = b'{"name": "' + b"x" * 20_000_000 + b'"}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"name": "\xff"}', 400),
        (_TEXT.replace('"spring"', "NaN").encode(), 400),
        (_TEXT.replace('"spring"', "1e999").encode(), 400),
        (_TEXT.replace('"spring"', "1" * 400).encode(), 400),
        (_TEXT.replace('"name"', '"name": "twice", "name"').encode(), 400),
        (b"[" * 5000 + b"]" * 5000, 400),
        (b"[" * 9_000_000, 400),
        (_LARGE, 413),
        (gzip.compress(_TEXT.encode(), mtime=0), 400),
        (b"null", 422),
        (b"[]", 422),
    ],
    ids=lambda value: None if isinstance(value, int) else f"{value[:16]!r} of {len(value)}",
)
def test_an_unfit_body_is_a_clean_error(mock: Server, body: bytes, status: int) -> None:
    answer = mock.ask("POST", AUDIENCES, body, JSON)
    assert answer.status == status, answer.body
    assert message(answer)
    assert mock.ask("POST", AUDIENCES, ORDER, TOKEN).status == 201  # and the next request is served


def test_a_chunked_body_over_the_limit_is_413(mock: Server) -> None:
    pieces = b"".join(b"%x\r\n%b\r\n" % (1 << 20, b"x" * (1 << 20)) for _ in range(12))
    head = (
        f"POST {AUDIENCES} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", mock.port), timeout=30) as connection:
        connection.sendall(head.encode() + pieces + b"0\r\n\r\n")
        assert connection.makefile("rb").readline().split()[1] == b"413"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "x"])
def test_another_media_type_is_415_and_names_the_right_one(mock: Server, content_type: str) -> None:
    answer = mock.ask("POST", AUDIENCES, _TEXT.encode(), {**TOKEN, "Content-Type": content_type})
    assert answer.status == 415
    assert "application/json" in message(answer)
    assert answer.fields["accept"] == "application/json"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "account_id"),
        ("account_id=biz_1&first=0", "first"),
        ("account_id=biz_1&first=101", "first"),
        ("account_id=biz_1&first=ten", "first"),
        ("account_id=biz_1&account_id=biz_2", "account_id"),
    ],
)
def test_a_wrong_parameter_is_named(mock: Server, query: str, told: str) -> None:
    answer = mock.ask("GET", f"{AUDIENCES}?{query}", fields=TOKEN)
    assert answer.status == 422
    assert f"query parameter {told}" in message(answer)


@pytest.mark.parametrize("query", ["account_id=%zz", "account_id=%ff", "account_id=biz_1&after=%"])
def test_what_is_not_decodable_is_400(mock: Server, query: str) -> None:
    assert mock.ask("GET", f"{AUDIENCES}?{query}", fields=TOKEN).status == 400


# -- documentation -----------------------------------------------------------------------------------------------------


def test_the_effective_document_is_served_and_points_here(mock: Server) -> None:
    answer = mock.ask("GET", "/api/v1/openapi.json")
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["servers"] == [{"url": "/api/v1"}]
    assert "deleteAudience" in answer.body.decode()
    assert answer.json["x-resources"]["audiences"]["list"]["items"] == "/data"
    assert mock.ask("GET", "/api/v1/openapi.yaml").body.startswith(b"openapi: 3.1.0")


def test_the_documentation_page_needs_no_other_host(mock: Server) -> None:
    page = mock.ask("GET", "/api/v1/ui/").body.decode()
    assert "//" not in page.replace("<!doctype", "")
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert mock.ask("GET", f"/api/v1/ui/assets/{asset}").status == 200


def test_a_page_of_another_port_may_read_the_document(mock: Server) -> None:
    answer = mock.ask("GET", "/api/v1/openapi.json", fields={"Origin": "http://localhost:5173"})
    assert answer.fields["access-control-allow-origin"] == "http://localhost:5173"


def test_the_date_field_shows_the_virtual_time(mock: Server) -> None:
    mock.control("PATCH", "/clock", {"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    for path in ("/api/v1/audiences", "/api/v1/openapi.json", "/__mock__/health", "/elsewhere"):
        assert mock.ask("GET", path).fields["date"] == "Tue, 01 Jan 2030 00:00:00 GMT"


# -- the connection ----------------------------------------------------------------------------------------------------


def test_pipelined_requests_are_each_answered_in_order(mock: Server) -> None:
    one = b"GET /api/v1/audiences?account_id=%b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", mock.port), timeout=30) as connection:
        connection.sendall(one % b"a" + b"HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" + one % b"b" + last % b"c")
        answered = connection.makefile("rb").read()
    statuses = re.findall(rb"HTTP/1\.1 (\d+) ", answered)
    assert statuses == [b"200", b"404", b"200", b"200"]


def test_head_has_no_body_on_the_wire(mock: Server) -> None:
    fields = b"Host: x\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", mock.port), timeout=30) as connection:
        connection.sendall(b"HEAD /api/v1/audiences?account_id=a HTTP/1.1\r\n" + fields)
        answered = connection.makefile("rb").read()
    assert answered.endswith(b"\r\n\r\n")
    assert b"\r\nconnection: close\r\n" in answered


def test_content_length_counts_bytes(mock: Server) -> None:
    answer = mock.ask("POST", AUDIENCES, {**ORDER, "name": "Frühling 🌱"}, TOKEN)
    assert answer.json["name"] == "Frühling 🌱"
    assert answer.fields["content-length"] == str(len(answer.body))


def test_a_client_that_waits_for_100_continue_gets_it(mock: Server) -> None:
    body = _TEXT.encode()
    head = (
        f"POST {AUDIENCES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", mock.port), timeout=30) as connection:
        connection.sendall(head.encode())
        stream = connection.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        connection.sendall(body)
        assert stream.readline().split()[1] == b"201"


# -- the project's own paths -------------------------------------------------------------------------------------------


def test_a_page_may_upload_to_a_path_of_the_projects_own(mock: Server) -> None:
    file = mock.ask("POST", "/api/v1/files", {"filename": "a.csv"}, TOKEN).json
    path = file["upload_url"].removeprefix(mock.origin)
    origin = "http://localhost:5173"
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    preflight = mock.ask("OPTIONS", path, fields=asked)
    assert (preflight.status, preflight.fields["access-control-allow-origin"]) == (204, origin)
    assert "PUT" in preflight.fields["access-control-allow-methods"]
    assert mock.ask("OPTIONS", path).fields["allow"] == "GET, HEAD, OPTIONS, PUT"
    refused = mock.ask("DELETE", path)
    assert (refused.status, refused.fields["allow"]) == (405, "GET, HEAD, OPTIONS, PUT")
    uploaded = mock.ask("PUT", path, b"Email\na@example.com\n", {"Content-Type": "text/csv", "Origin": origin})
    assert (uploaded.status, uploaded.fields["access-control-allow-origin"]) == (200, origin)
    assert mock.ask("PUT", path, b"Email\n", {"Content-Type": "text/csv"}).status == 409  # it has its bytes


FAULTY = """
from mock_server.handlers import Reply, operation, route
from mock_server.messages import Response

@route("GET", "/raises")
async def raises(upload): raise ZeroDivisionError("of mine")

@route("GET", "/none")
async def none(upload): return None

@route("GET", "/field")
async def field(upload): return Response(200, fields=((b"x", b"a\\r\\nset-cookie: b"),), source="mine")

@operation("listPets")
def listed(call): return Reply(200, [], fields=(("x", "text"),))
"""


def test_a_fault_of_the_projects_code_is_told_and_journalled(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text(PETS.read_text())
    (tmp_path / "handlers.py").write_text(FAULTY)
    with serving(str(tmp_path), "--log", "none") as server:
        told = [server.ask("GET", path) for path in ("/raises", "/none", "/field", "/v1/pets")]
        assert [(answer.status, answer.fields["mock-source"]) for answer in told] == [(500, "fault")] * 4
        assert "ZeroDivisionError: of mine" in told[0].json["detail"]
        assert not any("set-cookie" in answer.fields for answer in told)
        assert len(server.control("GET", "/requests")["data"]) == 4
        assert server.ask("POST", "/v1/pets", {"name": "Rex"}).status == 201
