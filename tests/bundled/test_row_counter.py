"""openapi/handlers.py: an uploaded CSV is counted as it streams in, and an audience is told what is wrong with it."""

import asyncio
import csv
import importlib.util
import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.chance import Chance
from mock_server.errors import Refusal


def _loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundled_handlers", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


handlers: Any = _loaded(Path(__file__).parents[2] / "openapi" / "handlers.py")


def counted(data: bytes, cuts: list[int] | None = None) -> Any:
    """A counter fed with `data`, cut at these places."""
    counter = handlers.RowCounter()
    begin = 0
    for end in [*sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]:
        counter.feed(data[begin:end])
        begin = end
    return counter


def rows_by_csv_reader(data: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig", "replace"), newline="")) if row]


@st.composite
def written_csv(draw: st.DrawFn) -> bytes:
    """A CSV as programs write it."""
    table = draw(st.lists(st.lists(st.text(alphabet='ab ,"\r\n;é€', max_size=6), min_size=1, max_size=4), max_size=8))
    out = io.StringIO(newline="")
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(out, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"]))).writerows(table)
    text = out.getvalue()
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))


# What people write by hand: stray quotes, text after a closing quote, blank lines, a quote that never ends.
odd_csv = st.text(alphabet='ab,"\r\n \ufeff', max_size=30).map(str.encode)
some_cuts = st.lists(st.integers(0, 200), max_size=12)


@given(written_csv() | odd_csv, some_cuts)
@example(b'\xef\xbb\xbf"a\n",b\r\n1,2', [1, 2, 3, 4, 5, 8, 9])
@example(b'a\n"x"""\n""\n', [4, 5, 6, 7, 8])
@example(b'a\nx""\ny"\n', [4])
@example(b"height\n5'11\"\n6'\n", [])
def test_any_chunking_counts_as_csv_reader_does(data: bytes, cuts: list[int]) -> None:
    expected = rows_by_csv_reader(data)
    counter = counted(data, cuts)
    assert counter.rows == max(0, len(expected) - 1)
    assert counter.columns == (expected[0] if expected else [])
    assert counter.size == len(data)


@given(written_csv() | odd_csv)
def test_one_byte_at_a_time_is_as_good_as_all_at_once(data: bytes) -> None:
    together, apart = counted(data), counted(data, list(range(len(data))))
    assert (together.rows, together.columns) == (apart.rows, apart.columns)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"", 0),
        (b"email", 0),
        (b"email\n", 0),
        (b"\xef\xbb\xbf", 0),
        (b"email\na@b.c", 1),
        (b"email\r\na@b.c\r\n\r\n\r\n", 1),
        (b'email,name\na@b.c,"A\nB"\nc@d.e,"say ""hi"""\n', 2),
        (b"\n\nemail\n\n\na@b.c\n", 1),
    ],
)
def test_the_header_and_blank_lines_are_no_rows(data: bytes, rows: int) -> None:
    assert counted(data).rows == rows


@pytest.mark.parametrize("piece", [b"x" * 65_536, b'"' * 65_536, b"," * 65_536, b'"\n",' * 16_384])
def test_a_line_without_an_end_is_kept_only_to_a_bound(piece: bytes) -> None:
    counter = handlers.RowCounter()
    for _ in range(20):
        counter.feed(piece)
    assert len(counter._head) == handlers.HEADER_BYTES
    assert sum(map(len, counter.columns)) <= handlers.HEADER_BYTES
    assert counter.rows == 0


def test_a_column_name_that_is_cut_off_is_dropped() -> None:
    counter = counted(b"email," + b"n" * 100_000 + b"\na@b.c,x\n")
    assert counter.columns == ["email"]
    assert counter.rows == 1


COLUMNS = ["Email", "Mobile"]


@pytest.mark.parametrize(
    ("mapping", "columns", "rows", "words"),
    [
        ({"first_name": "Email"}, COLUMNS, 5, ["email", "phone"]),
        ({}, COLUMNS, 5, ["email", "phone"]),
        ({"email": "E-Mail"}, COLUMNS, 5, ["'E-Mail'", "for email", "'Email'", "'Mobile'"]),
        ({"email": "Email", "country": "Land"}, COLUMNS, 5, ["'Land'", "for country"]),
        ({"email": "Email"}, [], 0, ["empty"]),
        ({"email": "Email"}, COLUMNS, 0, ["no rows"]),
    ],
)
def test_a_problem_says_what_is_wrong(mapping: dict[str, str], columns: list[str], rows: int, words: list[str]) -> None:
    problem = handlers.mapping_problem(mapping, columns, rows)
    assert problem is not None
    assert [word for word in words if word not in problem] == []


