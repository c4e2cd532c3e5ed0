"""What the description of the bundled API leaves to Python: uploads, and the rows of an uploaded CSV.

A new file gets a signed URL; what is PUT there is counted as it streams in, and only its header and its number of rows
are kept. An audience made from such a file has that many rows, or a problem that ends it as failed.
"""

import asyncio
import csv
import hmac
import io
import re
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlencode

from mock_server.errors import Refusal
from mock_server.handlers import HookContext, Upload, on_entry, route
from mock_server.messages import Response
from mock_server.types import SECOND, JsonObject

UPLOAD_SECONDS = 3600
"""How long an upload URL is good for."""

HEADER_BYTES = 1 << 14
"""How much of a CSV's beginning is kept to read its header from."""

_SLICE = 1 << 15  # bytes counted at a time: a millisecond or two, then other requests get their turn

_CONTENT_TYPES = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webp": "image/webp",
}


# -- files ---------------------------------------------------------------------------------------------------------


@on_entry("files", "pending")
def announce(file: JsonObject, context: HookContext) -> JsonObject:
    """A new file's content type and the URL that takes its bytes."""
    content_type = _CONTENT_TYPES.get(PurePosixPath(file["filename"]).suffix.lower(), "application/octet-stream")
    secret = f"{context.chance.below(1 << 256):064x}"
    # Rounded down to the second, so that no URL outlives its hour.
    expires = str(context.at // SECOND + UPLOAD_SECONDS)
    query = urlencode({"expires": expires, "signature": sign(secret, file["id"], expires)})
    return {
        "content_type": content_type,
        "upload_secret": secret,
        "upload_url": f"{context.server}/uploads/{file['id']}?{query}",
        "upload_headers": {"Content-Type": content_type},
    }


@route("PUT", "/uploads/{file_id}")
async def receive(upload: Upload) -> Response:
    """Count a file's bytes and rows as they arrive, then move it on: it is being processed."""
    file_id = upload.variables["file_id"]
    _check_signature(upload, file_id)
    counter = RowCounter()
    async for chunk in upload.chunks():
        for start in range(0, len(chunk), _SLICE):
            counter.feed(chunk[start : start + _SLICE])
            await asyncio.sleep(0)
    # Again, as another upload of the same file may have ended in the meantime.
    _awaited(upload, file_id)
    kept = {"size": str(counter.size), "columns": counter.columns, "rows": counter.rows}
    upload.session.write("files", file_id, kept)
    upload.session.move("files", file_id, "processing")
    return Response(200, source="handler receive")


@route("GET", "/uploads/{file_id}")
async def explain(upload: Upload) -> Response:
    """Where a ready file's `url` leads: to the reason why nothing is there."""
    message = f"of {upload.variables['file_id']} the mock has kept the header and the number of rows, not the bytes"
    raise Refusal(404, message, source="handler explain")


def sign(secret: str, file_id: str, expires: str) -> str:
    """The signature of an upload URL: HMAC-SHA256 by the file's own secret, in hexadecimal."""
    return hmac.digest(secret.encode(), f"{file_id}\n{expires}".encode(), "sha256").hex()


def _check_signature(upload: Upload, file_id: str) -> None:
    """Raise a `Refusal` unless the URL was given out for this file within the last hour (403) and is unused (409)."""
    expires, signature = upload.query.get("expires", ""), upload.query.get("signature", "")
    file = _found(upload, file_id)
    # An unknown file is told as a wrong signature is: the URL alone must not tell which files there are.
    secret = file["upload_secret"] if file else ""
    good = hmac.compare_digest(sign(secret, file_id, expires).encode(), signature.encode())
    if file is None or not good:
        raise Refusal(403, "the upload URL's signature does not match", source="handler receive")
    if upload.now >= int(expires) * SECOND:  # signed, therefore a number
        raise Refusal(403, "the upload URL has expired: create the file again", source="handler receive")
    _awaited(upload, file_id)


def _awaited(upload: Upload, file_id: str) -> None:
    file = _found(upload, file_id)
    if file is None:
        raise Refusal(403, "the file was taken away during its upload", source="handler receive")
    if file["upload_status"] != "pending":
        raise Refusal(409, "the file has its bytes already: create another one", source="handler receive")


def _found(upload: Upload, file_id: str) -> JsonObject | None:
    try:
        return upload.session.find("files", file_id)
    except Refusal:
        return None


# -- audiences -----------------------------------------------------------------------------------------------------


@on_entry("audiences", "pending")
def inspect_file(audience: JsonObject, context: HookContext) -> JsonObject | None:
    """What the audience's CSV holds, and what is wrong with it; nothing for a file that was never uploaded."""
    file = context.find("files", audience.get("file_id", ""))
    if file is None or "rows" not in file:
        return None
    found: JsonObject = {"rows": file["rows"]}
    problem = mapping_problem(audience.get("column_mapping", {}), file["columns"], file["rows"])
    if problem is not None:
        found["problem"] = problem
    return found


def mapping_problem(mapping: Mapping[str, str], columns: Sequence[str], rows: int) -> str | None:
    """Why no audience can be made of a CSV with these columns and rows, for people to read; None if it can."""
    if not mapping.keys() & {"email", "phone"}:
        return "Neither email nor phone is mapped to a column: at least one of them is needed."
    if not columns:
        return "The CSV is empty: it has no header row."
    missing = [f"{_quoted([column])} (for {field})" for field, column in mapping.items() if column not in columns]
    if missing:
        return f"Not in the CSV: {', '.join(missing)}. Its columns are {_quoted(columns)}."
    if rows == 0:
        return "The CSV has a header row, but no rows below it."
    return None


def _quoted(names: Sequence[str]) -> str:
    shown = [f"'{name[:60]}…'" if len(name) > 60 else f"'{name}'" for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


# -- CSV -----------------------------------------------------------------------------------------------------------


class RowCounter:
    """Counts the rows of a CSV that arrives piece by piece, as `csv.reader` would, in constant memory.

    A quote opens a quoted field only where a field begins, two of them inside are one, and a line may end in CR, LF or
    both. Blank lines and a byte order mark are passed over; the first row is the header. `size` is in bytes.
    """

    # An opening quote is one not preceded by a character of the same field.
    _FIELD = re.compile(rb'"(?<![^,\r\n]")[^"]*+(?:""[^"]*+)*+"?+')
    _REST = re.compile(rb'[^"]*+(?:""[^"]*+)*+')
    _ROW = re.compile(rb"\n[^\n]")

    __slots__ = ("_before", "_head", "_inside", "_rows", "size")

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._rows = 0
        # What counts of the text before: b"\n", b"," or, for anything else, b"." (the beginning is a line's).
        self._before = b"\n"
        # b"" outside of quotes, b"." inside, b'"' after a quote inside: the next byte tells whether it was the last.
        self._inside = b""

    @property
    def rows(self) -> int:
        """How many rows came below the header."""
        return max(0, self._rows - 1)

    @property
    def columns(self) -> list[str]:
        """The header's names, those in its first 16 KiB."""
        text = io.StringIO(self._head.decode("utf-8-sig", "replace"), newline="")
        rows = [row for row in csv.reader(text) if row][:2]
        header = rows[0] if rows else []
        is_cut = self.size > HEADER_BYTES and len(rows) == 1
        return header[:-1] if is_cut else header

    def feed(self, data: bytes) -> None:
        """The next piece, of any length."""
        before = self.size
        self.size += len(data)
        if before < HEADER_BYTES:
            self._head += data[: HEADER_BYTES - before]
        if before < len(BOM_UTF8):
            # Too little to tell a byte order mark from text waits in the head for the next piece.
            if self.size < len(BOM_UTF8):
                return
            data = (bytes(self._head[:before]) + data).removeprefix(BOM_UTF8)
        if data:
            self._count(data)

    def _count(self, data: bytes) -> None:
        if self._inside:
            data = self._leave_quotes(data)
            if not data:
                return
        text = self._before + data
        if b'"' in data:
            text = self._FIELD.sub(b".", text)
            if (data.count(b'"') - text.count(b'"')) % 2:
                self._inside = b"."
            elif data.endswith(b'"') and not text.endswith(b'"'):
                self._inside = b'"'
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._rows += len(self._ROW.findall(text))
        last = text[-1:]
        self._before = last if last in b"\n," else b"."

    def _leave_quotes(self, data: bytes) -> bytes:
        """What follows the quoted field that `data` begins in; nothing where it goes on."""
        if self._inside == b'"' and not data.startswith(b'"'):
            end = 0
        else:
            begin = 1 if self._inside == b'"' else 0
            self._inside = b"."
            end = self._REST.match(data, begin).end()  # type: ignore[union-attr]  # it matches nothing, too
            if end == len(data):
                return b""
            end += 1
            if end == len(data):
                self._inside = b'"'
                return b""
        self._inside = b""
        self._before = b"."
        return data[end:]
