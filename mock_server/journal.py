"""The journal: the latest requests and their answers. Kept as they came; rendered, and rid of secrets, when read."""

import re
from collections import deque
from collections.abc import Callable
from itertools import chain, islice
from typing import Final, NamedTuple

import orjson

from mock_server import redaction
from mock_server.bodies import is_json, media_type
from mock_server.clock import format_instant
from mock_server.errors import Refusal
from mock_server.messages import Fields, Request, Response
from mock_server.types import Instant, Json, JsonObject, Microseconds

KEPT: Final = 1 << 14
"""Longer bodies are not kept, in bytes: a thousand exchanges are at most 32 MiB."""

SHOWN: Final = 2000
"""Characters of a text that are shown."""

# Between the names and values of a request's fields, which hold no line feed: one object kept in the place of dozens.
_SEPARATOR: Final = b"\n"

# What could be a member's name in text that is no JSON; of bounded length, so that searching takes linear time.
_NAME = re.compile(r"""([^"'{}\[\],:=]{1,64})["']?\s{0,8}[:=]""")
_TEXT = re.compile(r"text/.*|.*[/+]xml|.*/javascript")
_FORM = "application/x-www-form-urlencoded"


class _Entry(NamedTuple):
    """One exchange, as little of it as will be shown; the sizes are those of the bodies as they were, kept or not."""

    id: int
    at: Instant
    duration: Microseconds
    method: str
    path: str
    query: bytes
    received_fields: bytes
    received: bytes
    received_size: int
    status_code: int
    source: str
    sent_fields: Fields
    sent: bytes
    sent_size: int
    operation_id: str | None
    reason: Refusal | None


class Journal:
    """The latest `size` exchanges.

    `redact` gives a JSON value without its secrets. Of header fields, queries and forms those that `redaction` knows by
    their names are blacked out; text that could hold one where it cannot be told is not shown.
    """

    def __init__(self, size: int, redact: Callable[[Json], Json] = redaction.redact) -> None:
        self._entries: deque[_Entry] = deque(maxlen=size)
        self._redact = redact
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        at: Instant,
        duration: Microseconds,
        request: Request,
        response: Response,
        operation_id: str | None = None,
        reason: Refusal | None = None,
    ) -> None:
        """Remember an exchange at the virtual instant `at`; `reason` is why the request was refused, if it was."""
        self._last += 1
        received, sent = request.body, response.body
        fields = _SEPARATOR.join(chain.from_iterable(request.fields))
        self._entries.append(
            _Entry(
                self._last, at, duration, request.method, request.base_path + request.path, request.query,
                fields, received if len(received) <= KEPT else b"", len(received),
                response.status_code, response.source,
                # A copy: what orjson gives takes whole pages of memory, however short it is.
                response.fields, bytes(memoryview(sent)) if len(sent) <= KEPT else b"", len(sent),
                operation_id, reason,
            )
        )  # fmt: skip

    def clear(self) -> None:
        """Forget all exchanges; ids go on from where they were."""
        self._entries.clear()

    def entries(self, limit: int, before: int | None = None) -> list[JsonObject]:
        """At most `limit` exchanges, newest first, as `Entry` of the control API has them.

        `before` is an entry's id: only older ones.
        """
        newer = 0 if before is None else max(0, self._last - before + 1)
        return [self._rendered(entry) for entry in islice(reversed(self._entries), newer, newer + limit)]

    def _rendered(self, entry: _Entry) -> JsonObject:
        flat = iter(entry.received_fields.split(_SEPARATOR) if entry.received_fields else ())
        received_fields = list(zip(flat, flat, strict=True))
        return {
            "id": entry.id,
            "at": format_instant(entry.at, "date-time"),
            "duration": entry.duration / 1000,
            "operationId": entry.operation_id,
            "source": entry.source,
            "reason": None if entry.reason is None else _told(entry.reason),
            "request": {
                "method": entry.method,
                "path": entry.path,
                "query": redaction.redact_query(entry.query.decode("latin-1")),
                "fields": _fields(received_fields),
                "body": self._body(received_fields, entry.received, entry.received_size),
            },
            "answer": {
                "statusCode": entry.status_code,
                "fields": _fields(entry.sent_fields),
                "body": self._body(entry.sent_fields, entry.sent, entry.sent_size),
            },
        }

    def _body(self, fields: Fields, body: bytes, size: int) -> Json:
        """A body as JSON where it is, else as text; its size where it was not kept, or cannot be shown safely."""
        if size == 0:
            return None
        content_type = next((value.decode("latin-1") for name, value in fields if name == b"content-type"), None)
        type_ = media_type(content_type)[0] if content_type else ""
        text = _text(body)
        if text is not None and body:
            if is_json(type_):
                try:
                    return self._redact(orjson.loads(body))
                except orjson.JSONDecodeError:
                    if not any("\\" in name or redaction.names_secret(name) for name in _NAME.findall(text)):
                        return _shortened(text)
            elif type_ == _FORM:
                return _shortened(redaction.redact_query(text))
            elif _TEXT.fullmatch(type_):
                return _shortened(text)
        return f"[{size} bytes{f' of {type_}' if type_ else ''}]"


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _fields(fields: Fields) -> list[list[str]]:
    named = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
    return [[name, redaction.redact_field(name, value)] for name, value in named]


def _told(reason: Refusal) -> str:
    """Why a request was refused, each violation included."""
    return ": ".join([reason.message, "; ".join(map(str, reason.violations))]) if reason.violations else reason.message
