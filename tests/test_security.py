"""Who is let in: the truth tables of AND and OR, each kind of scheme, and refusals that say what to send."""

import timeit
from base64 import b64encode
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import DocumentError, Refusal
from mock_server.messages import Request
from mock_server.security import Caller, compile_security
from mock_server.spec import Operation

LISTED = [{"token": "reader", "scopes": ["read"]}, {"token": "writer", "scopes": ["read", "write"]}, {"token": "guest"}]
SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "Digest"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "oauth": {"type": "oauth2", "flows": {}},
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    "mutual": {"type": "mutualTLS"},
    "strict": {"type": "http", "scheme": "bearer", "x-credentials": LISTED},
    "strictBasic": {"type": "http", "scheme": "basic", "x-credentials": [{"token": "me:pw"}]},
    "broken": {"type": "apiKey", "in": "body", "name": "x"},
}


def operation(*security: dict[str, tuple[str, ...]]) -> Operation:
    return Operation("x", "GET", "/x", (), "", (), None, {}, security, "/paths/~1x/get")


def request(authorization: str | None = None, *, key: str = "", query: bytes = b"", cookie: str = "") -> Request:
    fields = [(b"host", b"localhost"), (b"accept", b"*/*")]
    fields += [(b"authorization", authorization.encode("latin-1"))] if authorization is not None else []
    fields += [(b"x-key", key.encode())] if key else []
    fields += [(b"cookie", cookie.encode())] if cookie else []
    return Request("GET", "/x", query=query, fields=fields)


def ask(security: tuple[dict[str, tuple[str, ...]], ...], asked: Request) -> Caller:
    check = compile_security(operation(*security), SCHEMES)
    assert check is not None
    return check(asked)


def refused(security: tuple[dict[str, tuple[str, ...]], ...], asked: Request) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ask(security, asked)
    assert caught.value.source == "security"
    return caught.value


def challenges(refusal: Refusal) -> list[str]:
    return [value.decode() for name, value in refusal.fields if name == b"www-authenticate"]


