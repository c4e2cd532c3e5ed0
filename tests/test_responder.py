"""One resource's whole life through the responder, no socket."""

import json
import logging
from pathlib import Path

import pytest

from mock_server.handlers import Call, Project, Reply
from tests.worlds import PETS, World, contract_of

CONTRACT = contract_of()


@pytest.fixture
def world() -> World:
    return World(CONTRACT)


def test_what_is_created_is_found_listed_changed_and_deleted(world: World) -> None:
    made = world.json("POST", "/pets", {"name": "Rex", "tags": ["a"]})
    assert (made["name"], made["status"], made["owner"], made["age"]) == ("Rex", "waiting", None, 0)
    path = f"/pets/{made['id']}"
    assert world.json("GET", path) == made
    assert world.json("GET", "/pets")["data"] == [made]
    world.advance(5)
    changed = world.json("PATCH", path, {"owner": "Ada"})
    assert changed == {**made, "owner": "Ada", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]
    assert world.ask("DELETE", path).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        gone = world.ask(method, path, {"owner": "x"} if method == "PATCH" else None)
        assert (gone.status_code, json.loads(gone.body)["status"]) == (410, 410)
    assert world.json("GET", "/pets")["data"] == []


def test_an_action_moves_an_item_and_takes_members_over(world: World) -> None:
    path = f"/pets/{world.json('POST', '/pets', {'name': 'Rex'})['id']}"
    adopted = world.json("POST", f"{path}/adopt", {"owner": "Ada"})
    assert (adopted["status"], adopted["owner"]) == ("adopted", "Ada")
    world.advance(5.5)
    assert world.json("GET", path)["age"] == 5
    world.advance(60)
    assert (world.json("GET", path)["status"], world.json("GET", path)["age"]) == ("grown", 10)
    refused = world.ask("POST", f"{path}/adopt", {"owner": "Eve"})
    assert refused.status_code == 409
    assert "grown" in json.loads(refused.body)["detail"]
    assert world.json("GET", path)["owner"] == "Ada"  # a refusal keeps nothing


def test_undeclared_members_are_not_kept(world: World) -> None:
    made = world.json("POST", "/pets", {"name": "Rex", "status": "grown", "id": "mine", "age": 99, "reserved": True})
    assert (made["status"], made["age"]) == ("waiting", 0)
    assert made["id"] != "mine"
    assert "reserved" not in world.session.find("pets", made["id"])


def test_filters_are_equality_on_members_that_change_too(world: World) -> None:
    first = world.json("POST", "/pets", {"name": "a", "owner": "Ada"})
    second = world.json("POST", "/pets", {"name": "b", "owner": "Eve"})
    third = world.json("POST", "/pets", {"name": "c", "owner": "Ada"})
    world.json("POST", f"/pets/{third['id']}/adopt")

    def ids(query: str) -> list[str]:
        return [pet["id"] for pet in world.json("GET", f"/pets?{query}")["data"]]

    assert ids("owner=Ada") == [third["id"], first["id"]]
    assert ids("status=waiting") == [second["id"], first["id"]]
    assert ids("owner=Ada&status=adopted") == [third["id"]]
    world.json("PATCH", f"/pets/{first['id']}", {"owner": "Eve"})
    assert ids("owner=Eve") == [second["id"], first["id"]]


def test_a_projects_handler_comes_before_state_and_may_leave_it_to_state() -> None:
    def handle(call: Call) -> object:
        match call.path["petId"]:
            case "teapot":
                return Reply(418, {"title": "teapot", "status": 418}, fields=((b"x-kind", b"short"),))
            case "stout":
                return {"id": "stout"}
        return None

    world = World(contract_of(project=Project(operations={"getPet": handle})))
    made = world.json("POST", "/pets", {"name": "Rex"})
    teapot = world.ask("GET", "/pets/teapot")
    assert (teapot.status_code, teapot.source, dict(teapot.fields)[b"x-kind"]) == (418, "handler getPet", b"short")
    assert world.json("GET", "/pets/stout") == {"id": "stout"}
    assert world.json("GET", f"/pets/{made['id']}") == made


