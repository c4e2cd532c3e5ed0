"""Uploads of the bundled API: signed, streamed, and in nobody's way."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.commands import until
from tests.conftest import TOKEN, Answer, Server, serving

AUDIENCES = "/api/v1/audiences"
FILES = "/api/v1/files"
CSV = b"Email,Phone\n" + b"".join(b"a%d@example.com,%d\n" % (row, row) for row in range(250))
MIB = 1 << 20
LARGE = 100 * MIB


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A mock of these tests' own, so that nobody else's requests count."""
    with serving("openapi", "--clock", "frozen") as server:
        yield server


def announce(server: Server, filename: str = "rows.csv", **fields: str) -> Any:
    answer = server.ask("POST", FILES, {"filename": filename}, {**TOKEN, **fields})
    assert answer.status == 201, answer.body
    return answer.json


def path_of(file: Any) -> str:
    url = urlsplit(file["upload_url"])
    return f"{url.path}?{url.query}"


def retrieve(server: Server, file: Any) -> Any:
    return server.ask("GET", f"{FILES}/{file['id']}", fields=TOKEN).json


def refusal(answer: Answer) -> str:
    """An error's message; it must have the documented shape and nothing else."""
    assert answer.json.keys() == {"error"}
    assert answer.json["error"].keys() == {"type", "message"}
    return str(answer.json["error"]["message"])


def begun(server: Server, file: Any, head: str) -> socket.socket:
    """An upload that the server is reading: it has said so."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(f"PUT {path_of(file)} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{head}\r\n\r\n".encode())
    assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
    return connection


def resident(server: Server) -> int:
    """The bytes of memory that the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return int(re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[0]) * 1024


# -- the URL -----------------------------------------------------------------------------------------------------------


def test_a_signed_url_takes_the_bytes_without_a_token_and_once(mock: Server) -> None:
    file = announce(mock)
    assert (file["upload_status"], file["url"], file["size"]) == ("pending", None, None)
    assert mock.ask("PUT", path_of(file), CSV, file["upload_headers"]).status == 200
    assert retrieve(mock, file)["upload_status"] == "processing"
    mock.advance("1s")
    ready = retrieve(mock, file)
    assert (ready["upload_status"], ready["size"]) == ("ready", str(len(CSV)))
    assert ready["url"].startswith(mock.origin)
    again = mock.ask("PUT", path_of(file), CSV)
    assert again.status == 409
    assert refusal(again)


def test_its_rows_are_the_audiences(mock: Server) -> None:
    file = announce(mock)
    mock.ask("PUT", path_of(file), CSV)
    order = {"account_id": "biz_1", "name": "spring", "column_mapping": {"email": "Email"}, "file_id": file["id"]}
    made = mock.ask("POST", AUDIENCES, order, TOKEN).json
    mock.advance("1m")
    (audience,) = mock.ask("GET", f"{AUDIENCES}?account_id=biz_1&audience_id={made['id']}", fields=TOKEN).json["data"]
    assert (audience["status"], audience["total_rows"]) == ("ready", 250)


@pytest.mark.parametrize("change", ["signature", "expires", "file", "nothing signed", "another's"])
def test_a_url_that_was_not_given_out_is_403(mock: Server, change: str) -> None:
    file, other = announce(mock), announce(mock)
    query = parse_qs(urlsplit(file["upload_url"]).query)
    (expires,), (signature,) = query["expires"], query["signature"]
    path = {
        "signature": f"/uploads/{file['id']}?expires={expires}&signature={signature[:-1]}%C3%A9",
        "expires": f"/uploads/{file['id']}?expires={int(expires) + 1}&signature={signature}",
        "file": f"/uploads/file_0000000000000?expires={expires}&signature={signature}",
        "nothing signed": f"/uploads/{file['id']}",
        "another's": f"/uploads/{other['id']}?expires={expires}&signature={signature}",
    }[change]
    answer = mock.ask("PUT", path, CSV)
    assert answer.status == 403
    assert "signature" in refusal(answer)
    assert retrieve(mock, file)["upload_status"] == retrieve(mock, other)["upload_status"] == "pending"