BASIC = "Basic " + b64encode(b"me:pw").decode()
GOOD = {
    "bearer": (request("Bearer abc"), "abc"),
    "basic": (request(BASIC), "me:pw"),
    "digest": (request("Digest response=x"), "response=x"),
    "header": (request(key="abc"), "abc"),
    "query": (request(query=b"a=1&key=a%20c"), "a c"),
    "cookie": (request(cookie="a=1; session=abc"), "abc"),
    "oauth": (request("bearer  abc "), "abc"),
    "openid": (request("BEARER abc"), "abc"),
    "mutual": (request(), ""),
    "strict": (request("Bearer writer"), "writer"),
    "strictBasic": (request(BASIC), "me:pw"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_well_formed_credential_of_the_right_scheme_is_good(name: str) -> None:
    asked, credential = GOOD[name]
    assert ask(({name: ()},), asked)[:2] == (credential, name)


@pytest.mark.parametrize("name", [name for name in GOOD if name != "mutual"])
def test_without_a_credential_the_answer_is_401_with_a_challenge(name: str) -> None:
    for asked in (request(), request("Unknown abc"), request("")):
        refusal = refused(({name: ()},), asked)
        assert refusal.status_code == 401
        assert refusal.message.startswith("credentials are needed: send ")
        assert len(challenges(refusal)) == 1 and "error" not in challenges(refusal)[0]  # RFC 6750 §3.1


@pytest.mark.parametrize("name", ["bearer", "oauth", "openid", "header", "query", "cookie", "digest"])
@pytest.mark.parametrize(("word", "status"), [("invalid", 401), ("Expired", 401), ("revoked", 401), ("forbidden", 403)])
def test_a_credential_can_say_that_it_is_bad(name: str, word: str, status: int) -> None:
    text = f"my-{word}-token"
    asked = request(
        f"{'Digest' if name == 'digest' else 'Bearer'} {text}",
        key=text,
        query=f"key={text}".encode(),
        cookie=f"session={text}",
    )
    refusal = refused(({name: ("write",)},), asked)
    assert refusal.status_code == status
    assert text not in refusal.message + "".join(challenges(refusal))


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer a b", "Bearer é", "Bearer a, Bearer b", "Basic !!!", "Basic YQ==", "Basic a b"],
)
def test_a_malformed_credential_gets_401(authorization: str) -> None:
    assert refused(({"basic": ()}, {"bearer": ()}), request(authorization)).status_code == 401


def test_two_authorization_fields_are_not_one_credential() -> None:
    asked = Request("GET", "/x", fields=[(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")])
    assert refused(({"bearer": ()},), asked).status_code == 401
    assert refused(({"bearer": ()}, {"basic": ()}), asked).status_code == 401


@pytest.mark.parametrize(
    ("token", "needed", "status"),
    [
        ("reader", ("read",), 200),
        ("reader", ("read", "write"), 403),
        ("writer", ("write", "read"), 200),
        ("guest", (), 200),
        ("guest", ("read",), 403),
        ("reade", ("read",), 401),
        ("readerr", (), 401),
        ("forbidden", (), 401),
    ],
)
def test_listed_credentials_are_strict(token: str, needed: tuple[str, ...], status: int) -> None:
    security = ({"strict": needed},)
    if status == 200:
        caller = ask(security, request(f"Bearer {token}"))
        assert set(needed) <= set(caller.scopes)
        return
    refusal = refused(security, request(f"Bearer {token}"))
    assert refusal.status_code == status
    error = "insufficient_scope" if status == 403 else "invalid_token"
    assert f'error="{error}"' in challenges(refusal)[0]
    assert (f'scope="{" ".join(needed)}"' in challenges(refusal)[0]) == (status == 403)
    assert token == "forbidden" or token not in refusal.message


def test_no_security_and_no_alternatives_are_open() -> None:
    assert compile_security(operation(), SCHEMES) is None
    assert compile_security(operation({}), SCHEMES) is None


# What each scheme says of a request: absent, good, bad (401) or not permitted (403).
STATES = {"": None, "good": 200, "expired": 401, "forbidden": 403}
KINDS = ("header", "query", "cookie")


def sent(states: tuple[str, ...]) -> Request:
    header, query, cookie = states
    return request(key=header, query=f"key={query}".encode(), cookie=f"session={cookie}" if cookie else "")


@pytest.mark.parametrize("states", [*product(STATES, repeat=3)])
@pytest.mark.parametrize(
    "security",
    [
        ({"header": ()},),
        ({"header": (), "query": ()},),
        ({"header": ()}, {"query": ()}),
        ({"header": (), "query": ()}, {"cookie": ()}),
        ({"cookie": ()}, {"header": (), "query": ()}),
        ({"header": (), "query": (), "cookie": ()},),
        ({"header": ()}, {"query": ()}, {"cookie": ()}),
        ({"header": ()}, {}),
        ({}, {"header": (), "query": ()}),
    ],
)
def test_one_alternative_must_hold_and_all_schemes_of_it(
    states: tuple[str, ...], security: tuple[dict[str, tuple[str, ...]], ...]
) -> None:
    said = {kind: STATES[state] for kind, state in zip(KINDS, states, strict=True)}
    # The first scheme that does not hold decides what its alternative comes to.
    outcomes = [next((said[name] or 401 for name in names if said[name] != 200), 200) for names in security]
    if 200 in outcomes:
        caller = ask(security, sent(states))
        holding = security[outcomes.index(200)]
        named = [names for names, outcome in zip(security, outcomes, strict=True) if names and outcome == 200]
        assert caller.scheme == (next(iter(named[0])) if named else None)
        assert holding == {} or caller.credential == "good"
    else:
        refusal = refused(security, sent(states))
        assert refusal.status_code == (403 if 403 in outcomes else 401)
        assert challenges(refusal)


def test_what_to_send_is_told_for_every_alternative() -> None:
    refusal = refused(({"header": (), "query": ()}, {"bearer": ()}), request())
    both = "the header field X-Key and the query parameter key"
    assert refusal.message == f"credentials are needed: send {both} or Authorization: Bearer <token>"
    assert [challenge.split(" ")[0] for challenge in challenges(refusal)] == ["ApiKey", "Bearer"]


def test_several_schemes_together_are_one_caller() -> None:
    asked = request("Bearer writer", key="k")
    caller = ask(({"header": ("a",), "strict": ("read",)},), asked)
    assert caller == Caller("k", "header", ("a", "read", "write"))


@given(st.text(max_size=20), st.lists(st.text(max_size=10), max_size=2))
def test_a_challenge_is_always_a_legal_field(name: str, scopes: list[str]) -> None:
    schemes = {"key": {**SCHEMES["header"], "name": name}, "strict": SCHEMES["strict"]}
    check = compile_security(operation({"key": ()}, {"strict": tuple(scopes)}), schemes)
    assert check is not None
    try:
        check(request("Bearer guest"))
    except Refusal as refusal:
        for challenge in challenges(refusal):
            assert challenge.isprintable() and challenge.isascii()
            assert challenge.count('"') % 2 == 0


@given(st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=30))
def test_no_authorization_field_is_too_strange(text: str) -> None:
    for security in (({"bearer": ()},), ({"basic": ()}, {"digest": ()}, {"strict": ()})):
        check = compile_security(operation(*security), SCHEMES)
        assert check is not None
        for _ in range(2):  # what was let in before is let in by a shorter way
            with suppress(Refusal):
                assert check(request(text)).credential


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("berer", "no security scheme 'berer'; did you mean 'bearer'"),
        ("broken", "'broken' is of no kind that is known"),
    ],
)
def test_a_scheme_that_is_not_known_is_refused(name: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        compile_security(operation({name: ()}), SCHEMES)


@pytest.mark.parametrize(
    "listed", [{}, ["x"], [{"token": ""}], [{"token": "a", "scope": []}], [{"token": "a", "scopes": "b"}]]
)
def test_a_list_of_credentials_that_is_wrong_is_refused(listed: Any) -> None:
    with pytest.raises(DocumentError, match="/components/securitySchemes/s/x-credentials"):
        compile_security(operation({"s": ()}), {"s": {"type": "http", "scheme": "bearer", "x-credentials": listed}})


def test_a_bearer_token_is_checked_in_about_a_microsecond() -> None:
    check = compile_security(operation({"bearer": ()}), SCHEMES)
    assert check is not None
    asked = request("Bearer apik_1234567890")
    assert min(timeit.repeat(lambda: check(asked), number=2000, repeat=5)) / 2000 < 20e-6
