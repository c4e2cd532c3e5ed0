"""What can be wrong, as facts: `Problem` in a document, `Violation` in a request.

Facts only: `problems` turns a `Refusal` into an HTTP response, `cli` turns a `DocumentError` into terminal text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple


class Location(NamedTuple):
    """A place in a file: `file` as the user named it, `line` from 1 (None: unknown), `pointer` an RFC 6901 pointer."""

    file: str
    line: int | None
    pointer: str

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}"
        return f"{self.file}{line} {self.pointer or '/'}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a document: an `error` is refused, a `warning` can be served all the same."""

    message: str
    location: Location | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return self.message if self.location is None else f"{self.location}: {self.message}"


class DocumentError(Exception):
    """A document that cannot be served, with every problem that was found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(Exception):
    """A command line, setting or control request that makes no sense; the message says what to do."""


class Violation(NamedTuple):
    """One thing that is wrong in a request.

    `place` is `body`, or a parameter's location (`path`, `query`, `header`, `cookie`); `pointer` is a JSON Pointer into
    the body ('' is the whole of it), or the parameter's name; `rule` is the schema keyword or rule that was broken.
    """

    place: str
    pointer: str
    message: str
    rule: str

    def __str__(self) -> str:
        if self.place == "body":
            return f"body{self.pointer}: {self.message}"
        return f"{self.place} parameter {self.pointer}: {self.message}"


class Refusal(Exception):
    """A request that is answered with an error.

    `source` names the rule that refused it (`routing`, `security`, `validation`, `state`, ...), as in `Mock-Source`;
    `fields` are response header fields, names in lower case.
    """

    def __init__(
        self,
        status_code: int,
        message: str,
        *,
        source: str,
        violations: Sequence[Violation] = (),
        fields: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self.status_code = status_code
        self.message = message
        self.source = source
        self.violations = violations
        self.fields = fields
        super().__init__(message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to end a message with: `; did you mean 'leave'?`, or '' where nothing known is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
