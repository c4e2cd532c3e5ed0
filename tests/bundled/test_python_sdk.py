"""The published Python SDK against the mock: what its users do, nothing adapted."""

import urllib.request

import pytest
import whop_sdk
from whop_sdk.types.audience import Audience

from tests.conftest import Server


def create(client: whop_sdk.Whop, name: str, *, account_id: str = "biz_1", file_id: str = "file_none") -> Audience:
    return client.audiences.create(name=name, account_id=account_id, file_id=file_id, column_mapping={"email": "Email"})


@pytest.fixture
def client(mock: Server) -> whop_sdk.Whop:
    return whop_sdk.Whop(api_key="token", base_url=f"{mock.origin}/api/v1", max_retries=0)


def test_an_audience_is_followed_to_ready(mock: Server, client: whop_sdk.Whop) -> None:
    made = create(client, "spring")
    assert (made.status, made.progress_percent, made.error_message) == ("pending", 0, None)
    seen = [made.status]
    counted = 0.0
    audience = made
    for _ in range(40):
        mock.advance("500ms")
        (audience,) = client.audiences.list(account_id="biz_1", audience_id=made.id)
        assert audience.processed_rows >= counted
        counted = audience.processed_rows
        if audience.status != seen[-1]:
            seen.append(audience.status)
    assert seen == ["pending", "processing", "syncing", "ready"]
    assert audience.progress_percent == 100
    assert audience.platform_audience_ids
    assert 0 < audience.matched_rows <= audience.processed_rows == audience.total_rows


def test_pages_hold_every_audience_once(client: whop_sdk.Whop) -> None:
    made = {create(client, f"number {number}").id for number in range(25)}
    create(client, "another account's", account_id="biz_2")
    listed = [audience.id for audience in client.audiences.list(account_id="biz_1", first=10)]
    assert len(listed) == 25
    assert set(listed) == made


def test_a_deleted_audience_is_not_found(client: whop_sdk.Whop) -> None:
    made = create(client, "short-lived")
    assert client.audiences.delete(made.id).success is True
    with pytest.raises(whop_sdk.NotFoundError, match=made.id):
        client.audiences.delete(made.id)
    assert list(client.audiences.list(account_id="biz_1")) == []


def test_a_wrong_token_is_an_authentication_error(mock: Server) -> None:
    stranger = whop_sdk.Whop(api_key="invalid", base_url=f"{mock.origin}/api/v1", max_retries=0)
    with pytest.raises(whop_sdk.AuthenticationError):
        stranger.audiences.list(account_id="biz_1")


def test_an_uploaded_csv_is_counted(mock: Server, client: whop_sdk.Whop) -> None:
    file = client.files.create(filename="customers.csv")
    assert file.upload_status == "pending"
    assert file.upload_url is not None
    rows = "Email,Name\n" + "".join(f'p{number}@example.com,"Doe, {number}"\n' for number in range(321))
    request = urllib.request.Request(file.upload_url, rows.encode(), method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert client.files.retrieve(file.id).upload_status == "processing"
    mock.advance("1s")
    assert client.files.retrieve(file.id).upload_status == "ready"
    made = create(client, "counted", file_id=file.id)
    mock.advance("1m")
    (audience,) = client.audiences.list(account_id="biz_1", audience_id=made.id)
    assert (audience.status, audience.total_rows, audience.processed_rows) == ("ready", 321, 321)


def test_a_column_that_is_not_in_the_csv_ends_as_failed(mock: Server, client: whop_sdk.Whop) -> None:
    file = client.files.create(filename="customers.csv")
    assert file.upload_url is not None
    urllib.request.urlopen(urllib.request.Request(file.upload_url, b"Mail\na@example.com\n", method="PUT")).close()
    made = create(client, "wrong column", file_id=file.id)
    mock.advance("1m")
    (audience,) = client.audiences.list(account_id="biz_1", audience_id=made.id)
    assert audience.status == "failed"
    assert audience.error_message is not None
    assert "Email" in audience.error_message
    assert "Mail" in audience.error_message
