"""The journal: the latest requests, in order, without secrets."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mock_server
from mock_server.errors import Refusal, Violation
from mock_server.journal import KEPT, SHOWN, Journal
from mock_server.messages import Request, Response
from mock_server.spec.document import Source, read

DOCUMENT = Path(mock_server.__file__).parent / "server/control.yaml"
CONTROL = read(Source(DOCUMENT.name, DOCUMENT.read_text()))
ENTRY = jsonschema_rs.Draft202012Validator({**CONTROL, "$ref": "#/components/schemas/Entry"})

NO_CONTENT = Response(204, source="state pets")


def shown(request: Request, response: Response = NO_CONTENT, reason: Refusal | None = None) -> Any:
    """The journal's entry of one exchange."""
    journal = Journal(10)
    journal.add(1_738_314_000_250_000, 1500, request, response, "createPet", reason)
    return journal.entries(1)[0]


def shown_body(body: bytes, content_type: str | None = "application/json") -> Any:
    fields = [] if content_type is None else [(b"content-type", content_type.encode())]
    entry = shown(Request("POST", "/pets", fields=fields, body=body))
    answer = shown(Request("GET", "/"), Response(200, body, fields=fields, source="x"))
    assert entry["request"]["body"] == answer["answer"]["body"]
    return entry["request"]["body"]


def filled(size: int, number: int) -> Journal:
    journal = Journal(size)
    for index in range(number):
        journal.add(index, 0, Request("GET", f"/{index}"), NO_CONTENT)
    return journal


def test_an_entry_says_what_happened() -> None:
    fields = [(b"content-type", b"application/json")]
    request = Request("POST", "/pets/a%2Fb", query=b"x=1", fields=fields, body=b'{"name": "Ada"}')
    violation = Violation("body", "/name", "expected at least 5 characters, got 3", "minLength")
    reason = Refusal(422, "the body is not valid", source="validation", violations=[violation])
    response = Response(422, b"no", fields=[(b"content-type", b"text/plain")], source="validation")
    assert shown(request, response, reason) == {
        "id": 1,
        "at": "2025-01-31T09:00:00.250Z",
        "duration": 1.5,
        "operationId": "createPet",
        "source": "validation",
        "reason": "the body is not valid: body/name: expected at least 5 characters, got 3",
        "request": {
            "method": "POST",
            "path": "/pets/a%2Fb",
            "query": "x=1",
            "fields": [["content-type", "application/json"]],
            "body": {"name": "Ada"},
        },
        "answer": {"statusCode": 422, "fields": [["content-type", "text/plain"]], "body": "no"},
    }


BODIES = st.binary(max_size=50) | st.sampled_from([b"{}", b'{"a":[1]}', b"[" * 100 + b"]" * 100, b"x" * (KEPT + 1)])
TYPES = st.sampled_from(
    [None, b"application/json", b"text/csv", b"image/png", b"application/x-www-form-urlencoded", b"\xff"]
)


@given(BODIES, TYPES, st.binary(max_size=30), st.integers(0, 10**15), st.none() | st.text(max_size=5))
def test_every_entry_is_as_the_control_api_documents_it(
    body: bytes, content_type: bytes | None, query: bytes, at: int, operation_id: str | None
) -> None:
    # RFC 9110 §5.5: no field value holds a line feed.
    fields = [(b"x", query.replace(b"\n", b""))] if content_type is None else [(b"content-type", content_type)]
    journal = Journal(1)
    request = Request("POST", "/", query=query, fields=fields, body=body)
    journal.add(at, 5, request, Response(200, body, fields=fields, source="x"), operation_id, None)
    (entry,) = journal.entries(1)
    ENTRY.validate(entry)
    json.dumps(entry)


