"""Who is asking: the credentials of a request, as an operation's security requirements want them (OpenAPI 3.1 §4.8.30).

Any well-formed credential of the right scheme is good, so that an application's own token works; one whose text
contains `invalid`, `expired` or `revoked` gets 401, `forbidden` 403. A scheme with `x-credentials` (a list of `token`
and `scopes`) is strict: an unlisted token gets 401, a missing scope 403. What is listed is compared in constant time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from mock_server.errors import Refusal
from mock_server.messages import Request
from mock_server.security.schemes import Caller, Rejected, Scheme, is_plain_bearer, quotable, scheme_of
from mock_server.spec import Operation
from mock_server.types import JsonObject

__all__ = ["Caller", "Check", "compile_security"]

ANYONE: Final = Caller(None, None, ())

_KNOWN: Final = 1024  # credentials that are remembered for an operation

Check: TypeAlias = Callable[[Request], Caller]
"""Raises `Refusal` 401 or 403."""


_Alternatives: TypeAlias = Sequence[Sequence[tuple[Scheme, tuple[str, ...]]]]
"""Of schemes that are needed together, each with the scopes that are needed of it."""


def compile_security(operation: Operation, schemes: Mapping[str, JsonObject]) -> Check | None:
    """The check of one operation's security: alternatives, each of schemes that are needed together. None: it is open.

    Raises DocumentError for schemes that are not declared or not known.
    """
    if not operation.security:
        return None
    compiled = {
        name: scheme_of(name, schemes, operation.pointer) for requirement in operation.security for name in requirement
    }
    alternatives = [
        [(compiled[name], scopes) for name, scopes in requirement.items()]
        for requirement in operation.security
        if requirement
    ]
    if not alternatives:
        return None
    if len(operation.security) == 1 and len(alternatives[0]) == 1:
        scheme, scopes = alternatives[0][0]
        if is_plain_bearer(scheme):
            return _bearer_only(scheme, scopes)
    return _any_of(alternatives, optional=len(alternatives) < len(operation.security))


def _any_of(alternatives: _Alternatives, *, optional: bool) -> Check:
    def check(request: Request) -> Caller:
        rejections: list[tuple[Scheme, Rejected]] = []
        for together in alternatives:
            callers: list[Caller] = []
            for scheme, needed in together:
                try:
                    callers.append(scheme.admit(request, needed))
                except Rejected as rejected:
                    rejections.append((scheme, rejected))
                    break
            else:
                return callers[0] if len(callers) == 1 else _together(callers)
        if optional:
            return ANYONE
        raise _refusal(rejections, alternatives)

    return check


def _bearer_only(scheme: Scheme, scopes: tuple[str, ...]) -> Check:
    """The commonest requirement: what was let in once is let in again at once. No secret is compared here."""
    check = _any_of([[(scheme, scopes)]], optional=False)
    known: dict[bytes, Caller] = {}

    def check_known(request: Request) -> Caller:
        sent = None
        for name, value in request.fields:
            if name == b"authorization":
                if sent is not None:
                    return check(request)
                sent = value
        caller = known.get(sent)  # type: ignore[arg-type]  # None is no key
        if caller is None:
            caller = check(request)
            if len(known) >= _KNOWN:
                known.clear()
            if sent is not None:
                known[sent] = caller
        return caller

    return check_known


def _together(callers: Sequence[Caller]) -> Caller:
    """Several credentials at once are one caller: with the first credential, and all scopes."""
    first = next((caller for caller in callers if caller.credential is not None), callers[0])
    return first._replace(scopes=tuple(dict.fromkeys(scope for caller in callers for scope in caller.scopes)))


def _refusal(rejections: Sequence[tuple[Scheme, Rejected]], alternatives: _Alternatives) -> Refusal:
    """The one refusal for all alternatives: 403 if only permission is missing in one, else 401 with every challenge."""
    forbidden = [(scheme, rejected) for scheme, rejected in rejections if rejected.status_code == 403]
    if forbidden:
        scheme, rejected = forbidden[0]
        return Refusal(403, rejected.reason, source="security", fields=_challenges([(scheme, rejected)]))
    wrong = [rejected for _, rejected in rejections if rejected.error]
    if wrong:
        message = wrong[0].reason
    else:
        ways = dict.fromkeys(" and ".join(scheme.hint for scheme, _ in together) for together in alternatives)
        message = f"credentials are needed: send {' or '.join(ways)}"
    return Refusal(401, message, source="security", fields=_challenges(rejections))


def _challenges(rejections: Sequence[tuple[Scheme, Rejected]]) -> list[tuple[bytes, bytes]]:
    """A WWW-Authenticate field for each scheme (RFC 9110 §11.6.1), with its error as RFC 6750 §3 has it."""
    challenges: dict[str, None] = {}
    for scheme, rejected in rejections:
        challenge = scheme.challenge
        if rejected.error and challenge.startswith("Bearer"):
            challenge += f', error="{rejected.error}", error_description="{quotable(rejected.reason)}"'
            if rejected.scopes:
                challenge += f', scope="{quotable(" ".join(rejected.scopes))}"'
        challenges[challenge] = None
    return [(b"www-authenticate", challenge.encode("ascii")) for challenge in challenges]
