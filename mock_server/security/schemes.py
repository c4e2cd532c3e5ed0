"""One security scheme: where its credential is in a request, what makes it good, and how to ask for it."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from mock_server.errors import DocumentError, Location, Problem, did_you_mean
from mock_server.messages import Request
from mock_server.spec.document import join
from mock_server.types import Json, JsonObject

REALM: Final = "api"

_TOKEN: Final = re.compile(
    r"[\x21-\x7e]+"
)  # RFC 6750's b64token and what else is in use: no space, no control character
_TELLING: Final = re.compile("invalid|expired|revoked|forbidden", re.IGNORECASE)


class Caller(NamedTuple):
    """Who asks: the first credential that was needed, as text (None: none was), its scheme, and what it may do."""

    credential: str | None
    scheme: str | None
    scopes: tuple[str, ...]


class Rejected(Exception):
    """Why one alternative does not let a request in: `error` is RFC 6750's code ('' where nothing was sent)."""

    def __init__(self, status_code: int, reason: str, error: str, scopes: Sequence[str] = ()) -> None:
        self.status_code = status_code
        self.reason = reason
        self.error = error
        self.scopes = scopes
        super().__init__(reason)


class Scheme(NamedTuple):
    """One security scheme. `read` gives the credential of a request, None if there is none; it raises Rejected."""

    name: str
    read: Callable[[Request], str | None]
    challenge: str
    """Its challenge in WWW-Authenticate, without parameters that tell of errors."""
    hint: str
    """How to send a credential."""
    listed: Mapping[str, tuple[str, ...]] | None
    """The tokens of `x-credentials` with their scopes; None: any is good."""

    def admit(self, request: Request, needed: tuple[str, ...]) -> Caller:
        """The caller, if the credential is good and has the scopes that are `needed`."""
        credential = self.read(request)
        if credential is None:
            raise Rejected(401, f"send {self.hint}", "")
        if self.listed is not None:
            scopes = _listed(credential, self.listed)
            if scopes is None:
                raise Rejected(401, "the credential is not one that is known here", "invalid_token")
            if lacking := [scope for scope in needed if scope not in scopes]:
                raise Rejected(
                    403, f"the credential lacks the scope {' and '.join(lacking)}", "insufficient_scope", needed
                )
            return Caller(credential, self.name, scopes)
        if told := _TELLING.search(credential):
            raise _telling(told.group().lower(), needed)
        return Caller(credential, self.name, needed)


def quotable(text: str) -> str:
    """`text` without what ends or breaks a quoted string in a field: it may come from the document."""
    return re.sub(r'[^\x20-\x7e]|["\\]', "'", text)


def _telling(word: str, needed: tuple[str, ...]) -> Rejected:
    if word == "forbidden":
        return Rejected(403, "the credential does not permit this", "insufficient_scope", needed)
    return Rejected(401, f"the credential is {word}", "invalid_token")


