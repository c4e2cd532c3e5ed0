"""Who may drive the mock: the checks in front of the control API.

A web page that a developer happens to visit must not be able to reach it, neither by a cross-origin request nor by a
name that it makes point here (DNS rebinding), and on a network it needs a token.
"""

import hmac
from collections.abc import Sequence
from ipaddress import ip_address

from mock_server.errors import Refusal, UsageError
from mock_server.messages import Request
from mock_server.settings import Settings

_OWN = frozenset({"same-origin", "none"})


class Guard:
    """Refuses control requests by their Host, Origin, `Sec-Fetch-Site` and token."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = frozenset(host.lower() for host in (*settings.allow_hosts, settings.host, "localhost"))
        self._token = settings.control_token
        if not is_loopback(settings.host) and not self._token:
            raise UsageError(
                f"--host {settings.host} lets other machines reach the control API: give it a token with "
                "--control-token or MOCK_SERVER_CONTROL_TOKEN, or bind 127.0.0.1"
            )

    def check(self, request: Request) -> None:
        """Raise a `Refusal` (401, 403) unless the request may drive the mock."""
        authority = request.field(b"host") or ""
        if not self._is_own(host_of(authority)):
            raise _forbidden(f"Host {authority!r} is not a name of this server; --allow-host adds one")
        origin = request.field(b"origin")
        if origin is not None and origin.partition("://")[2] != authority:
            raise _forbidden(f"a page of {origin[:100]!r} may not drive the mock")
        site = request.field(b"sec-fetch-site")
        if site is not None and site not in _OWN:
            raise _forbidden(f"Sec-Fetch-Site {site[:40]!r}: a page of another site may not drive the mock")
        if self._token:
            scheme, _, token = (request.field(b"authorization") or "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
                challenge: Sequence[tuple[bytes, bytes]] = ((b"www-authenticate", b'Bearer realm="control"'),)
                raise Refusal(
                    401, "the control API needs its token: Authorization: Bearer <control token>", source="security",
                    fields=challenge,
                )  # fmt: skip

    def _is_own(self, host: str) -> bool:
        return host in self._hosts or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine talking to itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(authority: str) -> str:
    """The host of a Host field's value, in lower case and without the port; an IPv6 address without its brackets."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].lower()


def _forbidden(message: str) -> Refusal:
    return Refusal(403, message, source="security")
