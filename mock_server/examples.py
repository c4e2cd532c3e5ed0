"""Which documented response is the success, and which documented example can be its body."""

from typing import Final

from mock_server.spec import MediaType, Operation, Response
from mock_server.types import Json
from mock_server.validation import Schemas


class _Missing:
    """What there is where no example is; it is false, and null is not it."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def success(operation: Operation) -> Response | None:
    """The response that tells of success: that of the lowest 2xx status code, else of `2XX`, or of `default`."""
    responses = operation.responses
    exact = sorted(status for status in responses if len(status) == 3 and status.isdigit() and status.startswith("2"))
    for status in (*exact, "2XX", "default"):
        if status in responses:
            return responses[status]
    return None


def example_body(media: MediaType, schemas: Schemas) -> Json:
    """The first documented example that is valid against the media type's schema; `MISSING` where there is none.

    The value is the document's own: it is not to be changed.
    """
    if not media.examples:
        return MISSING
    if media.schema_pointer is None:
        return media.examples[0]
    is_valid = schemas.at(media.schema_pointer, direction="response").is_valid
    return next((example for example in media.examples if is_valid(example)), MISSING)