def _listed(credential: str, listed: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The scopes of a credential; every listed one is compared, so that the time taken tells nothing."""
    sent = credential.encode()
    found = None
    for token, scopes in listed.items():
        if compare_digest(sent, token.encode()):
            found = scopes
    return found


def scheme_of(name: str, schemes: Mapping[str, JsonObject], pointer: str) -> Scheme:
    """The scheme that is called `name` by the operation at `pointer`. Raises DocumentError."""
    if name not in schemes:
        message = f"there is no security scheme {name!r}{did_you_mean(name, schemes)}"
        raise _refused(message, join(pointer, "security"))
    scheme = schemes[name]
    place = join("/components/securitySchemes", name)
    listed = _credentials(scheme.get("x-credentials"), place)
    match scheme.get("type"):
        case "http" if str(scheme.get("scheme", "")).lower() == "bearer":
            return Scheme(name, _bearer, f'Bearer realm="{REALM}"', "Authorization: Bearer <token>", listed)
        case "oauth2" | "openIdConnect":
            return Scheme(name, _bearer, f'Bearer realm="{REALM}"', "Authorization: Bearer <token>", listed)
        case "http" if str(scheme.get("scheme", "")).lower() == "basic":
            challenge = f'Basic realm="{REALM}", charset="UTF-8"'
            return Scheme(name, _basic, challenge, "Authorization: Basic <user:password in base64>", listed)
        case "http" if _TOKEN.fullmatch(word := str(scheme.get("scheme", ""))):
            return Scheme(name, _other(word), f'{word} realm="{REALM}"', f"Authorization: {word} <credentials>", listed)
        case "apiKey" if scheme.get("in") in _KEYS and isinstance(scheme.get("name"), str):
            where, key = scheme["in"], scheme["name"]
            challenge = f'ApiKey realm="{REALM}", in="{where}", name="{quotable(key)}"'
            return Scheme(name, _KEYS[where](key), challenge, f"the {_PLACES[where]} {key}", listed)
        case "mutualTLS":
            # The certificate is a matter of the connection, which ends before this server: it is taken to be good.
            return Scheme(name, lambda request: "", f'Mutual realm="{REALM}"', "a client certificate", None)
    raise _refused(f"the security scheme {name!r} is of no kind that is known: type, scheme or in is wrong", place)


def is_plain_bearer(scheme: Scheme) -> bool:
    """Whether any bearer token is good."""
    return scheme.read is _bearer and scheme.listed is None


def _credentials(stated: Json, place: str) -> Mapping[str, tuple[str, ...]] | None:
    """`x-credentials`, checked: `[{token, scopes}]`."""
    if stated is None:
        return None
    place = join(place, "x-credentials")
    if not isinstance(stated, list):
        raise _refused("x-credentials is a list of {token, scopes}", place)
    listed = {}
    for index, entry in enumerate(stated):
        if not isinstance(entry, dict) or not isinstance(entry.get("token"), str) or not entry["token"]:
            raise _refused("a credential has a token, a text", join(place, index))
        if unknown := [word for word in entry if word not in ("token", "scopes")]:
            hint = did_you_mean(unknown[0], ("token", "scopes"))
            raise _refused(f"a credential has no {unknown[0]!r}{hint}", join(place, index))
        scopes = entry.get("scopes", [])
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise _refused("scopes is a list of texts", join(place, index, "scopes"))
        listed[entry["token"]] = tuple(scopes)
    return listed


def _refused(message: str, pointer: str) -> DocumentError:
    return DocumentError([Problem(message, Location("document", None, pointer))])


def _authorization(request: Request, scheme: str) -> str | None:
    """What follows the scheme's name in Authorization; None where another scheme is used, or none."""
    sent = request.field(b"authorization")
    if sent is None:
        return None
    word, _, credentials = sent.strip().partition(" ")
    if word.lower() != scheme:
        return None
    credentials = credentials.strip()
    if not credentials or ", " in credentials:
        raise Rejected(401, f"Authorization does not hold one {scheme} credential", "invalid_token")
    return credentials


def _bearer(request: Request) -> str | None:
    token = _authorization(request, "bearer")
    if token is not None and not _TOKEN.fullmatch(token):
        raise Rejected(401, "the bearer token is malformed: it has no spaces and is ASCII", "invalid_token")
    return token


def _basic(request: Request) -> str | None:
    """The user name and password with the colon between them (RFC 7617 §2)."""
    credentials = _authorization(request, "basic")
    if credentials is None:
        return None
    try:
        decoded = b64decode(credentials, validate=True).decode()
    except ValueError:
        decoded = ""
    if ":" not in decoded:
        raise Rejected(401, "the basic credentials are not user:password in base64", "invalid_token")
    return decoded


def _other(scheme: str) -> Callable[[Request], str | None]:
    lower = scheme.lower()
    return lambda request: _authorization(request, lower)


def _header_key(name: str) -> Callable[[Request], str | None]:
    field = name.lower().encode()
    return lambda request: request.field(field) or None


def _query_key(name: str) -> Callable[[Request], str | None]:
    def read(request: Request) -> str | None:
        for pair in request.query.decode("latin-1").split("&"):
            key, _, value = pair.partition("=")
            if unquote_plus(key) == name:
                return unquote_plus(value) or None
        return None

    return read


def _cookie_key(name: str) -> Callable[[Request], str | None]:
    def read(request: Request) -> str | None:
        for line in (value for key, value in request.fields if key == b"cookie"):
            for pair in line.decode("latin-1").split(";"):
                key, _, value = pair.partition("=")
                if key.strip() == name:
                    return value.strip().strip('"') or None
        return None

    return read


_KEYS: Final = {"header": _header_key, "query": _query_key, "cookie": _cookie_key}
_PLACES: Final = {"header": "header field", "query": "query parameter", "cookie": "cookie"}
