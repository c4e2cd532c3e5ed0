"""The request log: one line a request, whatever the request."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from mock_server.messages import Request, Response
from mock_server.request_log import json_line, text_line

PATHS = st.text(st.characters(codec="latin-1"), max_size=300).map(lambda text: "/" + text)
ANSWER = Response(201, b"{}", source="state pets")


def test_a_line_tells_what_was_asked_and_what_answered() -> None:
    line = text_line(Request("POST", "/pets/a%20b"), ANSWER, 1234)
    assert re.fullmatch(r"\d\d:\d\d:\d\d POST /pets/a b 201 state pets 1\.2 ms", line)


def test_a_json_line_holds_the_same_facts() -> None:
    facts = json.loads(json_line(Request("POST", "/pets/a%20b"), ANSWER, 1234))
    assert facts.pop("at") > 1e9
    assert facts == {
        "method": "POST", "path": "/pets/a%20b", "status_code": 201, "source": "state pets", "milliseconds": 1.234,
    }  # fmt: skip


@given(PATHS)
def test_whatever_a_client_sends_stays_one_short_printable_line(path: str) -> None:
    request = Request("GET", path)
    line = text_line(request, ANSWER, 1)
    assert line.isprintable()
    assert len(line) < 300
    assert json.loads(json_line(request, ANSWER, 1))["path"] == path
    assert json_line(request, ANSWER, 1).isascii()


def test_no_log_shows_a_query_or_a_credential() -> None:
    request = Request("GET", "/pets", query=b"token=s3cr3t", fields=[(b"authorization", b"Bearer s3cr3t")])
    assert "s3cr3t" not in text_line(request, ANSWER, 1) + json_line(request, ANSWER, 1)