def test_a_fault_of_a_handler_is_a_told_500_and_the_next_request_is_served(caplog: pytest.LogCaptureFixture) -> None:
    def handle(call: Call) -> object:
        raise ZeroDivisionError("of mine")

    world = World(contract_of(project=Project(operations={"listPets": handle})))
    with caplog.at_level(logging.CRITICAL, "mock_server"):
        answer = world.ask("GET", "/pets")
    assert (answer.status_code, answer.source) == (500, "fault")
    assert "ZeroDivisionError: of mine" in json.loads(answer.body)["detail"]
    assert world.ask("POST", "/pets", {"name": "Rex"}).status_code == 201


def test_every_answer_says_where_it_came_from(world: World) -> None:
    made = world.json("POST", "/pets", {"name": "Rex"})
    sources = [
        world.ask("GET", f"/pets/{made['id']}").source,
        world.ask("GET", "/pets/none").source,
        world.ask("POST", "/pets", {}).source,
        world.ask("GET", "/nothing").source,
        world.ask("GET", "/pets", fields={"authorization": "Bearer invalid"}).source,
    ]
    assert sources == ["state pets", "state", "validation", "routing", "state pets"]  # these operations are open


def test_an_id_is_taken_as_it_was_sent(world: World) -> None:
    answer = world.ask("GET", "/pets/a%2Fb%20c")
    assert answer.status_code == 404
    assert "'a/b c'" in json.loads(answer.body)["detail"]
    assert world.ask("GET", "/pets/%ff").status_code == 400


NESTED = """
openapi: 3.1.0
info: {title: Nested, version: '1'}
paths:
  /users/{userId}/posts:
    parameters: [{name: userId, in: path, required: true, schema: {type: integer}}]
    get:
      responses: {'200': {description: all, content: {application/json: {schema: {type: array, items: &post
        {type: object, required: [id], properties:
          {id: {type: string}, user_id: {type: integer}, text: {type: string, default: none yet}}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: *post}}}
      responses: {'201': {description: made, content: {application/json: {schema: *post}}}}
"""


def test_a_member_named_by_the_path_above_divides_a_collection(tmp_path: Path) -> None:
    (tmp_path / "nested.yaml").write_text(NESTED)
    contract = contract_of(tmp_path / "nested.yaml")
    assert contract.warnings == ()
    world = World(contract)
    first = world.json("POST", "/users/1/posts", {"id": "a", "text": "hi"})
    second = world.json("POST", "/users/2/posts", {"id": "b"})
    assert (first["user_id"], second["user_id"]) == (1, 2)
    assert world.json("GET", "/users/1/posts") == [first]
    assert world.json("GET", "/users/2/posts") == [second]
    assert world.json("GET", "/users/3/posts") == []
    assert second["text"] == "none yet"  # what the schema says of a member that is left out


def test_a_collection_that_nothing_divides_is_told_to_be_one_for_all(tmp_path: Path) -> None:
    (tmp_path / "nested.yaml").write_text(NESTED.replace("user_id", "author"))
    (warning,) = contract_of(tmp_path / "nested.yaml").warnings
    assert "posts are one collection, whatever {userId} is" in warning.message
    assert warning.location is not None
    assert warning.location.file.endswith("nested.yaml")


def test_what_has_no_lifecycle_comes_to_no_state(tmp_path: Path) -> None:
    (tmp_path / "nested.yaml").write_text(NESTED)
    world = World(contract_of(tmp_path / "nested.yaml"))
    refused = world.ask("POST", "/users/1/posts", {"id": "a"}, {"prefer": "lifecycle=done"})
    assert refused.status_code == 400
    assert b"has no lifecycle" in refused.body


def test_a_variable_that_no_parameter_declares_is_taken_as_text(tmp_path: Path) -> None:
    undeclared = PETS.read_text().replace("{name: petId, in: path, required: true, schema: {type: string}}", "")
    (tmp_path / "pets.yaml").write_text(undeclared.replace("    parameters:\n      - \n", "").replace(
        "      parameters:\n        - \n", ""))  # fmt: skip
    world = World(contract_of(tmp_path / "pets.yaml"))
    made = world.json("POST", "/pets", {"name": "Rex"})
    assert world.json("GET", f"/pets/{made['id']}") == made
    assert world.ask("GET", "/pets/a%20b").status_code == 404
