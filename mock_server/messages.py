"""HTTP messages as plain values, free of any framework."""

import re
from collections.abc import Sequence
from typing import TypeAlias

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.1
_NOT_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110 §5.5

Fields: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Header fields in order, names in lower case (as ASGI has them)."""


class Request:
    """One request, whole.

    `path` is the request target's path below `base_path`, where the API begins, still percent-encoded; `query` is what
    follows `?`, raw; `server` is the origin the client used, `http://127.0.0.1:8080`; `body` is the undecoded content.
    """

    __slots__ = ("_by_name", "base_path", "body", "fields", "method", "path", "query", "server")

    def __init__(
        self,
        method: str,
        path: str,
        *,
        query: bytes = b"",
        fields: Fields = (),
        body: bytes = b"",
        server: str = "http://127.0.0.1:8080",
        base_path: str = "",
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.server = server
        self.base_path = base_path
        self._by_name = dict(fields)
        if len(self._by_name) != len(fields):
            self._by_name = _joined(fields)

    def field(self, name: bytes) -> str | None:
        """A field's value, `name` in lower case, or None; lines of one name are joined (RFC 9110 §5.2)."""
        value = self._by_name.get(name)
        return None if value is None else value.decode("latin-1")


class Response:
    """One response; `source` says where it came from and is sent as `Mock-Source`."""

    __slots__ = ("body", "fields", "source", "status_code")

    def __init__(self, status_code: int, body: bytes = b"", *, fields: Fields = (), source: str) -> None:
        self.status_code = status_code
        self.body = body
        self.fields = fields
        self.source = source


def check_response(status_code: int, fields: Fields) -> None:
    """Raise ValueError or TypeError for a status code or header fields that HTTP does not allow (RFC 9110 §5, §15)."""
    if not 200 <= status_code <= 599:
        raise ValueError(f"{status_code} is no status code of a final response")
    for name, value in fields:
        if {type(name), type(value)} != {bytes}:
            raise TypeError(f"header fields are pairs of bytes, not {name!r}: {value!r}")
        if not _NAME.fullmatch(name) or _NOT_IN_VALUE.search(value):
            raise ValueError(f"{name!r}: {value!r} is no header field")


def _joined(fields: Fields) -> dict[bytes, bytes]:
    lines: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        lines.setdefault(name, []).append(value)
    # RFC 9113 §8.2.3: the lines of a cookie are joined with a semicolon.
    return {name: (b"; " if name == b"cookie" else b", ").join(values) for name, values in lines.items()}