@given(st.integers(1, 8), st.integers(0, 20), st.integers(0, 5))
def test_pages_show_the_latest_requests_once_each_newest_first(size: int, number: int, limit: int) -> None:
    journal = filled(size, number)
    latest = list(range(number, max(0, number - size), -1))
    assert len(journal) == len(latest)
    assert [entry["id"] for entry in journal.entries(limit)] == latest[:limit]
    seen: list[int] = []
    while page := journal.entries(limit + 1, before=seen[-1] if seen else None):
        seen += [entry["id"] for entry in page]
    assert seen == latest


def test_a_cursor_of_a_forgotten_request_gives_nothing() -> None:
    assert filled(2, 10).entries(5, before=3) == []
    assert filled(2, 10).entries(5, before=0) == []


def test_a_cursor_from_the_future_gives_the_latest() -> None:
    assert [entry["id"] for entry in filled(5, 2).entries(5, before=99)] == [2, 1]


def test_ids_go_on_after_the_journal_is_cleared() -> None:
    journal = filled(5, 3)
    journal.clear()
    assert journal.entries(5) == []
    journal.add(0, 0, Request("GET", "/"), NO_CONTENT)
    assert [entry["id"] for entry in journal.entries(5)] == [4]


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/", fields=[(b"authorization", f"Bearer {SECRET}".encode())]),
        Request("GET", "/", fields=[(b"cookie", f"session={SECRET}".encode())]),
        Request("GET", "/", fields=[(b"x-api-key", SECRET.encode())]),
        Request("PUT", "/", query=f"expires=1&signature={SECRET}".encode()),
        Request("PUT", "/", fields=[(b"referer", f"http://a/?token={SECRET}".encode())]),
    ],
)
def test_secrets_in_fields_and_queries_are_blacked_out(request_: Request) -> None:
    assert SECRET not in json.dumps(shown(request_))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"a": [{"password": "%s"}]}'),
        ("application/problem+json", '{"client_secret": "%s"}'),
        ("application/json", '{"password": "%s",}'),  # not JSON: shown as text, if at all
        ("application/json", "{'password': '%s'}"),
        ("application/json", "{password: %s}"),
        ("application/json", '{"pass\\u0077ord": "%s"'),
        ("application/json", '{"token": {"value": "%s"'),
        ("application/x-www-form-urlencoded", "name=a&client_secret=%s"),
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s'),
        ("application/octet-stream", "%s"),
        (None, "%s"),
    ],
)
def test_secrets_in_bodies_are_not_shown(content_type: str | None, body: str) -> None:
    assert SECRET not in json.dumps(shown_body(body.replace("%s", SECRET).encode(), content_type))


def test_the_given_redaction_is_used() -> None:
    journal = Journal(1, lambda value: "nothing to see")
    journal.add(0, 0, Request("POST", "/", fields=[(b"content-type", b"application/json")], body=b"{}"), NO_CONTENT)
    assert journal.entries(1)[0]["request"]["body"] == "nothing to see"


def test_a_body_is_shown_as_what_it_is() -> None:
    assert shown_body(b"") is None
    assert shown_body(b"null") is None
    assert shown_body(b'{"a": 1}') == {"a": 1}
    assert shown_body(b'{"a": 1') == '{"a": 1'
    assert shown_body(b"a,b\n1,2", "text/csv") == "a,b\n1,2"
    assert shown_body(b"a=1", "application/x-www-form-urlencoded") == "a=1"
    assert shown_body(b"\x89PNG", "image/png") == "[4 bytes of image/png]"
    assert shown_body(b"\xff", "text/plain") == "[1 bytes of text/plain]"
    assert shown_body(b"abc", None) == "[3 bytes]"


def test_a_long_text_is_shortened() -> None:
    text = shown_body(b"x" * KEPT, "text/plain")
    assert len(text) == SHOWN
    assert text.endswith("…")


def test_a_large_body_is_not_kept() -> None:
    body = b'"' + b"x" * KEPT + b'"'
    assert shown_body(body) == f"[{len(body)} bytes of application/json]"


def test_deep_json_is_shown_within_bounds() -> None:
    json.dumps(shown_body(b"[" * 1000 + b"]" * 1000))
