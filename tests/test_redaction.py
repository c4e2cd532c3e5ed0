"""What is shown of a message holds no secret, and everything else of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.redaction import REDACTED, names_secret, redact, redact_field, redact_query, redact_urls

SECRETS = [
    *(
        "password",
        "Password",
        "new_password",
        "userPassword",
        "passwd",
        "api_key",
        "apiKey",
        "X-API-Key",
        "apikey",
        "token",
    ),
    *(
        "access_token",
        "accessToken",
        "refresh-token",
        "id_token",
        "client_secret",
        "clientSecret",
        "secret",
        "Authorization",
    ),
    *(
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Amz-Signature",
        "signature",
        "sig",
        "private_key",
        "session_id",
    ),
    *("X-CSRF-Token", "jwt", "card[cvc]", "pin", "credentials", "Ocp-Apim-Subscription-Key", "secret_access_key"),
]
HARMLESS = [
    *(
        "name",
        "id",
        "key",
        "public_key_id",
        "next_page_token",
        "pageToken",
        "continuation_token",
        "token_type",
        "max_tokens",
    ),
    *(
        "total_tokens",
        "author",
        "authority",
        "secretary",
        "cookies_accepted_at",
        "password_hint",
        "shipping",
        "signed_in",
    ),
    *("token_count", "author_name", "column_mapping", "file_id", "", "tokens_limit", "opinion", "design", "pinned"),
]
MARK = "hunter2-0123456789"


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_names_that_only_sound_like_secrets_are_not(name: str) -> None:
    assert not names_secret(name)


values = st.recursive(
    st.sampled_from([None, True, 1, "plain", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HARMLESS), inner, max_size=3),
    max_leaves=8,
)
secret_values = st.sampled_from([MARK, [MARK], {"deep": MARK}, {"name": [{"name": MARK}]}])


def planted(value: Any, name: str, secret: Any, data: st.DataObject) -> Any:
    """`value` with a secret put somewhere into it."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: planted(value[key], name, secret, data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [planted(value[0], name, secret, data), *value[1:]]
    return {"about": value, name: secret}


@given(values, st.sampled_from(SECRETS), secret_values, st.data())
def test_no_secret_is_left_in_a_body(value: Any, name: str, secret: Any, data: st.DataObject) -> None:
    assert MARK not in repr(redact(planted(value, name, secret, data)))


@given(values)
def test_a_body_without_secrets_is_left_as_it_was(value: Any) -> None:
    assert redact(value) == value


def test_a_deep_body_is_cut_rather_than_followed() -> None:
    deep: Any = {"password": MARK}
    for _ in range(5000):
        deep = [deep]
    assert MARK not in repr(redact(deep))


@given(st.sampled_from(SECRETS), st.lists(st.sampled_from(["a=1", "b", "name=x%20y", "", "page=2"])), st.booleans())
def test_no_secret_is_left_in_a_query(name: str, others: list[str], encode: bool) -> None:
    spelled = "".join(f"%{ord(char):02X}" for char in name) if encode else name
    query = "&".join([*others, f"{spelled}={MARK}", *others])
    assert redact_query(query) == query.replace(MARK, REDACTED)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", f"Bearer {MARK}", f"Bearer {REDACTED}"),
        ("authorization", MARK, REDACTED),
        ("authorization", "Basic", REDACTED),
        ("Cookie", f"a={MARK}; b={MARK}", f"a={REDACTED}; b={REDACTED}"),
        ("Set-Cookie", f"sid={MARK}; Path=/; HttpOnly", f"sid={REDACTED}; Path=/; HttpOnly"),
        ("X-Api-Key", MARK, REDACTED),
        ("Location", f"/f?X-Amz-Signature={MARK}&a=1", f"/f?X-Amz-Signature={REDACTED}&a=1"),
        ("Referer", f"https://me:{MARK}@example.com/x", f"https://{REDACTED}@example.com/x"),
        ("WWW-Authenticate", 'Bearer realm="api"', 'Bearer realm="api"'),
        ("Content-Type", "application/json", "application/json"),
        ("Idempotency-Key", "abc", "abc"),
    ],
)
def test_a_field_is_shown_without_its_secret(name: str, value: str, shown: str) -> None:
    assert redact_field(name, value) == shown


def test_text_that_is_no_url_is_left_as_it_was() -> None:
    assert redact_urls("what? no = 1, and so on") == "what? no = 1, and so on"
