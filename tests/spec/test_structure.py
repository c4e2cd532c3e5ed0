"""The structure of an OpenAPI document: what is wrong is told, what is right is not, and data is no structure."""

from typing import Any

import pytest

from mock_server.spec.structure import Finding, check, check_schema

OK = {"200": {"description": "ok"}}


def document(**members: Any) -> Any:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **members}


def operation(**members: Any) -> Any:
    return document(paths={"/x": {"get": {"responses": OK, **members}}})


def parameter(**members: Any) -> Any:
    return operation(parameters=[{"name": "a", "in": "query", "schema": {}, **members}])


def schema(value: Any) -> Any:
    return document(components={"schemas": {"S": value, "T": {}}})


def test_a_plain_document_has_nothing_wrong() -> None:
    assert check(operation(tags=["a"], parameters=[{"name": "a", "in": "query", "schema": {"type": "string"}}])) == []


@pytest.mark.parametrize(
    ("made", "pointer", "message"),
    [
        ([], "", "an OpenAPI document is an object"),
        ({"swagger": "2.0"}, "/swagger", "Swagger 2.0 is not supported yet"),
        ({"openapi": 3.1}, "/openapi", "openapi must be the version as a string, such as '3.1.0'; quote it"),
        ({"opnapi": "3.1.0"}, "/openapi", "did you mean 'opnapi'"),
        ({"openapi": "3.0.3"}, "/openapi", "OpenAPI 3.0.3 is not supported yet; 3.1.x is"),
        ({"openapi": "4.0.0"}, "/openapi", "OpenAPI 4.0.0 is not supported yet"),
        (document(paths=[]), "/paths", "this must be an object (Paths of OpenAPI), not an array"),
        (document(paths={"x": {}}), "/paths/x", "a path starts with a slash"),
        (document(paths={"/{": {}}), "/paths/~1{", "the braces of this path do not enclose names"),
        (document(paths={"/{}": {}}), "/paths/~1{}", "the braces of this path do not enclose names"),
        (document(paths={"/{a}/{a}": {}}), "/paths/~1{a}~1{a}", "the same variable twice"),
        (
            document(paths={"/{a}": {"get": {"responses": OK}}, "/{b}": {"get": {"responses": OK}}}),
            "/paths/~1{b}",
            "this is the same path as /{a}",
        ),
        (document(servers=[{}]), "/servers/0", "url is missing"),
        (document(servers=[{"url": "/{a}", "variables": {"a": {}}}]), "/servers/0/variables/a", "default is missing"),
        (operation(responses=[]), "/paths/~1x/get/responses", "this must be an object"),
        (operation(responses={"20X": {}}), "/paths/~1x/get/responses/20X", "'20X' is no status code"),
        (operation(responses={"4xx": {}}), "/paths/~1x/get/responses/4xx", "write 4XX"),
        (operation(responses={"defualt": {}}), "/paths/~1x/get/responses/defualt", "did you mean 'default'"),
        (operation(tags="a"), "/paths/~1x/get/tags", "this must be an array, not 'a'"),
        (operation(tags=[1]), "/paths/~1x/get/tags/0", "this must be a string, not 1"),
        (operation(deprecated="yes"), "/paths/~1x/get/deprecated", "this must be true or false"),
        (operation(requestBody={}), "/paths/~1x/get/requestBody", "content is missing"),
        (operation(security=[{"a": []}]), "/paths/~1x/get/security/0/a", "components.securitySchemes has no 'a'"),
        (operation(parameters=[{"in": "query"}]), "/paths/~1x/get/parameters/0", "name is missing"),
        (operation(parameters=[{"name": "a"}]), "/paths/~1x/get/parameters/0", "in is missing"),
        (parameter(**{"in": "qeury"}), "/paths/~1x/get/parameters/0/in", "did you mean 'query'"),
        (parameter(**{"in": "body"}), "/paths/~1x/get/parameters/0/in", "OpenAPI 3 has a requestBody for it"),
        (parameter(style="simple"), "/paths/~1x/get/parameters/0/style", "in query the style is form or"),
        (parameter(content={"a/b": {}, "c/d": {}}), "/paths/~1x/get/parameters/0/content", "exactly one media type"),
        (
            operation(parameters=[{"$ref": "#/components/parameters/Nope"}]),
            "/paths/~1x/get/parameters/0/$ref",
            "leads nowhere",
        ),
        (
            operation(parameters=[{"$ref": "other.yaml#/a"}]),
            "/paths/~1x/get/parameters/0/$ref",
            "is outside this document",
        ),
        (operation(parameters=[{"$ref": 1}]), "/paths/~1x/get/parameters/0/$ref", "$ref must be a string"),
        (schema({"$ref": "#/components/schemas/Sx"}), "/components/schemas/S/$ref", "did you mean 'S'"),
        (
            schema({"properties": {"a": {"$ref": "https://example.com/a"}}}),
            "/components/schemas/S/properties/a/$ref",
            "outside",
        ),
        (
            schema({"properties": {"a": 1}}),
            "/components/schemas/S/properties/a",
            "a schema must be an object, true or false",
        ),
        (schema({"allOf": {}}), "/components/schemas/S/allOf", "this must be an array"),
        (schema({"properties": []}), "/components/schemas/S/properties", "this must be an object"),
        (schema({"$id": "x"}), "/components/schemas/S/$id", "$id is not supported yet"),
        (schema({"type": "strng"}), "/components/schemas/S/type", "did you mean 'string'?"),
        (schema({"type": ["string", None]}), "/components/schemas/S/type", "not null; quote it"),
        (schema({"type": []}), "/components/schemas/S/type", "at least one"),
        (
            schema({"exclusiveMinimum": True}),
            "/components/schemas/S/exclusiveMinimum",
            "this must be a number, not true",
        ),
        (schema({"required": True}), "/components/schemas/S/required", "this must be an array, not true"),
        (schema({"required": [1]}), "/components/schemas/S/required/0", "this must be a string, not 1"),
        (schema({"enum": "a"}), "/components/schemas/S/enum", "this must be an array"),
        (schema({"pattern": 1}), "/components/schemas/S/pattern", "this must be a string"),
        (schema([]), "/components/schemas/S", "a schema must be"),
    ],
)
def test_what_cannot_be_served_is_an_error(made: Any, pointer: str, message: str) -> None:
    errors = [one for one in check(made) if one.severity == "error"]
    assert [one.pointer for one in errors] == [pointer]
    assert message in errors[0].message


