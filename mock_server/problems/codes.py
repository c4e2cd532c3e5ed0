"""Machine codes of errors: the usual word for a status code, and the word of an enumeration that comes closest."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Final

_WORDS: Final[dict[int, tuple[str, ...]]] = {
    400: ("bad_request", "invalid_request", "invalid_request_error", "invalid_argument", "validation_error", "invalid"),
    401: ("unauthorized", "unauthenticated", "authentication_error", "authentication_required", "invalid_token"),
    402: ("payment_required", "card_error"),
    403: ("forbidden", "permission_denied", "permission_error", "access_denied", "insufficient_scope"),
    404: ("not_found", "resource_missing", "not_found_error", "resource_not_found", "no_such"),
    405: ("method_not_allowed", "unimplemented", "not_supported"),
    406: ("not_acceptable",),
    408: ("request_timeout", "deadline_exceeded", "timeout"),
    409: ("conflict", "already_exists", "failed_precondition", "aborted", "invalid_state", "idempotency_error"),
    410: ("gone", "not_found", "deleted"),
    412: ("precondition_failed", "failed_precondition"),
    413: ("payload_too_large", "content_too_large", "request_too_large", "request_entity_too_large"),
    415: ("unsupported_media_type", "invalid_content_type"),
    422: (
        *("unprocessable_entity", "unprocessable_content", "validation_error", "validation_failed", "invalid_request"),
        *("invalid_argument", "invalid_request_error", "invalid", "bad_request"),
    ),
    428: ("precondition_required",),
    429: (
        "too_many_requests",
        "rate_limit_exceeded",
        "rate_limited",
        "rate_limit_error",
        "rate_limit",
        "resource_exhausted",
    ),
    500: ("internal_server_error", "internal_error", "internal", "server_error", "api_error"),
    501: ("not_implemented", "unimplemented"),
    502: ("bad_gateway", "unavailable"),
    503: ("service_unavailable", "unavailable", "overloaded_error", "api_error"),
    504: ("gateway_timeout", "deadline_exceeded"),
}
# RFC 9110 renamed these; Python names them so from 3.13 on only.
_TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}


def code(status_code: int) -> str:
    """The usual word: 404 is `not_found`."""
    words = _WORDS.get(status_code)
    return words[0] if words else _plain(title(status_code))


def title(status_code: int) -> str:
    """The phrase of RFC 9110 §15: 404 is `Not Found`."""
    if status_code in _TITLES:
        return _TITLES[status_code]
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "Error" if status_code >= 400 else "Unknown"


def closest(status_code: int, options: Sequence[str]) -> str:
    """The one of `options` that means this status code, however it is spelled; else one that sounds like it, or any."""
    spellings: dict[str, str] = {}
    for option in options:
        spellings.setdefault(_plain(option), option)
    words = [*_WORDS.get(status_code, ()), _plain(title(status_code)), str(status_code)]
    words += _WORDS[400] if 400 < status_code < 500 else _WORDS[500] if status_code > 500 else ()
    for word in words:
        if word in spellings:
            return spellings[word]
    for word in words[:1]:
        if near := get_close_matches(word, list(spellings), n=1, cutoff=0.6):
            return spellings[near[0]]
    return next((spellings[name] for name in spellings if "error" in name or "invalid" in name), options[0])


def _plain(text: str) -> str:
    """`NotFound`, `NOT-FOUND` and `not found` are all `not_found`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
