"""Operations as values: what is taken over, followed and refused."""

from typing import Any

import pytest

from mock_server.errors import DocumentError
from mock_server.spec import operations as spec
from mock_server.spec.document import lookup


def document(paths: Any, **members: Any) -> Any:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **members}


def only(paths: Any, **members: Any) -> spec.Operation:
    (operation,) = spec.operations(spec.assign_operation_ids(document(paths, **members)))
    return operation


def mistake(paths: Any, **members: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        only(paths, **members)
    return str(caught.value)


def test_parameters_of_the_operation_replace_those_of_its_path() -> None:
    shared = [{"name": "a", "in": "query", "schema": {"type": "string"}}, {"name": "b", "in": "query", "schema": {}}]
    own = [{"name": "a", "in": "query", "required": True, "schema": {"type": "integer"}}, {"name": "a", "in": "header"}]
    operation = only({"/x": {"parameters": shared, "get": {"parameters": own}}})
    found = [(one.name, one.location, one.required, one.pointer) for one in operation.parameters]
    assert found == [
        ("a", "query", True, "/paths/~1x/get/parameters/0"),
        ("b", "query", False, "/paths/~1x/parameters/1"),
        ("a", "header", False, "/paths/~1x/get/parameters/1"),
    ]
    assert operation.parameters[0].schema_pointer == "/paths/~1x/get/parameters/0/schema"
    assert operation.parameters[2].schema is True
    assert operation.parameters[2].schema_pointer is None


@pytest.mark.parametrize(
    ("location", "style", "explode"),
    [("path", "simple", False), ("query", "form", True), ("header", "simple", False), ("cookie", "form", True)],
)
def test_styles_have_the_defaults_of_their_location(location: str, style: str, explode: bool) -> None:
    (parameter,) = only({"/x/{a}": {"get": {"parameters": [{"name": "a", "in": location, "schema": {}}]}}}).parameters
    assert (parameter.style, parameter.explode) == (style, explode)
    assert parameter.required == (location == "path")


def test_a_parameter_with_content_has_its_media_type() -> None:
    node = {"name": "a", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    (parameter,) = only({"/x": {"get": {"parameters": [node]}}}).parameters
    assert parameter.media_type == "application/json"
    assert parameter.schema_pointer == "/paths/~1x/get/parameters/0/content/application~1json/schema"


def test_headers_that_openapi_leaves_to_other_words_are_no_parameters() -> None:
    names = ["Accept", "content-type", "AUTHORIZATION", "X-Other"]
    nodes = [{"name": name, "in": "header", "schema": {}} for name in names]
    assert [one.name for one in only({"/x": {"get": {"parameters": nodes}}}).parameters] == ["X-Other"]


def test_references_are_followed_to_where_things_are() -> None:
    components = {
        "parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"name": "b", "in": "query", "schema": {}}},
        "requestBodies": {"R": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}},
        "responses": {"E": {"description": "e", "headers": {"H": {"$ref": "#/components/headers/H"}}}},
        "headers": {"H": {"required": True, "schema": {"type": "integer"}, "example": 3}},
        "examples": {"X": {"value": 2}},
        "schemas": {"S": {"type": "object"}},
        "pathItems": {"P": {"post": {
            "parameters": [{"$ref": "#/components/parameters/A"}],
            "requestBody": {"$ref": "#/components/requestBodies/R"},
            "responses": {"400": {"$ref": "#/components/responses/E", "description": "d"}, "200": {"content": {
                "a/b": {"example": 1, "examples": {
                    "x": {"$ref": "#/components/examples/X"}, "y": {"externalValue": "u"}}}}}},
        }}},
    }  # fmt: skip
    operation = only({"/x": {"$ref": "#/components/pathItems/P"}}, components=components)
    assert operation.id == "post_x"
    assert operation.pointer == "/components/pathItems/P/post"
    assert operation.parameters[0].pointer == "/components/parameters/B"
    assert operation.request_body is not None
    assert operation.request_body.pointer == "/components/requestBodies/R"
    assert operation.request_body.required is False
    media = operation.request_body.content["application/json"]
    assert media.schema == {"$ref": "#/components/schemas/S"}
    assert media.schema_pointer == "/components/requestBodies/R/content/application~1json/schema"
    error = operation.responses["400"]
    assert error.pointer == "/components/responses/E"
    assert error.headers["H"] == spec.Header("H", True, {"type": "integer"}, "/components/headers/H/schema", 3)
    assert operation.responses["200"].content["a/b"].examples == (1, 2)


def test_every_pointer_leads_to_what_it_names() -> None:
    paths = {
        "/a b/{c}": {"put": {"requestBody": {"content": {"x/y~z": {"schema": {"title": "here"}}}}, "responses": {}}}
    }
    made = spec.assign_operation_ids(document(paths))
    (operation,) = spec.operations(made)
    assert operation.request_body is not None
    (media,) = operation.request_body.content.values()
    assert media.schema_pointer is not None
    assert lookup(made, media.schema_pointer) == {"title": "here"}
    assert lookup(made, operation.pointer)["operationId"] == operation.id == "put_a_b_c"


def test_security_is_alternatives_of_schemes() -> None:
    own = [{"a": ["x", "y"], "b": []}, {}]
    assert only({"/x": {"get": {"security": own}}}, security=[{"c": []}]).security == ({"a": ("x", "y"), "b": ()}, {})
    assert only({"/x": {"get": {}}}, security=[{"c": []}]).security == ({"c": ()},)
    assert only({"/x": {"get": {"security": []}}}, security=[{"c": []}]).security == ()
    assert only({"/x": {"get": {}}}).security == ()


def test_security_schemes_are_followed() -> None:
    schemes = {"a": {"$ref": "#/components/securitySchemes/b"}, "b": {"type": "http", "scheme": "bearer"}}
    found = spec.security_schemes(document({}, components={"securitySchemes": schemes}))
    assert found == {"a": schemes["b"], "b": schemes["b"]}
    assert spec.security_schemes(document({})) == {}


def test_operations_keep_document_order_and_methods_theirs() -> None:
    paths: Any = {"/b": {"post": {}, "get": {}}, "/a": {"delete": {}}, "x-note": {}}
    found = spec.operations(spec.assign_operation_ids(document(paths)))
    assert [(one.method, one.path) for one in found] == [("GET", "/b"), ("POST", "/b"), ("DELETE", "/a")]


def test_missing_operation_ids_are_made_from_method_and_path_and_are_unique() -> None:
    paths: Any = {
        "/pets/{petId}": {"get": {}},
        "/pets/petId": {"get": {}},
        "/a": {"get": {"operationId": "get_b"}},
        "/b": {"get": {}},
        "/": {"get": {}},
    }
    before = document(paths)
    found = [one.id for one in spec.operations(spec.assign_operation_ids(before))]
    assert found == ["get_pets_petId", "get_pets_petId_2", "get_b", "get_b_2", "get"]
    assert paths["/b"] == {"get": {}}  # the document given stays as it was


def test_operation_ids_that_are_there_stay() -> None:
    made = document({"/a": {"get": {"operationId": "x"}}})
    assert spec.assign_operation_ids(made) is made


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (
            {"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}},
            "/paths/~1b/get/operationId: the operationId 'x' is taken by GET /a",
        ),
        ({"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}]}}}, "leads in a circle"),
        ({"/a": {"get": {"parameters": [{"$ref": "#/nowhere"}]}}}, "#/nowhere leads nowhere"),
        (
            {"/a": {"get": {"parameters": [{"name": "a", "in": "query"}, {"name": "a", "in": "query"}]}}},
            "/paths/~1a/get/parameters/1: the query parameter 'a' is here twice",
        ),
        (
            {"/a": {"$ref": "#/components/pathItems/P"}, "/b": {"$ref": "#/components/pathItems/P"}},
            "two paths refer to this path item",
        ),
    ],
)
def test_what_cannot_be_told_apart_or_followed_is_refused(paths: Any, told: str) -> None:
    components = {
        "parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}},
        "pathItems": {"P": {"get": {}}},
    }
    assert told in mistake(paths, components=components)


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        (None, ""),
        ([], ""),
        ([{"url": "/"}], ""),
        ([{"url": "https://api.example.com"}], ""),
        ([{"url": "https://api.example.com/v1/"}], "/v1"),
        ([{"url": "/api/v2"}, {"url": "/other"}], "/api/v2"),
        ([{"url": "v3"}], "/v3"),
        (
            [
                {
                    "url": "https://{host}/{base}",
                    "variables": {"host": {"default": "h:8443"}, "base": {"default": "x/y"}},
                }
            ],
            "/x/y",
        ),
        ([{"url": "https://{host}", "variables": {"host": {"default": "example.com/api/v1"}}}], "/api/v1"),
        ([{"url": "/a%20b?x=1#y"}], "/a%20b"),
    ],
)
def test_the_base_path_is_that_of_the_first_server(servers: Any, path: str) -> None:
    made = document({}) if servers is None else document({}, servers=servers)
    assert spec.base_path(made) == path


def test_a_server_variable_that_is_not_declared_is_refused() -> None:
    servers = [{"url": "https://{hots}/v1", "variables": {"host": {"default": "h"}}}]
    with pytest.raises(DocumentError, match=r"/servers/0/url: the variable 'hots'.*did you mean 'host'"):
        spec.base_path(document({}, servers=servers))


def test_path_variables_and_parameters_have_to_agree() -> None:
    parameters = [{"name": "petid", "in": "path", "required": True, "schema": {}}]
    found = spec.mistakes([only({"/pets/{petId}": {"get": {"parameters": parameters}}})])
    assert [(one.severity, one.pointer) for one in found] == [
        ("warning", "/paths/~1pets~1{petId}/get"),
        ("error", "/paths/~1pets~1{petId}/get/parameters/0"),
    ]
    assert "did you mean 'petId'" in found[1].message