def test_a_url_is_good_for_an_hour_of_the_virtual_clock(mock: Server) -> None:
    early, late = announce(mock), announce(mock)
    mock.advance("59m")
    assert mock.ask("PUT", path_of(early), CSV).status == 200
    mock.advance("1m")
    answer = mock.ask("PUT", path_of(late), CSV)
    assert answer.status == 403
    assert "expired" in refusal(answer)


@pytest.mark.parametrize("host", ["mock.test:1234", "localhost", "[::1]:8080"])
def test_the_url_is_of_the_host_that_the_client_used(mock: Server, host: str) -> None:
    file = announce(mock, Host=host)
    assert urlsplit(file["upload_url"]).netloc == host
    assert mock.ask("PUT", path_of(file), CSV).status == 200


# -- the bytes ---------------------------------------------------------------------------------------------------------


def test_a_chunked_upload_is_the_same(mock: Server) -> None:
    file = announce(mock)
    connection = HTTPConnection("127.0.0.1", mock.port, timeout=30)
    pieces = (CSV[start : start + 7] for start in range(0, len(CSV), 7))
    connection.request("PUT", path_of(file), pieces, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.getheader("Mock-Source")) == (200, "handler receive")
    connection.close()
    assert mock.control("GET", f"/resources/files/{file['id']}")["hidden"]["rows"] == 250
    assert retrieve(mock, file)["size"] == str(len(CSV))


def test_while_an_upload_is_half_sent_others_are_answered(mock: Server) -> None:
    file = announce(mock)
    with begun(mock, file, f"Content-Length: {len(CSV)}") as uploading:
        uploading.sendall(CSV[:1000])
        for _ in range(20):
            assert retrieve(mock, file)["upload_status"] == "pending"
        uploading.sendall(CSV[1000:])
        assert uploading.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert retrieve(mock, file)["upload_status"] == "processing"


def test_a_client_that_goes_away_leaves_the_file_pending(mock: Server) -> None:
    file = announce(mock)
    with begun(mock, file, f"Content-Length: {len(CSV)}") as uploading:
        uploading.sendall(CSV[:1000])
    for _ in range(20):
        assert retrieve(mock, file)["upload_status"] == "pending"
    assert mock.ask("PUT", path_of(file), CSV).status == 200  # and the URL is still good
    assert retrieve(mock, file)["size"] == str(len(CSV))


def test_a_large_upload_is_in_nobodys_way_and_takes_no_memory(own: Server) -> None:
    piece = (b'someone@example.com,+15550100,Some One,"Main Street 1, Town"\n' * (MIB // 50))[:MIB]
    file, before = announce(own), resident(own)
    highest, answered = before, 0
    with begun(own, file, f"Content-Length: {LARGE}") as uploading, ThreadPoolExecutor(1) as elsewhere:

        def upload() -> bytes:
            for _ in range(LARGE // MIB):
                uploading.sendall(piece)
            return uploading.recv(4096)

        ended = elsewhere.submit(upload)
        while not ended.done():
            assert retrieve(own, file)["id"] == file["id"]
            answered += not ended.done()
            highest = max(highest, resident(own))
    assert ended.result().startswith(b"HTTP/1.1 200 ")
    assert answered >= 20
    assert highest - before < 16 * MIB
    assert retrieve(own, file)["size"] == str(LARGE)


def test_one_that_waits_between_pieces_is_taken_whole(own: Server) -> None:
    file = announce(own)
    with begun(own, file, "Transfer-Encoding: chunked") as uploading:
        for start in range(0, len(CSV), 1000):
            piece = CSV[start : start + 1000]
            uploading.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert own.control("GET", "/health")["status"] == "ok"
        uploading.sendall(b"0\r\n\r\n")
        assert uploading.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert until(lambda: retrieve(own, file)["size"]) == str(len(CSV))