@pytest.mark.parametrize("mapping", [{"email": "Email"}, {"phone": "Mobile"}, {"email": "Email", "phone": "Mobile"}])
def test_a_good_mapping_has_no_problem(mapping: dict[str, str]) -> None:
    assert handlers.mapping_problem(mapping, COLUMNS, 1) is None


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5000))
def test_a_problem_is_short_however_many_columns_there_are(columns: list[str]) -> None:
    assert len(handlers.mapping_problem({"email": "\x00" * 100}, columns, 1)) < 2000


class Session:
    """One file and what is done to it."""

    def __init__(self, file: dict[str, Any]) -> None:
        self.file = file

    def find(self, resource: str, key: str) -> dict[str, Any]:
        if key != self.file["id"]:
            raise Refusal(404, "no such file", source="state")
        return self.file

    def write(self, resource: str, key: str, members: dict[str, Any]) -> None:
        self.file.update(members)

    def move(self, resource: str, key: str, to: str) -> None:
        self.file["upload_status"] = to


class Upload:
    """A PUT to the file's upload URL, `later` microseconds after the file was created."""

    def __init__(self, file: dict[str, Any], *chunks: bytes, later: int = 0) -> None:
        url = urlsplit(file["upload_url"])
        self.variables = {"file_id": url.path.rpartition("/")[2]}
        self.query = dict(parse_qsl(url.query))
        self.now = CREATED_AT + later
        self.session = Session(file)
        self._chunks = chunks

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


CREATED_AT = 1_767_225_600_400_000


def awaited_file(**members: Any) -> dict[str, Any]:
    file = {"id": "file_1", "filename": "people.csv", "upload_status": "pending"}
    context = SimpleNamespace(at=CREATED_AT, chance=Chance(1), server="http://127.0.0.1:8080")
    return {**file, **handlers.announce(file, context), **members}


def refused(upload: Upload) -> int:
    with pytest.raises(Refusal) as refusal:
        asyncio.run(handlers.receive(upload))
    return refusal.value.status_code


def test_an_upload_is_counted_and_moves_the_file_on() -> None:
    file = awaited_file()
    assert asyncio.run(handlers.receive(Upload(file, b"Email\r\na@b", b".c\r\nd@e.f"))).status_code == 200
    assert file["upload_status"] == "processing"
    assert (file["size"], file["columns"], file["rows"]) == ("19", ["Email"], 2)


def test_an_upload_url_is_good_for_an_hour() -> None:
    assert asyncio.run(handlers.receive(Upload(awaited_file(), later=3_599_599_999))).status_code == 200
    assert refused(Upload(awaited_file(), later=3_599_600_000)) == 403  # the second it ends in


@pytest.mark.parametrize("change", [{"expires": "99999999999"}, {"signature": "é"}, {"signature": ""}, {"expires": ""}])
def test_a_changed_upload_url_is_refused(change: dict[str, str]) -> None:
    upload = Upload(awaited_file())
    upload.query.update(change)
    assert refused(upload) == 403


def test_the_url_of_another_file_is_refused() -> None:
    upload = Upload(awaited_file())
    upload.variables["file_id"] = "file_2"
    assert refused(upload) == 403


def test_a_file_takes_its_bytes_once() -> None:
    assert refused(Upload(awaited_file(upload_status="processing"))) == 409


def test_of_two_uploads_at_once_the_first_to_end_counts() -> None:
    file = awaited_file()

    async def both() -> list[Any]:
        uploads = [Upload(file, b"a\n1\n", *[b"2\n"] * extra) for extra in (5, 1)]
        return await asyncio.gather(*map(handlers.receive, uploads), return_exceptions=True)

    slow, quick = asyncio.run(both())
    assert (slow.status_code, quick.status_code, file["rows"]) == (409, 200, 2)
