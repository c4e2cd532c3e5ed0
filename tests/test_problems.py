"""Error bodies have the documented shape, whatever it is, and say what was wrong."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.errors import DocumentError, Refusal, Violation
from mock_server.generation import compile_generator
from mock_server.messages import Response
from mock_server.problems import compile_problem_writer, status_for_validation
from mock_server.problems.codes import closest, code, title
from mock_server.spec import Operation
from mock_server.spec.operations import operations
from mock_server.validation import Schemas

S = {"type": "string"}
I = {"type": "integer"}  # noqa: E741
VIOLATIONS = (
    Violation("body", "/address/city", "expected string, got integer 5", "type"),
    Violation("query", "first", "expected at most 100, got 101", "maximum"),
)
INVALID = "invalid_request_error"
MESSAGE = (
    "the body is not valid: body/address/city: expected string, got integer 5; "
    "query parameter first: expected at most 100, got 101"
)


def obj(required: str = "", **properties: Any) -> Any:
    return {"type": "object", "properties": properties, "required": required.split()}


def array(items: Any) -> Any:
    return {"type": "array", "items": items}


def response(schema: Any, media: str = "application/json", **words: Any) -> Any:
    return {"description": "", "content": {media: {"schema": schema, **words}}}


def document(*responses: Any, **components: Any) -> Any:
    """A document with an operation for each mapping of responses."""
    paths = {
        f"/x{index}": {"get": {"operationId": f"x{index}", "responses": {"200": {"description": ""}, **mapping}}}
        for index, mapping in enumerate(responses)
    }
    return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": components}}


def answer(document: Any, refusal: Refusal, index: int | None = 0) -> Response:
    found: tuple[Operation, ...] = operations(document)
    return compile_problem_writer(None if index is None else found[index], found, Schemas(document))(refusal)


def invalid(status_code: int = 422, violations: Any = VIOLATIONS) -> Refusal:
    return Refusal(status_code, "the body is not valid", source="validation", violations=violations)


def body(schema: Any, status_code: int = 422, **words: Any) -> Any:
    return json.loads(answer(document({"4XX": response(schema, **words)}), invalid(status_code)).body)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            obj("error", error=obj("type message", type=S, message=S)),
            {"error": {"type": "unprocessable_entity", "message": MESSAGE}},
        ),
        (  # FastAPI
            obj(detail=array(obj("loc msg type", loc=array({"anyOf": [S, I]}), msg=S, type=S))),
            {
                "detail": [
                    {"loc": ["body", "address", "city"], "msg": VIOLATIONS[0].message, "type": "type"},
                    {"loc": ["query", "first"], "msg": VIOLATIONS[1].message, "type": "maximum"},
                ]
            },
        ),
        (  # JSON:API
            obj(errors=array(obj(status=S, title=S, detail=S, source=obj(pointer=S, parameter=S)))),
            {
                "errors": [
                    {
                        "status": "422",
                        "title": "Unprocessable Content",
                        "detail": VIOLATIONS[0].message,
                        "source": {"pointer": "/address/city"},
                    },
                    {
                        "status": "422",
                        "title": "Unprocessable Content",
                        "detail": VIOLATIONS[1].message,
                        "source": {"parameter": "first"},
                    },
                ]
            },
        ),
        (  # Stripe
            obj("error", error=obj("type", code=S, doc_url=S, message=S, type={"enum": ["api_error", INVALID]})),
            {"error": {"code": "unprocessable_entity", "message": MESSAGE, "type": INVALID}},
        ),
        (obj(message=S, documentation_url=S), {"message": MESSAGE}),  # GitHub
        (  # Laravel
            obj(message=S, errors={"type": "object", "additionalProperties": array(S)}),
            {"message": MESSAGE, "errors": {"address.city": [VIOLATIONS[0].message], "first": [VIOLATIONS[1].message]}},
        ),
        (obj("error", error=S, error_description=S), {"error": "unprocessable_entity", "error_description": MESSAGE}),
        (obj(error=S), {"error": MESSAGE}),
        (obj(success={"type": "boolean"}, statusCode=I, message=array(S)), {
            "success": False, "statusCode": 422, "message": [violation.message for violation in VIOLATIONS]
        }),
        (S, MESSAGE),
        (array(obj(message=S, field=S)), [
            {"message": VIOLATIONS[0].message, "field": "address.city"},
            {"message": VIOLATIONS[1].message, "field": "first"},
        ]),
        ({"oneOf": [obj("count", count=I), obj("message", message=S)]}, {"message": MESSAGE}),
        ({"allOf": [obj(code=I), obj(message={**S, "maxLength": 21})]}, {"code": 422, "message": MESSAGE[:21]}),
        (obj(error=obj(code=I, message=S, details=array(obj()))), {"error": {"code": 422, "message": MESSAGE}}),
        (  # RFC 9457
            obj(type={"type": "string", "format": "uri-reference"}, title=S, status=I, detail=S, instance=S),
            {"type": "about:blank", "title": "Unprocessable Content", "status": 422, "detail": MESSAGE},
        ),
    ],
)  # fmt: skip
def test_well_known_shapes_are_filled(schema: Any, expected: Any) -> None:
    assert body(schema) == expected


def test_one_violation_is_named_beside_the_message() -> None:
    schema = obj(error=obj(message=S, param=S))
    raw = answer(document({"4XX": response(schema)}), invalid(violations=VIOLATIONS[:1])).body
    assert json.loads(raw)["error"]["param"] == "address.city"


def test_what_is_required_besides_is_generated() -> None:
    schema = obj(
        "id message at",
        id={"type": "string", "format": "uuid"},
        message=S,
        at={"type": "string", "format": "date-time"},
    )
    filled = body(schema)
    assert filled["message"] == MESSAGE and len(filled["id"]) == 36
    assert body(schema) == filled


leaves = st.sampled_from([
    S, I, {"type": "number"}, {"type": "boolean"}, {"type": ["string", "null"]},
    {"enum": ["NOT_FOUND", "InvalidRequest"]}, {"const": "x"}, {**S, "maxLength": 5}, {**S, "minLength": 200},
    {**S, "format": "uuid"}, {**S, "pattern": "^E[0-9]{3}$"},
    {**I, "minimum": 1000}, {}, {"type": "object"},
])  # fmt: skip
NAMES = (
    *("message", "detail", "error", "errors", "code", "type", "status", "title", "details", "field", "loc", "path"),
    *("success", "statusCode", "msg", "reason", "id", "data", "source", "name"),
)
names = st.sampled_from(NAMES)


def error_objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name in required],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(names, inner, max_size=4),
        st.sets(names),
        st.booleans(),
    )


error_schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        error_objects(inner),
        error_objects(inner),
        st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3)),
        inner.map(lambda schema: {"type": "array", "items": schema, "maxItems": 1}),
        inner.map(lambda schema: {"type": "object", "additionalProperties": schema}),
        st.lists(inner, min_size=1, max_size=2).map(lambda options: {"anyOf": options}),
        st.tuples(error_objects(inner), error_objects(inner)).map(lambda pair: {"allOf": [*pair]}),
        st.just({"$ref": "#/components/schemas/Cause"}),
    ),
    max_leaves=8,
)
CAUSE = obj(
    "message",
    message=S,
    errors=array({"$ref": "#/components/schemas/Cause"}),
    cause={"$ref": "#/components/schemas/Cause"},
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    error_schemas,
    st.sampled_from([400, 401, 404, 422, 429, 500, 599]),
    st.sampled_from([(), VIOLATIONS[:1], VIOLATIONS]),
)
def test_a_body_is_always_valid_against_the_documented_schema(schema: Any, status_code: int, violations: Any) -> None:
    described = document({"default": response(schema)}, Cause=CAUSE)
    made = answer(described, invalid(status_code, violations))
    pointer = "/paths/~1x0/get/responses/default/content/application~1json/schema"
    if (b"content-type", b"application/json") in made.fields:
        assert not Schemas(described).at(pointer).violations(json.loads(made.body))
    else:
        assert json.loads(made.body)["status"] == status_code
        with pytest.raises(DocumentError):  # only what has no valid value at all is passed over
            compile_generator({"$ref": f"#{pointer}"}, Schemas(described))


def shape(name: str) -> Any:
    """A response whose body tells which one it was."""
    return response(obj("shape", shape={"const": name}, message=S))


@pytest.mark.parametrize(
    ("responses", "status_code", "chosen"),
    [
        ({"404": shape("404"), "4XX": shape("4XX"), "default": shape("default")}, 404, "404"),
        ({"404": shape("404"), "4XX": shape("4XX"), "default": shape("default")}, 409, "4XX"),
        ({"404": shape("404"), "4XX": shape("4XX"), "default": shape("default")}, 500, "default"),
        ({"500": shape("500"), "401": shape("401")}, 404, "401"),
        ({"500": shape("500"), "401": shape("401")}, 503, "500"),
        ({"404": {"description": "no body"}, "401": shape("401")}, 404, "401"),
        ({"404": response(False), "401": shape("401")}, 404, "401"),
        ({}, 404, None),
    ],
)
def test_the_nearest_documented_shape_is_chosen(responses: Any, status_code: int, chosen: str | None) -> None:
    made = answer(document(responses, {"400": shape("other")}), invalid(status_code))
    assert made.status_code == status_code
    assert json.loads(made.body).get("shape") == chosen
    if chosen is None:
        assert (b"content-type", b"application/problem+json") in made.fields


def test_where_there_is_no_operation_the_commonest_shape_is_chosen() -> None:
    common = response({"$ref": "#/components/schemas/Common"})
    described = document(
        {"400": shape("rare")},
        {"400": common},
        {"404": common},
        {"default": shape("rare")},
        Common=obj(message=S, code=I),
    )
    refusal = Refusal(404, "there is nothing at /nope", source="routing")
    assert json.loads(answer(described, refusal, None).body) == {"message": "there is nothing at /nope", "code": 404}


def test_without_any_documented_error_the_answer_is_a_problem_of_rfc_9457() -> None:
    made = answer(document({}), invalid(), None)
    assert made.fields[0] == (b"content-type", b"application/problem+json")
    assert json.loads(made.body) == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": MESSAGE,
        "errors": [
            {"detail": VIOLATIONS[0].message, "pointer": "#/address/city"},
            {"detail": VIOLATIONS[1].message, "parameter": "first"},
        ],
    }


def test_the_source_and_the_fields_of_the_refusal_are_kept() -> None:
    refusal = Refusal(405, "no", source="routing", fields=[(b"allow", b"GET")])
    made = answer(document({}), refusal)
    assert (made.source, made.status_code) == ("routing", 405)
    assert (b"allow", b"GET") in made.fields


def test_header_fields_that_the_response_requires_are_there() -> None:
    limited = {**response(obj(message=S)), "headers": {
        "Retry-After": {"required": True, "schema": I, "example": 12},
        "X-Trace": {"required": True, "schema": {"type": "string", "pattern": "^[a-f]{8}$"}},
        "X-Other": {"schema": S},
    }}  # fmt: skip
    made = answer(document({"429": limited}), invalid(429))
    fields = dict(made.fields)
    assert fields[b"retry-after"] == b"12" and len(fields[b"x-trace"]) == 8 and b"x-other" not in fields
    told = Refusal(429, "slow down", source="limit", fields=[(b"retry-after", b"7")])
    assert [value for name, value in answer(document({"429": limited}), told).fields if name == b"retry-after"] == [
        b"7"
    ]


def test_a_documented_example_gives_its_code_and_its_other_members() -> None:
    schema = obj(error=obj("type message", type=S, message=S, url=S))
    example = {"error": {"type": "rate_limit_exceeded", "message": "Slow down.", "url": "https://example.com/limits"}}
    described = document({"429": response(schema, example=example)})
    assert json.loads(answer(described, Refusal(429, "too fast", source="limit")).body) == {
        "error": {"type": "rate_limit_exceeded", "message": "too fast", "url": "https://example.com/limits"}
    }
    assert "limits" not in answer(described, Refusal(404, "gone", source="state")).body.decode()


def test_json_is_preferred_and_plain_text_is_possible() -> None:
    both = {
        "description": "",
        "content": {"text/plain": {"schema": S}, "application/vnd.x+json": {"schema": obj(message=S)}},
    }
    made = answer(document({"422": both}), invalid())
    assert made.fields[0] == (b"content-type", b"application/vnd.x+json")
    made = answer(document({"422": response(S, "text/plain")}), invalid())
    assert (made.fields[0], made.body.decode()) == ((b"content-type", b"text/plain"), MESSAGE)


def test_a_message_is_bounded() -> None:
    many = [Violation("body", f"/{index}", "x" * 100, "type") for index in range(500)]
    message = body_of(many)["message"]
    assert len(message) <= 1000
    few = [Violation("body", f"/{index}", "wrong", "type") for index in range(12)]
    assert body_of(few)["message"].endswith("; and 2 more")


def body_of(violations: list[Violation]) -> Any:
    return json.loads(answer(document({"422": response(obj(message=S))}), invalid(violations=violations)).body)


@pytest.mark.parametrize(
    ("documented", "status_code"),
    [([], 422), (["422"], 422), (["400"], 400), (["400", "422"], 422), (["4XX"], 422), (["404"], 422)],
)
def test_what_is_not_valid_is_422_unless_only_400_is_documented(documented: list[str], status_code: int) -> None:
    (operation,) = operations(document({status: {"description": ""} for status in documented}))
    assert status_for_validation(operation) == status_code


@pytest.mark.parametrize(
    ("status_code", "options", "chosen"),
    [
        (404, ["BadRequest", "NotFound"], "NotFound"),
        (404, ["INVALID_ARGUMENT", "NOT_FOUND"], "NOT_FOUND"),
        (422, ["api_error", "invalid_request_error"], "invalid_request_error"),
        (429, ["rate-limit-exceeded", "x"], "rate-limit-exceeded"),
        (418, ["a", "b"], "a"),
        (503, ["client_error", "server_error"], "server_error"),
        (401, ["x", "401"], "401"),
    ],
)
def test_the_closest_code_of_an_enumeration_is_chosen(status_code: int, options: list[str], chosen: str) -> None:
    assert closest(status_code, options) == chosen


@given(st.integers(400, 599), st.lists(st.text(min_size=1), min_size=1))
def test_every_status_has_a_code_and_a_title(status_code: int, options: list[str]) -> None:
    assert code(status_code) and title(status_code)
    assert closest(status_code, options) in options
