"""What is inferred of resources: what is plain is found, what is stated stays, what is not clear is left out."""

from copy import deepcopy
from typing import Any

import pytest

from mock_server.spec import operations
from mock_server.spec.inference import Inference, infer
from mock_server.spec.language import check

STRING = {"type": "string"}
PET = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^pet_[a-z]{4}$"},
        "name": STRING,
        "tag": STRING,
        "created_at": {"type": "string", "format": "date-time"},
        "updatedAt": {"type": "integer"},
    },
}
REFERENCE = {"$ref": "#/components/schemas/Pet"}


def answer(schema: Any, status: str = "200", media_type: str = "application/json") -> Any:
    return {"responses": {status: {"description": "", "content": {media_type: {"schema": schema}}}}}


def queries(*names: str) -> Any:
    sizes = ("first", "limit", "pageSize", "per_page")
    return [{"name": name, "in": "query", "schema": {"type": "integer"} if name in sizes else STRING} for name in names]


def crud(**paths: Any) -> Any:
    return {
        "/pets": {
            "post": {"operationId": "createPet", **answer(REFERENCE, "201")},
            "get": {"operationId": "listPets", **answer({"type": "array", "items": REFERENCE})},
        },
        "/pets/{petId}": {
            "get": {"operationId": "getPet", **answer(REFERENCE)},
            "put": {"operationId": "putPet", **answer(REFERENCE)},
            "patch": {"operationId": "patchPet", **answer(REFERENCE)},
            "delete": {"operationId": "deletePet", "responses": {"204": {"description": ""}}},
        },
        **paths,
    }


def document(paths: Any, **members: Any) -> Any:
    schemas = {"Pet": PET}
    return deepcopy({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}, **members})


def inferred(paths: Any, **members: Any) -> tuple[Any, list[Inference]]:
    made = operations.assign_operation_ids(document(paths, **members))
    result, inferences = infer(made, operations.operations(made))
    assert check(result) == []  # what is inferred is right by the language's own rules
    return result.get("x-resources", {}), inferences


def listed(schema: Any, *names: str) -> Any:
    paths = crud()
    paths["/pets"]["get"] = {"operationId": "listPets", "parameters": queries(*names), **answer(schema)}
    return inferred(paths)[0]["pets"].get("list")


def test_a_plain_crud_document_is_inferred_whole() -> None:
    resources, inferences = inferred(crud())
    assert resources == {
        "pets": {
            "operations": {
                "create": "createPet",
                "get": "getPet",
                "list": "listPets",
                "update": ["putPet", "patchPet"],
                "delete": "deletePet",
            },
            "schema": "#/components/schemas/Pet",
            "identity": {"property": "id", "pattern": "^pet_[a-z]{4}$"},
            "timestamps": {"created": "created_at", "updated": "updatedAt"},
            "list": {"items": ""},
        }
    }
    words = {one.word: one.why for one in inferences}
    assert list(words) == [
        "operations.create", "operations.get", "operations.list", "operations.update", "operations.delete",
        "schema", "identity", "timestamps", "list",
    ]  # fmt: skip
    assert words["operations.update"] == "PUT /pets/{petId} and PATCH /pets/{petId}"
    assert all(words.values())


def test_the_document_given_stays_as_it_was() -> None:
    made = document(crud(), **{"x-resources": {"pets": {"hidden": ["owner"]}}})
    before = deepcopy(made)
    infer(made, operations.operations(made))
    assert made == before


def test_what_is_stated_is_never_changed() -> None:
    stated: Any = {
        "schema": "#/components/schemas/Pet",
        "identity": {"property": "name"},
        "operations": {"create": "createPet", "get": [], "delete": "deletePet"},
        "timestamps": {},
        "list": {"items": "", "filters": {}},
        "hidden": ["owner"],
    }
    resources, inferences = inferred(crud(), **{"x-resources": {"animals": stated}})
    assert list(resources) == ["animals"]
    for word, value in stated.items():
        assert word == "operations" or resources["animals"][word] == value
    assert resources["animals"]["operations"] == {
        **stated["operations"],
        "list": "listPets",
        "update": ["putPet", "patchPet"],
    }
    assert {one.word for one in inferences} == {"operations.list", "operations.update"}


def test_complete_resources_are_left_as_they_are() -> None:
    made = document(crud())
    complete, _ = infer(made, operations.operations(made))
    again, inferences = infer(complete, operations.operations(complete))
    assert again is complete
    assert inferences == []


