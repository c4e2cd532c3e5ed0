"""What an item is made of, however its schema is put together."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import World, contract_of

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
PET = {"$ref": "#/components/schemas/Pet"}


def content(schema: Any) -> Any:
    return {"content": {"application/json": {"schema": schema}}}


def world_of(folder: Path, schemas: Any, body: Any, **more: Any) -> World:
    """Pets that can be created from `body`, read and updated, in a document of their own."""
    answer = {"description": "it", **content(PET)}
    variable = {"name": "petId", "in": "path", "required": True, "schema": STRING}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {"post": {"operationId": "createPet", "requestBody": content(body), "responses": {"201": answer}}},
            "/pets/{petId}": {
                "parameters": [variable],
                "get": {"operationId": "getPet", "responses": {"200": answer}},
                "patch": {"operationId": "updatePet", "requestBody": content(body), "responses": {"200": answer}},
            },
        },
        "components": {"schemas": schemas},
        **more,
    }
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    return World(contract_of(file))


NEW_PET = {"type": "object", "required": ["name"], "properties": {"name": STRING, "tag": STRING}}
COMPOSED = {"allOf": [{"$ref": "#/components/schemas/NewPet"}, {"required": ["id"], "properties": {"id": INTEGER}}]}


def test_members_of_all_of_are_the_items(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"NewPet": NEW_PET, "Pet": COMPOSED}, {"$ref": "#/components/schemas/NewPet"})
    assert world.json("POST", "/pets", {"name": "Rex"}) == {"id": 1, "name": "Rex"}
    assert world.json("PATCH", "/pets/1", {"name": "Max", "tag": "dog"}) == {"id": 1, "name": "Max", "tag": "dog"}
    assert world.json("GET", "/pets/1")["name"] == "Max"


def test_required_members_are_required_through_all_of(tmp_path: Path) -> None:
    schemas = {"NewPet": {**NEW_PET, "required": ["name", "tag"]}, "Pet": COMPOSED}
    world = world_of(tmp_path, schemas, {"type": "object", "properties": {"name": STRING, "tag": STRING}})
    assert isinstance(world.json("POST", "/pets", {"name": "Rex"})["tag"], str)


@pytest.mark.parametrize("schema", [True, {"type": "object"}])
def test_a_schema_that_lists_no_members_takes_over_what_requests_declare(tmp_path: Path, schema: Any) -> None:
    resources = {"pets": {"schema": PET["$ref"], "identity": {"property": "id"}}}
    world = world_of(tmp_path, {"Pet": schema}, NEW_PET, **{"x-resources": resources})
    made = world.json("POST", "/pets", {"name": "Rex", "other": 1})
    assert (made["name"], "other" in made) == ("Rex", False)
    assert world.json("GET", f"/pets/{made['id']}") == made


def test_an_item_of_one_alternative_is_made_whole_and_fits_what_the_client_said(tmp_path: Path) -> None:
    def kind(name: str, **members: Any) -> Any:
        properties = {"id": STRING, "kind": {"const": name}, **members}
        return {"type": "object", "required": list(properties), "properties": properties}

    pet = {"oneOf": [kind("dog", barks={"type": "boolean"}), kind("cat", lives={"type": "integer", "minimum": 1})]}
    body = {"type": "object", "properties": {"kind": STRING}}
    world = world_of(tmp_path, {"Pet": pet}, body)
    dog, cat = world.json("POST", "/pets"), world.json("POST", "/pets", {"kind": "cat"})
    assert (dog["kind"], list(dog)) == ("dog", ["id", "kind", "barks"])
    assert (cat["kind"], list(cat)) == ("cat", ["id", "kind", "lives"])
    assert dog["id"] != cat["id"]


@pytest.mark.parametrize("place", ["request", "resource"])
def test_read_only_members_are_not_taken_over(tmp_path: Path, place: str) -> None:
    fixed = {"score": {"type": "integer", "readOnly": True}, "id": {"type": "string", "readOnly": True}}
    free = {"score": INTEGER, "id": STRING}
    pet = {"type": "object", "properties": {"name": STRING, **(fixed if place == "resource" else free)}}
    body = {"type": "object", "properties": {"name": STRING, **(fixed if place == "request" else free)}}
    world = world_of(tmp_path, {"Pet": pet}, body)
    made = world.json("POST", "/pets", {"name": "Rex", "id": "mine", "score": 123456789})
    assert made["name"] == "Rex"
    assert made["id"] != "mine" and made.get("score") != 123456789
    assert world.json("PATCH", f"/pets/{made['id']}", {"score": 123456789}).get("score") == made.get("score")
