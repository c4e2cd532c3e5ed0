"""The success response is chosen by its status; an example is used only where it is valid."""

from typing import Any

import pytest

from mock_server.examples import MISSING, example_body, success
from mock_server.spec import MediaType, Operation, Response
from mock_server.validation import Schemas


def operation(*statuses: str) -> Operation:
    responses = {status: Response(status, {}, {}, f"/responses/{status}") for status in statuses}
    return Operation("x", "GET", "/x", (), "", (), None, responses, (), "/paths/~1x/get")


@pytest.mark.parametrize(
    ("statuses", "chosen"),
    [
        (["404", "204", "201", "default"], "201"),
        (["default", "2XX", "400"], "2XX"),
        (["200", "2XX"], "200"),
        (["404", "default"], "default"),
        (["302", "404"], None),
        ([], None),
    ],
)
def test_the_success_is_the_lowest_2xx_else_the_range_else_default(statuses: list[str], chosen: str | None) -> None:
    response = success(operation(*statuses))
    assert (response.status if response else None) == chosen


SCHEMAS = Schemas({"name": {"type": ["string", "null"]}, "user": {"$ref": "#/user2"}, "user2": {
    "required": ["id", "pin"], "properties": {"id": {}, "pin": {"writeOnly": True}},
}})  # fmt: skip


def media(pointer: str | None, *examples: Any) -> MediaType:
    return MediaType("application/json", {"$ref": f"#{pointer}"} if pointer else None, pointer, examples, "")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (media("/name", 5, "Ada", "Bob"), "Ada"),
        (media("/name", None, "Ada"), None),
        (media("/name", 5), MISSING),
        (media("/name"), MISSING),
        (media(None, 5), 5),
        (media("/user", {"id": 1}), {"id": 1}),
    ],
)
def test_the_first_valid_example_is_the_body(media_type: MediaType, body: Any) -> None:
    assert example_body(media_type, SCHEMAS) == body


def test_a_null_example_is_not_a_missing_one() -> None:
    assert example_body(media("/name", None), SCHEMAS) is None
    assert not MISSING and MISSING is not None