def test_a_stated_resource_is_found_by_its_name() -> None:
    resources, _ = inferred(crud(), **{"x-resources": {"pets": {"hidden": ["owner"]}}})
    assert resources["pets"]["operations"]["create"] == "createPet"
    assert list(resources) == ["pets"]


def test_a_stated_resource_without_paths_gets_no_operations() -> None:
    stated = {"schema": "#/components/schemas/Pet", "identity": {"property": "id"}}
    resources, _ = inferred({}, **{"x-resources": {"others": stated}})
    assert resources["others"] == {**stated, "timestamps": {"created": "created_at", "updated": "updatedAt"}}


def test_creating_alone_makes_a_resource() -> None:
    resources, _ = inferred({"/pets": {"post": {"operationId": "createPet", **answer(REFERENCE, "201")}}})
    assert resources["pets"]["operations"] == {"create": "createPet"}
    assert resources["pets"]["identity"] == {"property": "id", "pattern": "^pet_[a-z]{4}$"}


@pytest.mark.parametrize(
    "paths",
    [
        {"/login": {"post": answer({"type": "object", "properties": {"token": STRING}})}},  # nothing is its key
        {"/pets": {"post": {"responses": {"202": {"description": ""}}}}},  # nothing is answered
        {"/pets": {"post": answer({"type": "string"})}},
        {"/pets": {"post": answer(REFERENCE, "200", "text/html")}},
        {"/pets": {"post": answer(REFERENCE, "400")}},
        {"/pets": {"get": answer({"type": "array", "items": REFERENCE})}},  # where should they come from?
        {"/pets/{id}": {"get": answer(REFERENCE)}},
    ],
)
def test_what_is_not_clear_is_left_out(paths: Any) -> None:
    assert inferred(paths) == ({}, [])


def test_an_inline_schema_is_pointed_at() -> None:
    resources, _ = inferred({"/a b": {"post": answer(PET, "201")}})
    (resource,) = resources.values()
    assert resource["schema"] == "#/paths/~1a%20b/post/responses/201/content/application~1json/schema"


@pytest.mark.parametrize(
    ("variable", "properties", "key"),
    [
        ("petId", ["name", "id"], "id"),
        ("username", ["id", "username"], "username"),
        ("pet_id", ["id", "petId"], "petId"),
        ("pet_slug", ["id", "slug"], "slug"),
        ("x", ["pet_id", "name"], "pet_id"),
        ("x", ["name", "uuid"], "uuid"),
    ],
)
def test_the_key_is_what_the_path_names_else_what_is_usual(variable: str, properties: list[str], key: str) -> None:
    schema = {"type": "object", "properties": dict.fromkeys(properties, STRING)}
    paths = {"/pets": {"post": answer(schema, "201")}, f"/pets/{{{variable}}}": {"get": answer(schema)}}
    assert inferred(paths)[0]["pets"]["identity"] == {"property": key}


@pytest.mark.parametrize(
    ("schema", "items"),
    [
        ({"type": "array", "items": REFERENCE}, ""),
        ({"properties": {"data": {"type": "array", "items": REFERENCE}, "total": {"type": "integer"}}}, "/data"),
        (
            {"properties": {"a/b": {"type": "array", "items": REFERENCE}, "tags": {"type": "array", "items": STRING}}},
            "/a~1b",
        ),
        ({"allOf": [{"properties": {"items": {"type": "array", "items": REFERENCE}}}, {}]}, "/items"),
        (
            {"properties": {"a": {"type": "array", "items": REFERENCE}, "b": {"type": "array", "items": REFERENCE}}},
            None,
        ),
        ({"type": "array", "items": STRING}, None),
        ({"type": "object"}, None),
    ],
)
def test_items_are_the_body_or_its_one_array_of_objects(schema: Any, items: str | None) -> None:
    found = listed(schema)
    assert (found and found["items"]) == items


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["first", "after", "before"], {"size": "first", "after": "after"}),
        (
            ["limit", "starting_after", "ending_before"],
            {"size": "limit", "after": "starting_after"},
        ),
        (["pageSize", "pageToken"], {"size": "pageSize", "after": "pageToken"}),
        (["per_page", "cursor"], {"size": "per_page", "after": "cursor"}),
        (["tag", "NAME", "q"], {"filters": {"tag": "tag", "NAME": "name"}}),
        (["pet_id", "limit"], {"size": "limit", "filters": {"pet_id": "id"}}),
        (["id"], {"filters": {"id": "id"}}),
    ],
)
def test_query_parameters_are_known_by_their_usual_names(names: list[str], words: Any) -> None:
    assert listed({"type": "array", "items": REFERENCE}, *names) == {"items": "", **words}


