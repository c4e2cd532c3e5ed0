"""What operations say: lists and their pages, items, and answers that are no item."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mock_server.validation import Schemas
from tests.worlds import World, contract_of

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
REFERENCE = {"$ref": "#/components/schemas/Pet"}
PET = {"type": "object", "required": ["id", "name"], "properties": {"id": STRING, "name": STRING}}
BODY = {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": STRING}}}}}
PAGE: Any = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": REFERENCE}}}


def written(
    folder: Path,
    listed: Any = PAGE,
    *,
    parameters: Any = (),
    created: Any = REFERENCE,
    deleted: Any = None,
    example: Any = None,
    **words: Any,
) -> Path:
    """A document about pets: what `GET /pets`, `POST /pets` and `DELETE /pets/{petId}` answer with."""

    def answer(schema: Any, **more: Any) -> Any:
        return {"200": {"description": "it", "content": {"application/json": {"schema": schema, **more}}}}

    shown = {} if example is None else {"example": example}
    variable = {"name": "petId", "in": "path", "required": True, "schema": STRING}
    query = [{"in": "query", **parameter} for parameter in parameters]
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {"operationId": "listPets", "parameters": query, "responses": answer(listed, **shown)},
                "post": {"operationId": "createPet", "requestBody": BODY, "responses": answer(created)},
            },
            "/pets/{petId}": {
                "parameters": [variable],
                "get": {"operationId": "getPet", "responses": answer(REFERENCE)},
                "delete": {"operationId": "deletePet", "responses": answer(deleted or REFERENCE)},
            },
        },
        "components": {"schemas": {"Pet": PET}},
        "x-resources": {"pets": {"schema": REFERENCE["$ref"], "identity": {"property": "id"}, **words}},
    }
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    return file


def world_of(folder: Path, *arguments: Any, **words: Any) -> World:
    return World(contract_of(written(folder, *arguments, **words)))


# -- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [STRING, {"type": "number"}, {"type": ["integer", "string"]}, {}, INTEGER])
def test_a_page_size_is_a_whole_number_whatever_its_schema(tmp_path: Path, schema: Any) -> None:
    words = {"items": "/data", "size": "limit"}
    world = world_of(tmp_path, parameters=[{"name": "limit", "schema": schema}], list=words)
    for name in "abc":
        world.json("POST", "/pets", {"name": name})
    for text, count in (("2", 2), ("2.0", 2), ("-1", 0), ("9999999999", 3)):
        if not (schema == INTEGER and text == "2.0"):
            assert len(world.json("GET", f"/pets?limit={text}")["data"]) == count, text
    for text in ("x", "1.5", ""):
        refused = world.ask("GET", f"/pets?limit={text}")
        assert refused.status_code == 422, text
        assert b"limit" in refused.body
    assert world.ask("GET", f"/pets?limit={'9' * 5000}").status_code in (200, 422)


def test_a_cursor_of_any_type_is_text(tmp_path: Path) -> None:
    words = {"items": "/data", "after": "after"}
    for schema in (INTEGER, {"type": "array", "items": STRING}):
        world = world_of(tmp_path, parameters=[{"name": "after", "schema": schema}], list=words)
        assert world.ask("GET", "/pets?after=12").status_code == 404


# -- the rest of a list's body ----------------------------------------------------------------------------------------

FRAMED: Any = {
    "allOf": [
        PAGE,
        {
            "required": ["object", "page", "url"],
            "properties": {
                "object": {"const": "list"},
                "url": STRING,
                "optional": STRING,
                "page": {
                    "type": "object",
                    "required": ["has_more", "kind", "undeclared"],
                    "properties": {"kind": {"const": "k"}, "has_more": {"type": "boolean"}, "optional": STRING},
                },
            },
        },
    ]
}


def test_what_a_list_requires_besides_items_and_info_is_there(tmp_path: Path) -> None:
    world = world_of(tmp_path, FRAMED)
    made = world.json("POST", "/pets", {"name": "Rex"})
    body = world.json("GET", "/pets")
    assert body["data"] == [made]
    assert (body["object"], body["page"]["kind"], body["page"]["has_more"]) == ("list", "k", False)
    assert "undeclared" in body["page"]
    assert "optional" not in body and "optional" not in body["page"]
    assert Schemas({"components": {"schemas": {"Pet": PET}}}).of(FRAMED).is_valid(body)
    assert world.json("GET", "/pets") == body


def test_a_list_body_of_alternatives_is_the_one_that_has_the_items(tmp_path: Path) -> None:
    refused = {"type": "object", "required": ["reason"], "properties": {"reason": STRING}}
    page = {**PAGE, "required": ["data", "url"], "properties": {**PAGE["properties"], "url": STRING}}
    body = world_of(tmp_path, {"oneOf": [refused, page]}, list={"items": "/data"}).json("GET", "/pets")
    assert list(body) == ["url", "data"]


def test_a_lists_members_have_the_same_order_under_every_hash_seed(tmp_path: Path) -> None:
    names = ["zeta", "alpha", "mid", "beta", "omega"]
    page = {**PAGE, "required": ["data", *reversed(names)], "properties": {**PAGE["properties"]}}
    page["properties"] |= dict.fromkeys(names, INTEGER)
    file = written(tmp_path, page)
    asks = "import sys, pathlib; from tests.worlds import *; w = World(contract_of(pathlib.Path(sys.argv[1])));"
    bodies = {
        subprocess.run(
            [sys.executable, "-c", f"{asks} print(w.ask('GET', '/pets').body)", str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(bodies) == 1
    assert list(World(contract_of(file)).json("GET", "/pets")) == [*names, "data"]


@pytest.mark.parametrize("example", [None, {"total": 7}])
def test_a_list_whose_items_have_no_known_place_is_as_described(tmp_path: Path, example: Any) -> None:
    summary = {"type": "object", "required": ["total"], "properties": {"total": INTEGER}}
    answer = world_of(tmp_path, summary, example=example).ask("GET", "/pets")
    assert answer.source == ("example" if example else "generated")
    assert isinstance(json.loads(answer.body)["total"], int)


@pytest.mark.parametrize("schema", [{"type": "array", "items": REFERENCE}, {"type": "array"}, {}])
def test_an_array_is_the_items(tmp_path: Path, schema: Any) -> None:
    world = world_of(tmp_path, schema)
    made = world.json("POST", "/pets", {"name": "Rex"})
    assert world.json("GET", "/pets") == [made]


# -- items, and what is none -------------------------------------------------------------------------------------------


def test_an_answer_that_requires_more_than_an_item_has_is_none(tmp_path: Path) -> None:
    told = {
        "type": "object",
        "required": ["id", "deleted"],
        "properties": {"id": STRING, "deleted": {"const": True}, "name": {"const": "gone"}},
    }
    world = world_of(tmp_path, deleted=told)
    made = world.json("POST", "/pets", {"name": "Rex"})
    answer = world.ask("DELETE", f"/pets/{made['id']}")
    assert json.loads(answer.body) == {"id": made["id"], "deleted": True, "name": "gone"}
    assert answer.source == "state pets"
    assert world.ask("GET", f"/pets/{made['id']}").status_code == 404


def test_an_answer_with_the_identity_and_known_members_is_the_item(tmp_path: Path) -> None:
    for schema in ({"allOf": [REFERENCE, {}]}, {"properties": {"id": STRING, "name": STRING, "more": STRING}}):
        made = world_of(tmp_path, created=schema).json("POST", "/pets", {"name": "Rex"})
        assert sorted(made) == ["id", "name"]


@pytest.mark.parametrize("member", [REFERENCE, {"allOf": [REFERENCE]}, PET])
def test_a_wrapped_item_stands_in_the_one_member_that_is_one(tmp_path: Path, member: Any) -> None:
    wrapped = {"type": "object", "required": ["pet", "ok"], "properties": {"ok": {"const": True}, "pet": member}}
    world = world_of(tmp_path, created=wrapped)
    answer = world.ask("POST", "/pets", {"name": "Rex"})
    body = json.loads(answer.body)
    assert (body["ok"], body["pet"]["name"], answer.source) == (True, "Rex", "state pets")
    assert world.json("GET", f"/pets/{body['pet']['id']}") == body["pet"]


@pytest.mark.parametrize("member", [{"previous": REFERENCE, "current": REFERENCE}, {"done": {"const": True}}])
def test_an_answer_that_shows_nothing_of_the_item_says_where_it_is_from(tmp_path: Path, member: Any) -> None:
    schema = {"type": "object", "required": list(member), "properties": member}
    assert world_of(tmp_path, created=schema).ask("POST", "/pets", {"name": "Rex"}).source == "generated"
