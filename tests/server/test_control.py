"""The control API, as a test of an application drives it."""

import json
from typing import Any

import pytest

from tests.conftest import TOKEN, Server, serving

AUDIENCES = "/api/v1/audiences"
ORDER = {"account_id": "biz_1", "name": "spring", "column_mapping": {"email": "Email"}, "file_id": "file_1"}


def create(mock: Server, fields: dict[str, str] | None = None, **members: Any) -> str:
    answer = mock.ask("POST", AUDIENCES, {**ORDER, **members}, {**TOKEN, **(fields or {})})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def status(mock: Server, item_id: str) -> str:
    answer = mock.ask("GET", f"{AUDIENCES}?account_id=biz_1&audience_id={item_id}", fields=TOKEN)
    return str(answer.json["data"][0]["status"])


def test_health_says_what_is_served(mock: Server) -> None:
    health = mock.control("GET", "/health")
    assert (health["status"], health["basePath"], health["title"]) == ("ok", "/api/v1", "Whop API")


def test_a_frozen_clock_moves_only_when_it_is_advanced(mock: Server) -> None:
    before = mock.control("GET", "/clock")
    assert before["mode"] == "frozen"
    assert mock.control("GET", "/clock") == before
    after = mock.control("POST", "/clock/advance", {"by": "1m30s"})
    assert after["epoch"] == pytest.approx(before["epoch"] + 90)


def test_the_clock_is_set_run_and_frozen_again(mock: Server) -> None:
    clock = mock.control("PATCH", "/clock", {"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    assert clock["now"] == "2030-01-01T00:00:00.000Z"
    assert mock.control("PATCH", "/clock", {"now": 1893456001})["now"] == "2030-01-01T00:00:01.000Z"
    running = mock.control("PATCH", "/clock", {"mode": "real", "rate": 1000})
    assert (running["mode"], running["rate"]) == ("real", 1000)
    assert mock.control("PATCH", "/clock", {"mode": "frozen"})["epoch"] > 1893456001
    mock.control("POST", "/reset")
    assert mock.control("GET", "/clock")["mode"] == "frozen"


@pytest.mark.parametrize(
    ("method", "path", "body", "status_code"),
    [
        ("PATCH", "/clock", {"mode": "slow"}, 422),
        ("PATCH", "/clock", {"now": "yesterday"}, 422),
        ("PATCH", "/clock", {}, 422),
        ("PATCH", "/clock", {"tempo": 2}, 422),
        ("POST", "/clock/advance", {"by": "-2s"}, 422),
        ("POST", "/clock/advance", {"by": "9999999999999999d"}, 409),
        ("GET", "/resources/audience", None, 404),
        ("GET", "/resources/audiences/none", None, 404),
        ("GET", "/lifecycles/none", None, 404),
        ("GET", "/nothing", None, 404),
        ("POST", "/clock", {}, 405),
    ],
)
def test_a_mistake_is_told_as_a_problem(mock: Server, method: str, path: str, body: Any, status_code: int) -> None:
    answer = mock.ask(method, f"/__mock__{path}", body)
    assert answer.status == status_code
    assert answer.fields["content-type"] == "application/problem+json"
    assert answer.json["status"] == status_code
    assert answer.json["detail"]


def test_an_item_is_shown_with_what_the_api_hides(mock: Server) -> None:
    item_id = create(mock)
    item = mock.control("GET", f"/resources/audiences/{item_id}")
    assert item["state"] == "pending"
    assert item["next"] == ["processing"]
    assert item["hidden"]["account_id"] == "biz_1"
    assert "account_id" not in item["values"]
    assert item["nextMoveAt"] > item["enteredAt"]
    listed = mock.control("GET", "/resources/audiences")
    assert listed == {"data": [item], "next": None}
    (audiences, files) = mock.control("GET", "/resources")["data"]
    assert (audiences["count"], audiences["states"], files["count"]) == (1, {"pending": 1}, 0)


def test_items_come_in_pages(mock: Server) -> None:
    made = [create(mock) for _ in range(5)]
    first = mock.control("GET", "/resources/audiences?limit=3")
    rest = mock.control("GET", f"/resources/audiences?limit=3&after={first['next']}")
    assert [item["id"] for item in [*first["data"], *rest["data"]]] == made[::-1]
    assert rest["next"] is None


def test_a_member_is_set_if_it_stays_valid(mock: Server) -> None:
    item_id = create(mock)
    path = f"/resources/audiences/{item_id}"
    assert mock.control("PATCH", path, {"values": {"total_rows": 7}})["values"]["total_rows"] == 7
    for wrong in ({"values": {"total_rows": "x"}}, {"values": {"status": "ready"}}, {"values": {"nope": 1}},
                  {"hidden": {"name": "x"}}, {"values": {"id": "x"}}):  # fmt: skip
        assert mock.ask("PATCH", f"/__mock__{path}", wrong).status == 422
    assert mock.control("GET", path)["values"]["total_rows"] == 7


def test_a_move_takes_the_legal_way_or_is_refused_naming_it(mock: Server) -> None:
    item_id = create(mock)
    path = f"/resources/audiences/{item_id}/move"
    ready = mock.control("POST", path, {"to": "ready"})
    assert ready["state"] == "ready"
    assert ready["values"]["total_rows"] == ready["values"]["processed_rows"] > 0
    refused = mock.ask("POST", f"/__mock__{path}", {"to": "pending"})
    assert refused.status == 409
    assert mock.control("POST", path, {"to": "pending", "force": True})["state"] == "pending"
    unknown = mock.ask("POST", f"/__mock__{path}", {"to": "redy"})
    assert unknown.status == 409
    assert "'ready'" in unknown.json["detail"]
    fresh = create(mock)
    mock.control("POST", f"/resources/audiences/{fresh}/move", {"to": "processing"})
    refused = mock.ask("POST", f"/__mock__/resources/audiences/{fresh}/move", {"to": "pending"})
    assert "syncing" in refused.json["detail"]


def test_a_deleted_item_is_nowhere(mock: Server) -> None:
    item_id = create(mock)
    assert mock.ask("DELETE", f"/__mock__/resources/audiences/{item_id}").status == 204
    assert mock.ask("DELETE", f"{AUDIENCES}/{item_id}", fields=TOKEN).status == 404


def test_the_control_api_describes_itself(mock: Server) -> None:
    for path in ("/__mock__", "/__mock__/", "/__mock__/openapi.json"):
        assert "advanceClock" in mock.ask("GET", path).body.decode()


def test_a_lifecycle_is_data_and_a_diagram(mock: Server) -> None:
    lifecycle = mock.control("GET", "/lifecycles/audiences")
    assert lifecycle["property"] == "status"
    assert lifecycle["states"]["syncing"]["next"] == ["ready", "partial", "failed"]
    assert lifecycle["mermaid"].startswith("stateDiagram-v2")


def test_the_journal_tells_which_rule_answered_and_why(mock: Server) -> None:
    item_id = create(mock)
    mock.ask("POST", AUDIENCES, {"name": 5}, TOKEN)
    mock.ask("POST", AUDIENCES, ORDER)
    refused, invalid, made = mock.control("GET", "/requests")["data"]
    assert (made["operationId"], made["source"], made["reason"]) == ("createAudience", "state audiences", None)
    assert made["answer"]["body"]["id"] == item_id
    assert (invalid["source"], invalid["answer"]["statusCode"]) == ("validation", 422)
    assert "account_id" in invalid["reason"]
    assert refused["source"] == "security"
    page = mock.control("GET", "/requests?limit=2")
    assert [entry["id"] for entry in page["data"]] == [refused["id"], invalid["id"]]
    assert mock.control("GET", f"/requests?limit=2&after={page['next']}")["data"][0]["id"] == made["id"]
    assert mock.ask("DELETE", "/__mock__/requests").status == 204
    assert mock.control("GET", "/requests")["data"] == []


def test_the_journal_shows_no_secret(mock: Server) -> None:
    create(mock, fields={"Authorization": "Bearer s3cr3t-of-mine", "Cookie": "session=s3cr3t-of-mine"})
    assert "s3cr3t-of-mine" not in json.dumps(mock.control("GET", "/requests"))


def test_reset_makes_everything_as_it_was(mock: Server) -> None:
    first = create(mock)
    mock.advance("1h")
    mock.control("POST", "/reset")
    assert mock.control("GET", "/resources/audiences")["data"] == []
    assert mock.control("GET", "/requests")["data"] == []
    assert create(mock) == first  # the same seed tells the same story


def test_an_ending_is_asked_for(mock: Server) -> None:
    failed = create(mock, {"Prefer": "lifecycle=failed"})
    partial = create(mock, {"Prefer": "respond-async, lifecycle=partial"})
    by_name = create(mock, name="will fail")
    plain = create(mock)
    mock.advance("1m")
    assert [status(mock, each) for each in (failed, partial, by_name, plain)] == [
        "failed", "partial", "failed", "ready",
    ]  # fmt: skip
    unknown = mock.ask("POST", AUDIENCES, ORDER, {**TOKEN, "Prefer": "lifecycle=gone"})
    assert unknown.status == 400
    assert "'failed'" in unknown.json["error"]["message"]


# -- who may drive it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8080"},
        {"Host": ""},
    ],
)
def test_a_web_page_cannot_drive_the_mock(mock: Server, fields: dict[str, str]) -> None:
    before = mock.control("GET", "/clock")
    answer = mock.ask("POST", "/__mock__/clock/advance", {"by": "1h"}, fields)
    assert answer.status == 403
    assert mock.control("GET", "/clock") == before
    assert "access-control-allow-origin" not in answer.fields


