"""Which names mean a secret, and what is shown in a secret's place: nothing of it is ever written down or sent back."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from mock_server.types import Json

REDACTED: Final = "[redacted]"

_SPLIT: Final = re.compile(r"[^a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A name is a secret's if one of these is a whole word of it, or if its words run together contain one of the compounds.
_WORDS: Final = frozenset(
    {"authorization", "auth", "bearer", "cookie", "cookies", "credential", "credentials", "cvc", "cvv", "jwt", "otp"}
    | {"passcode", "passphrase", "passwd", "password", "pin", "pwd", "secret", "secrets", "sig", "signature"}
    | {"token", "tokens"}
)
_COMPOUNDS: Final = (
    *(
        "accesskey",
        "apikey",
        "apisecret",
        "authkey",
        "authtoken",
        "authorization",
        "clientsecret",
        "csrf",
        "licensekey",
    ),
    *("passphrase", "passwd", "password", "privatekey", "secretkey", "sessionid", "sessionkey", "signature", "xsrf"),
    *("signingkey", "subscriptionkey"),
)
# Names with a telling word that hold no secret: what kind it is, how many, where to get one.
_HARMLESS_ENDS: Final = frozenset(
    {"type", "types", "count", "counts", "limit", "usage", "url", "uri", "endpoint", "name", "id", "expiry", "expires"}
    | {"ttl", "method", "methods", "scheme", "hint", "at", "in"}
)
_CURSORS: Final = frozenset(
    {"next", "page", "pagination", "continuation", "cursor", "sync", "previous", "prev", "max", "min", "total"}
    | {"prompt", "completion"}
)


@lru_cache(4096)
def names_secret(name: str) -> bool:
    """Whether a field, parameter or member called `name` (any case or spelling) holds a secret."""
    words = _SPLIT.split(_CAMEL.sub("_", name).lower())
    words = [word for word in words if word]
    if not words:
        return False
    joined = "".join(words)
    if words[-1] in _HARMLESS_ENDS and len(words) > 1 and joined not in _COMPOUNDS:
        return False
    if words[-1] in ("token", "tokens") and not _CURSORS.isdisjoint(words):
        return False
    return not _WORDS.isdisjoint(words) or any(compound in joined for compound in _COMPOUNDS)


def redact(value: Json, *, depth: int = 64) -> Json:
    """A copy of a JSON value in which every member whose name means a secret is `[redacted]`, null and '' aside."""
    if isinstance(value, dict):
        if depth == 0:
            return REDACTED
        return {
            name: REDACTED if names_secret(name) and member not in (None, "") else redact(member, depth=depth - 1)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return REDACTED if depth == 0 else [redact(item, depth=depth - 1) for item in value]
    return value


def redact_field(name: str, value: str) -> str:
    """A header field's value, fit to be shown: an authentication scheme and a cookie's name stay."""
    lower = name.lower()
    if lower in ("authorization", "proxy-authorization"):
        scheme, separator, _ = value.strip().partition(" ")
        return f"{scheme} {REDACTED}" if separator and scheme.isalnum() else REDACTED
    if lower == "cookie":
        return "; ".join(_cookie(pair) for pair in value.split(";"))
    if lower == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        return _cookie(pair) + semicolon + attributes
    if lower == "www-authenticate":
        return value
    return REDACTED if names_secret(name) else redact_urls(value)


def redact_query(query: str) -> str:
    """A raw query string, or a form's content, secret parameters replaced, the rest as it was sent."""
    return "&".join(_pair(pair) for pair in query.split("&"))


def redact_urls(text: str) -> str:
    """Text in which a URL's password and secret query parameters are replaced, as in Location; the rest unchanged."""
    text = re.sub(r"(?<=://)[^/?#@\s]+(?=@)", REDACTED, text)
    head, mark, query = text.partition("?")
    return f"{head}?{redact_query(query)}" if mark and "=" in query else text


def _pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}={REDACTED}" if equals and value and names_secret(unquote_plus(name)) else pair


def _cookie(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name.strip()}={REDACTED}" if equals else REDACTED