@pytest.mark.parametrize(
    ("made", "pointer", "message"),
    [
        ({"openapi": "3.1.0", "info": {"title": "t"}, "paths": {}}, "/info", "version is missing"),
        (document(tgas=[]), "/tgas", "OpenAPI has no 'tgas' here; it is ignored; did you mean 'tags'?"),
        ({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}, "", "paths is missing"),
        (operation(operationID="x"), "/paths/~1x/get/operationID", "did you mean 'operationId'?"),
        (document(paths={"/x": {"gte": {}}}), "/paths/~1x/gte", "did you mean 'get'?"),
        (document(paths={"/x": {"get": {}}}), "/paths/~1x/get", "responses is missing"),
        (operation(responses={}), "/paths/~1x/get/responses", "no response is documented"),
        (operation(responses={"200": {}}), "/paths/~1x/get/responses/200", "description is missing"),
        (parameter(**{"in": "path"}), "/paths/~1x/get/parameters/0", "a parameter in the path is always required"),
        (
            operation(parameters=[{"name": "a", "in": "query"}]),
            "/paths/~1x/get/parameters/0",
            "neither schema nor content",
        ),
        (schema({"nullable": True}), "/components/schemas/S/nullable", "OpenAPI 3.1 says it by type: [string, 'null']"),
        (schema({"requird": ["a"]}), "/components/schemas/S/requird", "did you mean 'required'?"),
        (
            document(paths={"/{a}": {"get": {"responses": OK}}, "/{b}": {"put": {"responses": OK}}}),
            "/paths/~1{b}",
            "this is the same path as /{a}",
        ),
    ],
)
def test_what_can_be_served_all_the_same_is_a_warning(made: Any, pointer: str, message: str) -> None:
    (finding,) = check(made)
    assert finding == Finding(pointer, finding.message, "warning")
    assert message in finding.message


@pytest.mark.parametrize("word", ["example", "default", "const", "enum", "examples"])
def test_a_reference_in_data_is_data(word: str) -> None:
    value: Any = {"$ref": "#/nowhere"}
    assert check(schema({word: [value] if word in ("enum", "examples") else value})) == []


def test_names_of_properties_are_no_keywords() -> None:
    properties = {"$ref": {"type": "string"}, "allOf": {}, "example": {}, "nullable": {}, "x": True}
    assert check(schema({"properties": properties, "required": ["$ref"]})) == []


def test_references_in_extensions_are_left_alone() -> None:
    assert check(operation(**{"x-note": {"$ref": "#/nowhere", "parameters": 1}})) == []


def test_what_a_reference_leads_to_has_to_be_of_the_right_kind() -> None:
    made = operation(parameters=[{"$ref": "#/components/schemas/S"}])
    made["components"] = {"schemas": {"S": {"type": "string"}}}
    found = [one for one in check(made) if one.severity == "error"]
    assert [(one.pointer, one.message) for one in found] == [
        ("/components/schemas/S", "name is missing here"),
        ("/components/schemas/S", "in is missing here"),
    ]


def test_references_may_lead_to_any_part_of_the_document() -> None:
    made = schema({"$ref": "#/paths/~1x/get/responses/200/content/a~1b/schema"})
    made["paths"] = {"/x": {"get": {"responses": {"200": {"description": "", "content": {"a/b": {"schema": {}}}}}}}}
    assert check(made) == []
    made["x-more"] = {"S": {"properties": 1}}
    made["components"]["schemas"]["S"]["$ref"] = "#/x-more/S"
    assert [one.pointer for one in check(made)] == ["/x-more/S/properties"]


def test_schemas_may_refer_to_themselves_and_to_anchors() -> None:
    assert check(schema({"properties": {"next": {"$ref": "#/components/schemas/S"}}})) == []
    assert check(schema({"$anchor": "here", "items": {"$ref": "#here"}})) == []


def test_a_loose_schema_is_checked_where_it_stands() -> None:
    found = check_schema(document(), {"properties": {"a": {"$ref": "#/components/schemas/A"}}}, "/x-resources/a/draw/b")
    assert [one.pointer for one in found] == ["/x-resources/a/draw/b/properties/a/$ref"]


def test_all_mistakes_are_told_at_once() -> None:
    made = operation(tags=1, parameters=[{"name": 1, "in": "query"}], responses={"x": {}})
    assert len([one for one in check(made) if one.severity == "error"]) == 3