def test_a_form_cannot_drive_the_mock(mock: Server) -> None:
    answer = mock.ask("POST", "/__mock__/clock/advance", b'{"by": "1h"}', {"Content-Type": "text/plain"})
    assert answer.status == 415


def test_the_documentation_page_of_the_mock_itself_may(mock: Server) -> None:
    fields = {"Origin": mock.origin, "Sec-Fetch-Site": "same-origin", "Host": f"127.0.0.1:{mock.port}"}
    assert mock.ask("POST", "/__mock__/clock/advance", {"by": "1s"}, fields).status == 200


def test_a_token_is_asked_for_where_one_was_given() -> None:
    with serving("openapi", "--control-token", "open-sesame", "--allow-host", "mock.test") as server:
        assert server.ask("GET", "/__mock__/health").status == 401
        assert server.ask("GET", "/__mock__/health", fields={"Authorization": "Bearer wrong"}).status == 401
        fields = {"Authorization": "Bearer open-sesame", "Host": "mock.test"}
        assert server.ask("GET", "/__mock__/health", fields=fields).status == 200


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", -62135596800, 253402300799, 1.5e-6])
def test_the_clock_shows_every_year_that_can_be_written(mock: Server, now: str | float) -> None:
    shown = mock.control("PATCH", "/clock", {"now": now})
    if isinstance(now, str):
        assert shown["now"] == now.replace("Z", ".000Z")
    else:
        assert shown["epoch"] == pytest.approx(now, abs=1e-6)
    item = mock.control("GET", f"/resources/audiences/{create(mock)}")
    assert item["enteredAt"] == shown["now"]
    # In the last second of 9999 nothing can be due any more.
    assert (item["nextMoveAt"] is None) == (shown["epoch"] > 253402300797)