@pytest.mark.parametrize(
    ("parameter", "schema", "word"),
    [
        ("limit", {"type": "integer"}, "size"),
        ("limit", {"type": "number"}, "size"),
        ("limit", {}, "size"),
        ("limit", STRING, None),
        ("first", {"type": "boolean"}, None),
        ("after", STRING, "after"),
        ("after", {"type": ["string", "null"]}, "after"),
        ("after", {}, "after"),
        ("after", {"type": "integer"}, None),
    ],
)
def test_a_pages_parameters_have_types_that_can_be_so(parameter: str, schema: Any, word: str | None) -> None:
    paths = crud()
    paths["/pets"]["get"]["parameters"] = [{"name": parameter, "in": "query", "schema": schema}]
    assert inferred(paths)[0]["pets"]["list"] == {"items": "", **({word: parameter} if word else {})}


def test_a_property_is_filtered_by_even_where_its_name_is_usual_for_pages() -> None:
    paths = crud()
    paths["/pets"]["get"]["parameters"] = queries("first")
    made = document(paths)
    made["components"]["schemas"]["Pet"]["properties"]["first"] = STRING
    result, _ = infer(made, operations.operations(made))
    assert result["x-resources"]["pets"]["list"] == {"items": "", "filters": {"first": "first"}}


def test_hidden_members_are_filtered_by() -> None:
    paths = crud()
    paths["/pets"]["get"]["parameters"] = queries("owner_id")
    resources, _ = inferred(paths, **{"x-resources": {"pets": {"hidden": ["owner_id"]}}})
    assert resources["pets"]["list"]["filters"] == {"owner_id": "owner_id"}


def test_what_a_page_tells_is_known_by_usual_names_of_the_right_type() -> None:
    page = {
        "properties": {
            "data": {"type": "array", "items": REFERENCE},
            "has_more": {"type": "boolean"},
            "total_count": {"type": "integer"},
            "total": STRING,  # no number
            "page_info": {
                "type": "object",
                "properties": {
                    "startCursor": {"type": ["string", "null"]},
                    "end_cursor": {"type": ["string", "null"]},
                    "hasNextPage": {"type": "boolean"},
                    "has_previous_page": {"type": "boolean"},
                },
            },
            "meta": {"type": "object", "properties": {"next_page_token": STRING}},
        }
    }
    assert listed(page)["info"] == {
        "/has_more": "hasNextPage",
        "/total_count": "total",
        "/page_info/startCursor": "startCursor",
        "/page_info/end_cursor": "endCursor",
        "/page_info/hasNextPage": "hasNextPage",
        "/page_info/has_previous_page": "hasPreviousPage",
        "/meta/next_page_token": "nextCursor",
    }


def test_times_are_recognised_by_name_and_kind() -> None:
    properties = {
        "id": STRING,
        "created": {"type": "boolean"},
        "createTime": {"type": "number"},
        "updated": STRING,
    }
    schema = {"type": "object", "properties": properties}
    assert inferred({"/pets": {"post": answer(schema, "201")}})[0]["pets"]["timestamps"] == {"created": "createTime"}


def test_nested_collections_have_names_of_their_own() -> None:
    paths = {f"/owners/{{owner}}{path}": deepcopy(item) for path, item in crud().items()}
    for item in paths.values():
        for operation in item.values():
            operation["operationId"] += "OfOwner"
    resources, _ = inferred(crud(**paths))
    assert {name: one["operations"]["create"] for name, one in resources.items()} == {
        "pets": "createPet",
        "owners_pets": "createPetOfOwner",
    }


@pytest.mark.parametrize("path", ["/pets/{petId}/feed", "/feed/{x}/pets"])
def test_what_is_done_to_an_item_is_no_creation(path: str) -> None:
    resources, _ = inferred(crud(**{path: {"post": answer(REFERENCE)}}))
    assert list(resources) == ["pets"]


def test_stated_actions_are_no_creations() -> None:
    lifecycle = {"initial": "a", "states": {"a": {"is": {"name": "a"}}}, "actions": {"feed": {"from": ["a"]}}}
    paths = crud(**{"/feed": {"post": {"operationId": "feed", **answer(REFERENCE)}}})
    assert list(inferred(paths, **{"x-resources": {"pets": {"lifecycle": lifecycle}}})[0]) == ["pets"]
